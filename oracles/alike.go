package oracles

import (
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// way is how a step is sent: as whom, in which session, and with what around it.
type way struct{ as, session, verb, headers, handshake, revision string }

func wayOf(step scenarios.Step) way {
	a := scenarios.AttrsOf(step)
	return way{a.As, a.Session, a.Verb, strings.Join(a.Headers, "\n"), a.Handshake, a.Protocol}
}

// likewise reports whether two frames are sent in the same way, in a session that was not
// opened anew between them: each client, and each session, may be shown what is its own.
func (o Observation) likewise(a, b Seen) bool {
	return wayOf(a.Sent) == wayOf(b.Sent) && o.frame(a).openedAt() == o.frame(b).openedAt()
}

// sameCall reports whether two frames call a tool with the same, in the same way.
func (o Observation) sameCall(a, b Seen) bool {
	params, call := calling(a.Sent)
	same, calls := calling(b.Sent)
	return call && calls && params.Equal(same) && o.likewise(a, b)
}

// settled reports whether all that a frame may do was done before anything else was sent.
func (s Seen) settled() bool {
	_, answered := s.answer()
	return answered && s.Alone && !s.Cancelled && !s.Abandoned
}

// beside are the frames that may have changed something between the last call like one
// that reads before a frame and that one behind it, without the frame itself and such calls:
// what was sent there, and what may have been late.
func (o Observation) beside(s, reader Seen) []Seen {
	at := o.place(s)
	var list []Seen
	for i, other := range o.Seen[:max(0, o.place(reader))] {
		switch {
		case i == at:
		case !o.sameCall(reader, other):
			list = append(list, other)
		case i < at:
			list = slices.DeleteFunc(list, Seen.settled)
		}
	}
	return list
}

// given is the text of what a step gives a tool: its name and arguments, or bytes that may
// be read as a call.
func given(step scenarios.Step) string {
	switch step := step.(type) {
	case scenarios.Call:
		return step.Tool + " " + step.Args.String()
	case scenarios.Raw:
		return step.Bytes
	}
	params, _ := calling(step)
	return params.String()
}
