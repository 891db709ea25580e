package oracles

import (
	"slices"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// Reply is a frame from the server read as JSON-RPC.
type Reply = protocol.Reply

// Observation is all that was seen of one Case. It is immutable.
type Observation struct {
	Case scenarios.Case
	// Revision is the MCP revision that was spoken, HTTP whether over HTTP, Stream
	// whether the answers then came on one event stream.
	Revision     string
	HTTP, Stream bool
	// Seen holds one entry per frame that was sent, in order.
	Seen []Seen
	// Strays are frames that belong to no send of this case: unknown ids,
	// second answers, text that is not JSON-RPC.
	Strays []Stray
	// Told is what the server sent of its own accord, requests and notifications,
	// in order of arrival; the first MostTold of them.
	Told []Answer
	// Opened are the ids of the sessions that open steps opened over HTTP, in
	// order; "" where the server gave none. They are secrets: never show them.
	Opened []string
	// Keys are those that were given for the run. They are secrets: never show them.
	Keys []string
	// Early are frames that are no message and came while the session was opened,
	// before its first case.
	Early []Stray
	// Unkept is how many more strays there were than are kept.
	Unkept int
	// Overdue are the tools of earlier cases whose answers, given up by then, came
	// during this one.
	Overdue []string
	// Probe is the sign of life after the case.
	Probe Probe
	// State is the connection's and the process's at the end.
	State transport.State
	// Closed is how the connection was ended behind a case that opened its own; the
	// zero report behind all others.
	Closed transport.ClosedReport
	// Stderr holds what the process wrote there during the case.
	Stderr []byte
	// Planted is what became of what was planted for the case.
	Planted []scenarios.Planted
	// CannotRun is why a step could not be played ("" when all were): a
	// reference that was not learnt, a step whose runner is not built.
	CannotRun string
	// Started is when the first frame went out, Took the time until the last
	// answer, or until the waiting ended.
	Started time.Time
	Took    time.Duration
}

// MostTold is how much of what a server sent of its own accord is kept.
const MostTold = 16

// Seen is one frame that was sent and what came for it.
type Seen struct {
	// Step is its place in the case: "2", "2.7" inside a burst.
	Step string
	// Sent is the step itself with references resolved: a Call, Request,
	// Notify, Raw or Open.
	Sent scenarios.Step
	// Message is the frame; Message.Body writes the bytes again.
	Message transport.Message
	// ID is the raw JSON text of the id it carried, "" for none.
	ID string
	// Revision is the one in which it was sent, "" where that is the Observation's: a case
	// may open sessions of several.
	Revision string
	// Session: the session that it was sent in has an id, which the server gave.
	Session bool
	// Revoked: the key of the client that sent it had been revoked.
	Revoked bool
	// Answers are the frames attributed to it, in order of arrival.
	Answers []Answer
	// Write is what became of the write.
	Write transport.Sent
	// Waited is how long an answer was waited for.
	Waited time.Duration
	// Expired: the answer that was owed did not come, overtime included. Late:
	// it came, but after the deadline.
	Expired, Late bool
	// Cancelled: the server was told to drop it, so that no answer is right, too.
	Cancelled bool
	// Abandoned: the client closed the connection before an answer came.
	Abandoned bool
	// Peak is the most memory that the server's process had held when the answer had
	// come, in bytes; 0 where it cannot be seen, or the case is not Weighed.
	Peak int64
	// Alone: nothing else was in flight, so an answer without an id is its own.
	Alone bool
	// label is what Labelled found.
	label *scenarios.Label
}

// Labelled is an observation whose frames are labelled by a catalogue once for all
// that ask for it, and those of a burst of one call once for all of them.
func Labelled(c *scenarios.Catalog, o Observation) Observation {
	type call struct {
		tool string
		args scenarios.Value
	}
	known := map[call]*scenarios.Label{}
	o.Seen = slices.Clone(o.Seen)
	for i, s := range o.Seen {
		step, is := s.Sent.(scenarios.Call)
		key := call{step.Tool, step.Args}
		if is && known[key] != nil {
			o.Seen[i].label = known[key]
			continue
		}
		l := s.Want(c)
		o.Seen[i].label = &l
		if is {
			known[key] = &l
		}
	}
	return o
}

// Want is how a catalogue labels what was sent.
func (s Seen) Want(c *scenarios.Catalog) scenarios.Label {
	if s.label != nil {
		return *s.label
	}
	return c.WantOf(s.Sent)
}

// Answer is a frame and how it reads.
type Answer struct {
	Frame transport.Frame
	Reply Reply
}

// Stray is a frame that answers nothing that is open.
type Stray struct {
	Answer
	// Why is one of the Stray words.
	Why StrayKind
	// Step is the send it repeats, for a second answer.
	Step string
}

// StrayKind says why a frame is a stray.
type StrayKind uint8

// The kinds of stray.
const (
	StrayUnset StrayKind = iota
	// SecondAnswer repeats the id of a send that was answered.
	SecondAnswer
	// ForeignID carries an id that was never sent.
	ForeignID
	// NotMessage is text that is no JSON-RPC message.
	NotMessage
)

// Probe is a request whose only purpose is to show life.
type Probe struct {
	// Tried is how often; 0 when none was needed.
	Tried int
	// Alive: an answer with the probe's id came on the same session.
	Alive bool
	// Elsewhere: it failed here, and a probe on a new connection was answered.
	Elsewhere bool
	// Took is the round trip of the last one that was answered.
	Took time.Duration
}
