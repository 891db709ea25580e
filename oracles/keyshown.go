package oracles

import (
	"bytes"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/internal/identity"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// keyShown finds keys in what comes back: a model, a log and whoever reads them have
// no use for one. A result may be of a tool that shows requests, so that a key in it
// weighs less than in an error. What was sent in a message, a tool may keep and tell.
func keyShown(ctx *Context, o Observation) []Finding {
	told := false
	for _, s := range o.Seen {
		told = told || inMessage(s)
		for _, a := range s.Answers {
			if !o.holdsKey(a.Frame.Bytes) || told {
				continue
			}
			if OutcomeOf(o, s) == Accepted {
				f := finding(ctx, o, s, "key-shown", "H7", "the answer to "+describe(s)+" holds a key")
				return []Finding{f.graded(Low, hardening)}
			}
			return []Finding{finding(ctx, o, s, "key-shown", "H7", "the refusal of "+describe(s)+" holds a key")}
		}
	}
	s, ok := o.last()
	if !ok || !o.holdsKey(o.Stderr) {
		return nil
	}
	f := finding(ctx, o, s, "key-shown", "H7", "after "+describe(s)+" the server wrote a key to its log")
	return []Finding{f.graded(Low, hardening)}
}

func (o Observation) holdsKey(text []byte) bool {
	return slices.ContainsFunc(o.Keys, func(key string) bool { return bytes.Contains(text, []byte(key)) })
}

// inMessage reports whether a frame itself held a key, which a tool that says again
// what it is sent repeats.
func inMessage(s Seen) bool {
	return slices.Contains([]string{identity.Body, identity.Arguments}, identity.FormIn(scenarios.AttrsOf(s.Sent).As))
}
