package oracles

import (
	"bytes"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// writesMarker reports whether a step writes the marker, or names the call that does.
func writesMarker(step scenarios.Step) bool { return strings.Contains(wanted(step), scenarios.Marker) }

// readsAsAnother reports whether a client makes a call behind one in which another
// client has written the marker, and that one's own.
func readsAsAnother(f frame) bool {
	return showsAnother(f) && !writesMarker(f.step) && slices.ContainsFunc(f.before, func(step scenarios.Step) bool {
		return writesMarker(step) && clientOf(step, f.before) == ""
	})
}

// unwritten says that the marker does not come back to who has written it, so that it
// cannot come to others either.
func unwritten(o Observation, s Seen) string {
	read := func(other Seen) bool {
		return wanted(other.Sent) == wanted(s.Sent) && scenarios.AttrsOf(other.Sent).As == "" && other.holdsMarker()
	}
	if !slices.ContainsFunc(o.Seen, read) {
		return "what one client wrote did not come back to it, so that nothing can be told of what others see"
	}
	return ""
}

func (s Seen) holdsMarker() bool {
	return slices.ContainsFunc(s.Answers, func(a Answer) bool { return bytes.Contains(a.Frame.Bytes, []byte(scenarios.Marker)) })
}

// Clients may well be meant to share what they write; nobody can see that from outside.
func readMarker(_ Observation, s Seen) (string, Severity) {
	if !s.holdsMarker() {
		return "", SeverityUnset
	}
	return "was answered with what another client had written, which may be meant", Low
}
