package scenarios

import "time"

// Case is one concrete exchange with a server: the steps that are played on
// one session, in order. It is immutable after construction and safe to share
// between goroutines.
type Case struct {
	// Name identifies the case among its kind; it is a file name without
	// extension and holds only lower-case letters, digits, '-', '_' and '.'.
	Name string
	// Note says in prose why the case exists.
	Note string
	// Protocol is the MCP revision to speak, or "" for the one the run chose.
	Protocol string
	// Deadline bounds each answer; 0 means the deadline of the run.
	Deadline time.Duration
	// Steps are played in order.
	Steps []Step
	// Origin tells where the case came from; it is provenance and changes
	// nothing when the case is played.
	Origin Origin
	// Finding marks a case that showed a fault; nil for all others.
	Finding *Mark
}

// Size is how many bytes the values and raw frames of the case expand to when
// it is played; what wraps them is not counted.
func (c Case) Size() int64 {
	var n int64
	for _, s := range c.Steps {
		n += stepSize(s)
	}
	return n
}

func stepSize(step Step) int64 {
	switch s := step.(type) {
	case Call:
		return s.Args.Size()
	case Request:
		return s.Params.Size()
	case Notify:
		return s.Params.Size()
	case Raw:
		return int64(len(s.Bytes))
	case Burst:
		var n int64
		for k := range s.N {
			n += stepSize(s.Lines[k%len(s.Lines)])
		}
		return n
	}
	return 0
}

// Origin is the provenance of a generated Case. The zero Origin belongs to a
// case that was written by hand.
type Origin struct {
	// Seed and Index name the case of a run: case Index under Seed.
	Seed  uint64
	Index int
	// Class is the id of the generator that made it, "" for hand-written ones.
	Class string
}

// Mark is the fault that a saved Case reproduces.
type Mark struct {
	// Signature is the stable identity of the finding.
	Signature string
	// Step is where it shows: "2", or "2.7" for the seventh frame of a burst.
	Step string
}

// Step is one part of a Case: Call, Request, Notify, Burst, Raw, Open, Answer,
// Cancel, Revoke, Disconnect, Fetch, Pause or Gen.
type Step interface{ step() }

// Attrs are the attributes a sending step may carry.
type Attrs struct {
	// Want is the label stated in the file; WantUnset where none is stated.
	Want Want
	// Mutant names what was done to a valid call: "wrong-type@/path".
	Mutant string
	// As is the named identity to send under, Session the named session.
	As, Session string
	// ID is the raw JSON text to use as the request id; "" for a fresh one.
	ID string
	// Headers are "Name: value" lines; an empty value removes a default.
	Headers []string
	// Verb is the HTTP verb; "" for POST.
	Verb string
	// Handshake "none" leaves out what normally opens a session.
	Handshake string
	// Protocol overrides the revision for this step alone.
	Protocol string
	// Can are the capabilities that the client of an opened session declares.
	Can []string
	// Retry: the request comes again, with what was asked for.
	Retry Retry
}

// Call is a tools/call request. The zero Args leave the arguments member out.
type Call struct {
	Attrs
	Tool string
	Args Value
}

// Request is any request; the zero Params leave the params member out.
type Request struct {
	Attrs
	Method string
	Params Value
}

// Notify is any notification.
type Notify struct {
	Attrs
	Method string
	Params Value
}

// Burst sends N frames before any answer is awaited: Lines in turn until N.
// Lines holds only Call and Request steps.
type Burst struct {
	Attrs
	N     int
	Lines []Step
}

// Raw is these bytes and no others: over HTTP one body, on a stream a frame for each line,
// whose last one is ended.
type Raw struct {
	Attrs
	Bytes string
}

// Open opens a session; without one the first step opens it as usual.
type Open struct{ Attrs }

// Answer is what to reply when the server asks for Method.
type Answer struct {
	Method string
	Result Value
}

// Cancel sends notifications/cancelled for the step with number Of, counted
// from 1.
type Cancel struct{ Of int }

// Revoke makes the key of the identity with that name one that is no more, by the way
// that was given for it.
type Revoke struct{ Name string }

// Disconnect closes the connection on which the answer to the step with number Of,
// counted from 1, would come (streamable HTTP only).
type Disconnect struct{ Of int }

// Fetch asks, outside any session, for the document to which the refusal of the step with
// number Of, counted from 1, points a client that wants a key: its resource_metadata
// (RFC 9728, 5.1; streamable HTTP only). Where that points nowhere, or to another origin,
// nothing is sent.
type Fetch struct {
	Attrs
	Of int
}

// Pause waits.
type Pause struct{ For time.Duration }

// Gen stands for N cases' worth of steps of a generator class. It occurs in
// templates only; what is saved is concrete.
type Gen struct {
	Class string
	N     int
}

func (Call) step()       {}
func (Request) step()    {}
func (Notify) step()     {}
func (Burst) step()      {}
func (Raw) step()        {}
func (Open) step()       {}
func (Answer) step()     {}
func (Cancel) step()     {}
func (Revoke) step()     {}
func (Disconnect) step() {}
func (Fetch) step()      {}
func (Pause) step()      {}
func (Gen) step()        {}

// Singly returns steps, each line of a burst once.
func Singly(steps []Step) []Step {
	var list []Step
	for _, step := range steps {
		if burst, ok := step.(Burst); ok {
			list = append(list, burst.Lines...)
			continue
		}
		list = append(list, step)
	}
	return list
}

// AttrsOf returns the attributes of a step that sends, or opens a session; the zero
// Attrs for others.
func AttrsOf(step Step) Attrs {
	switch step := step.(type) {
	case Call:
		return step.Attrs
	case Request:
		return step.Attrs
	case Notify:
		return step.Attrs
	case Raw:
		return step.Attrs
	case Open:
		return step.Attrs
	case Fetch:
		return step.Attrs
	}
	return Attrs{}
}
