package oracles

import (
	"slices"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// readsAsAnother reports whether a client makes a call behind one in which another
// client has written a mark, and that one's own. Who has written one itself, too, may
// well read it.
func readsAsAnother(f frame) bool {
	written := slices.DeleteFunc(append(slices.Clone(f.before), f.step), func(step scenarios.Step) bool { return !writesMark(step) })
	return showsAnother(f) && len(written) > 0 &&
		!slices.ContainsFunc(written, func(step scenarios.Step) bool { return clientOf(step, f.before) != "" })
}

// unwritten says that the mark does not come back to who has written it, so that it
// cannot come to others either.
func unwritten(o Observation, s Seen) string {
	if !o.shownTo("", s) {
		return "what one client wrote did not come back to it, so that nothing can be told of what others see"
	}
	return ""
}

// Clients may well be meant to share what they write; nobody can see that from outside.
func readMark(o Observation, s Seen) (string, Severity) {
	if !o.shownTo(scenarios.AttrsOf(s.Sent).As, s) {
		return "", SeverityUnset
	}
	return "was answered with what another client had written, which may be meant", Low
}

// shownTo reports whether a client that makes the call of a frame is shown what the
// first one has written.
func (o Observation) shownTo(as string, s Seen) bool {
	writer := o.writer()
	if writer < 0 || clientOf(o.Seen[writer].Sent, o.Case.Steps) != "" {
		return false
	}
	calls := slices.DeleteFunc(slices.Clone(o.Seen[writer+1:]), func(other Seen) bool {
		return clientOf(other.Sent, o.Case.Steps) != as
	})
	return slices.ContainsFunc(o.shows(s, o.Seen[writer], calls), func(times int) bool { return times > 0 })
}
