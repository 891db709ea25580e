package oracles_test

import (
	"encoding/json"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// refused is a call of the tool send and its refusal with that text.
func refused(t *testing.T, tool, args, text string) (*oracles.Context, oracles.Observation) {
	t.Helper()
	catalog, err := scenarios.ParseCatalog([]byte(`[{"name":"send","inputSchema":{"type":"object","additionalProperties":false,
		"properties":{"to":{"type":"string"},"count":{"type":"integer","maximum":9},"mode":{"enum":["fast","slow"]}},"required":["to"]}}]`))
	if err != nil {
		t.Fatal(err)
	}
	quoted, _ := json.Marshal(text)
	frame := transport.Frame{Of: -1, Bytes: []byte(`{"jsonrpc":"2.0","id":1,"result":{"isError":true,"content":[{"type":"text","text":` + string(quoted) + `}]}}`)}
	frame.Size = int64(len(frame.Bytes))
	return &oracles.Context{Catalog: catalog}, oracles.Observation{Revision: protocol.Legacy, Seen: []oracles.Seen{{
		Step: "1", ID: "1", Alone: true, Sent: scenarios.Call{Tool: tool, Args: scenarios.MustValue(args)},
		Answers: []oracles.Answer{{Frame: frame, Reply: protocol.Read(frame)}},
	}}}
}

func TestRefusalsAreGradedByWhatTheyTell(t *testing.T) {
	for _, tc := range []struct {
		tool, args, text       string
		graded, named, expects bool
	}{
		{"send", `{"to":7}`, "to must be a string", true, true, true},
		{"send", `{"to":7}`, "invalid arguments", true, false, false},
		{"send", `{"to":7}`, "tomorrow is not a string", true, false, true},
		{"send", `{}`, "missing required parameter: to", true, true, true},
		{"send", `{"to":"a","count":10}`, "count must be at most 9", true, true, true},
		{"send", `{"to":"a","count":10}`, "count is out of range", true, true, false},
		{"send", `{"to":"a","mode":"x"}`, "mode: expected one of fast, slow", true, true, true},
		{"send", `{"to":"a","when":"x"}`, "unknown parameter when", true, true, true},
		{"send", `{"to":7,"count":"x"}`, "bad", false, false, false},
		{"send", `{"to":"a"}`, "nobody of that name", false, false, false},
		{"sned", `{"to":"a"}`, `no tool "sned"; there is send`, true, true, true},
		{"sned", `{"to":"a"}`, `no such tool`, true, false, false},
		{"send\u00a0it", `{"to":"a"}`, `no tool "send\u00a0it"; there is send`, true, true, true},
	} {
		ctx, o := refused(t, tc.tool, tc.args, tc.text)
		q, graded := oracles.QualityOf(ctx, o, o.Seen[0])
		if graded != tc.graded || q.Named != tc.named || q.Expected != tc.expects {
			t.Errorf("%s %s: %q: graded %v, named %v, expected %v", tc.tool, tc.args, tc.text, graded, q.Named, q.Expected)
		}
	}
}

func TestParameterThatATextNamesFirstIsAmendedFirst(t *testing.T) {
	got := oracles.Amends("count must be a number; to must be a string", []string{"to", "count", "mode"})
	if len(got) != 2 || got[0] != "count" || got[1] != "to" {
		t.Errorf("amended are %q", got)
	}
}
