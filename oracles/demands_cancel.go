package oracles

import (
	"slices"
	"strconv"
	"time"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// cancelDemands are those of requests that the client no longer wants.
func cancelDemands() []demand {
	return []demand{{rule: "CAN-01", posed: cancels, broken: goneOnWith}}
}

// cancels reports whether a step cancels the request right before it, which is in
// flight, in its own session and as its own client. What opens a session cannot be
// cancelled. The stateless revision has that on streams alone.
func cancels(f frame) bool {
	c, ok := f.step.(scenarios.Cancel)
	if !ok || len(f.before) == 0 || c.Of != len(f.before) || f.HTTP && f.Revision >= modern {
		return false
	}
	of := f.before[c.Of-1]
	return owed(of) && methodOf(of) != "initialize" && wayOf(of) == wayOf(f.step)
}

// goneOnWith finds requests that a server goes on with although they were
// cancelled. A request that cannot be cancelled may be answered, so that is never
// more than unsound.
func goneOnWith(o Observation, s Seen) (string, Severity) {
	cancelled := o.at(strconv.Itoa(s.Sent.(scenarios.Cancel).Of))
	a, answered := cancelled.answer()
	grade := Info
	if o.Revision >= modern {
		grade = SeverityUnset
	}
	switch {
	case answered && o.overtakenBehind(s, a.Frame.At):
		return "was read, and the request that it cancels was answered all the same", grade
	case !answered && cancelled.Expired && o.Setting().streamable() && OutcomeOf(o, cancelled) == Silent:
		return "left the request that it cancels open, without an answer and without an end", SeverityUnset
	}
	return "", SeverityUnset
}

// settled is by how much an answer must come behind another to be sure that it was
// not on its way when that was written.
const settled = 100 * time.Millisecond

// overtakenBehind reports whether a request that was sent behind a frame was
// answered well before a time: then the frame had been read by then.
func (o Observation) overtakenBehind(s Seen, at time.Time) bool {
	i := slices.IndexFunc(o.Seen, func(other Seen) bool { return other.Step == s.Step })
	return slices.ContainsFunc(o.Seen[i+1:], func(later Seen) bool {
		a, ok := later.answer()
		return ok && later.Owed() && at.Sub(a.Frame.At) > settled
	})
}
