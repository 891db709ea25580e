package execute_test

import (
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// A request that would come again is sent only where the first was answered by asking.
func TestWhatWasNotAskedForIsNotSent(t *testing.T) {
	asker := scripted(func(m incoming) []string {
		switch {
		case strings.Contains(string(m.Params), `"ready"`):
			return []string{result(m, `{"resultType":"complete"}`)}
		case strings.Contains(string(m.Params), `"inputResponses":{"q":{"action":"decline"}}`) && strings.Contains(string(m.Params), `"elicitation":{}`):
			return []string{result(m, `{"resultType":"complete","declined":true}`)}
		}
		return []string{result(m, `{"resultType":"input_required","inputRequests":{"q":{"method":"elicitation/create"}}}`)}
	})
	target := transport.InMemory(func(ctx context.Context, c io.ReadWriteCloser) error { return asker(ctx, c) })
	s, err := execute.DialBare(t.Context(), target, settings(t, protocol.Modern))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	o := s.Play(t.Context(), parse(t, "open can=elicitation\ncall ready {}\ncall ready retry=2:accept {}\ncall ask {}\n"+
		"call ask retry=4:accept:tampered {}\ncall ask retry=4:decline {}\n"), nil, 0)
	var steps []string
	for _, s := range o.Seen {
		steps = append(steps, s.Step)
	}
	if o.CannotRun != "" || strings.Join(steps, " ") != "2 4 6" || !strings.Contains(string(o.Seen[2].Answers[0].Reply.Body), "declined") {
		t.Errorf("sent are the steps %v %s: %+v", steps, o.CannotRun, o.Seen)
	}
}

// What was learnt may stand on an answer of the case, in a text that is JSON, too, and
// its marks are those of the play.
func TestWhatWasLearntStandsOnAnswers(t *testing.T) {
	look := func(ref scenarios.Ref) (scenarios.Value, bool) {
		known := map[string]string{
			"writer": `{"text": "` + oracles.Mark(1) + `"}`,
			"reader": `{"id": {"$from": "1/content/0/text/note/id"}}`,
		}
		return scenarios.MustValue(known[ref.Arg]), ref.Op == scenarios.RefKnown
	}
	s := session(t, scripted(func(m incoming) []string {
		text, _ := json.Marshal(`{"note":{"id":17},"got":` + string(m.Params) + `}`)
		return []string{result(m, `{"content":[{"type":"text","text":`+string(text)+`}]}`)}
	}))
	var sent [2]string
	for i := range sent {
		o := s.Play(t.Context(), parse(t, `request tools/call {"$known": "writer"}`+"\n"+`request tools/call {"$known": "reader"}`+"\n"), look, 0)
		if o.CannotRun != "" || len(o.Seen) != 2 {
			t.Fatalf("cannot be played: %s", o.CannotRun)
		}
		sent[i] = o.Seen[0].Sent.(scenarios.Request).Params.String()
		if got := o.Seen[1].Sent.(scenarios.Request).Params.String(); got != `{"id": 17}` {
			t.Errorf("sent is %s, want the id 17 in it", got)
		}
	}
	if sent[0] == sent[1] || strings.Contains(sent[0], oracles.Mark(1)) || !strings.Contains(sent[0], "mcpfuzz-mark-") {
		t.Errorf("the plays wrote %s and %s, want marks of their own", sent[0], sent[1])
	}
}
