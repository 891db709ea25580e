package oracles_test

import (
	"slices"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

func TestEndIsBlamedOnTheFrameThatCausedIt(t *testing.T) {
	call := scenarios.Call{Tool: "t", Attrs: scenarios.Attrs{Mutant: "extra"}}
	raw := scenarios.Raw{Bytes: "{\n"}
	notify := scenarios.Notify{Method: "notifications/x"}
	answered, unanswered := true, false
	type frame struct {
		step     scenarios.Step
		answered bool
	}
	for _, tc := range []struct {
		name   string
		frames []frame
		step   string
	}{
		{"a call alone", []frame{{call, unanswered}}, "1"},
		{"a malformed frame, and then a call", []frame{{raw, unanswered}, {call, unanswered}}, "1"},
		{"a malformed frame that the server outlived", []frame{{raw, unanswered}, {call, answered}, {call, unanswered}}, "3"},
		{"a notification, and then a call", []frame{{notify, unanswered}, {call, unanswered}}, "2"},
		{"a notification last", []frame{{call, answered}, {notify, unanswered}}, "2"},
		{"all were answered", []frame{{call, answered}, {call, answered}}, "2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := oracles.Observation{State: transport.State{Phase: transport.Exited}}
			for i, f := range tc.frames {
				s := oracles.Seen{Step: string(rune('1' + i)), Sent: f.step, ID: "7", Alone: true}
				if f.answered {
					s.Answers = []oracles.Answer{{
						Frame: transport.Frame{Bytes: []byte(`{}`)}, Reply: oracles.Reply{Kind: protocol.Error, ID: "7"},
					}}
				}
				o.Seen = append(o.Seen, s)
			}
			catalog, err := scenarios.ParseCatalog([]byte(`[{"name":"t","inputSchema":{"type":"object"}}]`))
			if err != nil {
				t.Fatal(err)
			}
			found := oracles.Judge(&oracles.Context{Catalog: catalog}, o)
			crash := slices.IndexFunc(found, func(f oracles.Finding) bool { return f.Oracle == "crash" })
			if crash < 0 {
				t.Fatalf("no crash among %+v", found)
			}
			if at := found[crash].Step; at != tc.step {
				t.Errorf("blamed on step %s, want %s", at, tc.step)
			}
		})
	}
}
