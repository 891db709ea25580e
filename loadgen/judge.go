package loadgen

import (
	"fmt"
	"strings"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// judge counts answers by what became of the call.
type judge struct {
	outcomes map[string]int
	problem  string
}

func (j *judge) add(r *vegeta.Result) {
	seen := seenOf(r)
	word := outcomeOf(r, seen)
	j.outcomes[word.String()]++
	if j.problem == "" && word != oracles.Accepted {
		j.problem = word.String() + ": " + why(r, seen)
	}
}

// seenOf reads a response: a status alone says nothing.
func seenOf(r *vegeta.Result) oracles.Seen {
	_, id, _ := strings.Cut(r.URL, "#")
	seen := oracles.Seen{Sent: scenarios.Call{}, ID: id, Alone: true}
	for _, f := range transport.BodyFrames(r.Headers, r.Body) {
		f.Status, f.Header = int(r.Code), r.Headers
		if reply := protocol.Read(f); reply.Kind != protocol.Notification && reply.Kind != protocol.ServerRequest {
			seen.Answers = append(seen.Answers, oracles.Answer{Frame: f, Reply: reply})
		}
	}
	return seen
}

// outcomeOf judges one answer. A response that broke off, and one that holds
// more than one reply, is garbled.
func outcomeOf(r *vegeta.Result, seen oracles.Seen) oracles.Outcome {
	replies := 0
	for _, a := range seen.Answers {
		if len(a.Frame.Bytes) > 0 {
			replies++
		}
	}
	switch {
	case r.Code == 0 && strings.Contains(r.Error, "connection refused"):
		return oracles.Crashed
	case r.Code == 0 && (len(r.Body) > 0 || r.Error == "unexpected EOF"), replies > 1:
		return oracles.Garbled
	case r.Code == 0:
		return oracles.Dropped
	}
	return oracles.OutcomeOf(oracles.Observation{HTTP: true}, seen)
}

// why tells in words what an answer that was not accepted was.
func why(r *vegeta.Result, seen oracles.Seen) string {
	if r.Code == 0 {
		// What goes before names the URL.
		_, text, found := strings.Cut(r.Error, `": `)
		if !found {
			return r.Error
		}
		return text
	}
	text := fmt.Sprintf("HTTP status %d", r.Code)
	for _, a := range seen.Answers {
		switch {
		case a.Reply.Text != "":
			return fmt.Sprintf("%s, %.200q", text, a.Reply.Text)
		case len(a.Frame.Bytes) > 0:
			return fmt.Sprintf("%s, %.200q", text, a.Frame.Bytes)
		}
	}
	return text
}
