package oracles

import (
	"slices"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// readsAsAnother reports whether a client makes a call behind one in which another
// client has written a mark, and that one's own. Who has written one itself, too, may
// well read it.
func readsAsAnother(f frame) bool {
	return showsAnother(f) && slices.ContainsFunc(f.before, writesMark) &&
		!slices.ContainsFunc(append(scenarios.Singly(f.before), f.step), func(step scenarios.Step) bool {
			return writing.MatchString(given(step)) && clientOf(step, f.before) != ""
		})
}

// unwritten says that the mark does not come back to who has written it, so that it
// cannot come to others either.
func unwritten(o Observation, s Seen) string {
	if !o.shownTo("", s, o.Seen) {
		return "what one client wrote did not come back to it, so that nothing can be told of what others see"
	}
	return ""
}

// Clients may well be meant to share what they write; nobody can see that from outside.
// Who wrote it at the same time may read its own.
func readMark(o Observation, s Seen) (string, Severity) {
	wrote := slices.ContainsFunc(o.Seen, func(other Seen) bool {
		return other.number() == s.number() && clientOf(other.Sent, o.Case.Steps) != "" && marks.MatchString(given(other.Sent))
	})
	if wrote || !o.shownTo(scenarios.AttrsOf(s.Sent).As, s, []Seen{s}) {
		return "", SeverityUnset
	}
	return "was answered with what another client had written, which may be meant", Low
}

// shownTo reports whether a client is shown what the first one has written, by one of some
// calls behind that which are like one of its own or of another.
func (o Observation) shownTo(as string, s Seen, calls []Seen) bool {
	writer := o.writer()
	if writer < 0 || clientOf(o.Seen[writer].Sent, o.Case.Steps) != "" {
		return false
	}
	params, _ := calling(s.Sent)
	return slices.ContainsFunc(calls, func(call Seen) bool {
		same, _ := calling(call.Sent)
		mine := o.place(call) > writer && clientOf(call.Sent, o.Case.Steps) == as && same.Equal(params)
		return mine && slices.ContainsFunc(o.shows(call, o.Seen[writer], []Seen{call}), func(times int) bool { return times > 0 })
	})
}
