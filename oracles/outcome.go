package oracles

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// OutcomeOf says in one word what became of one frame of an Observation. It
// is the only place where what was seen becomes an Outcome.
func OutcomeOf(o Observation, s Seen) Outcome {
	if a, ok := s.answer(); ok && !(a.Frame.Torn && o.gone()) {
		return s.outcomeOfAnswer(a)
	}
	switch {
	case s.Write.Stalled:
		return Hung
	case o.gone():
		return Crashed
	case s.Write.Err != nil && s.Write.Start.IsZero():
		return Unsent
	case o.State.Phase == transport.Closed:
		return outcomeOfTorn(o)
	case s.failed():
		return o.lifeOr(Dropped)
	case !s.Owed() || s.Cancelled || s.Abandoned:
		return o.lifeOr(Silent)
	case s.Expired:
		return o.lifeOr(Dropped)
	}
	return Unsent
}

// outcomeOfTorn tells a stream that ended in the middle of a frame from one
// that ended between two.
func outcomeOfTorn(o Observation) Outcome {
	if len(o.State.Torn) > 0 {
		return Garbled
	}
	return Dropped
}

// lifeOr is the outcome of a frame without an answer: alive where the server
// showed life, here or on a new connection.
func (o Observation) lifeOr(alive Outcome) Outcome {
	if o.Probe.Tried == 0 || o.Probe.Alive || o.Probe.Elsewhere {
		return alive
	}
	return Hung
}

// gone reports whether the process has ended, or nothing listens any more.
func (o Observation) gone() bool {
	return o.State.Phase == transport.Exited || o.State.Phase == transport.Refused
}

// Owed reports whether a reply with the frame's id must come.
func (s Seen) Owed() bool { return owed(s.Sent) }

// owed: what is sent by another verb than POST is no message, and an id that no request
// has may be none.
func owed(step scenarios.Step) bool {
	a := scenarios.AttrsOf(step)
	if a.Verb != "" && a.Verb != http.MethodPost {
		return false
	}
	switch step := step.(type) {
	case scenarios.Call, scenarios.Request:
		return a.ID == "" || !isOdd(a.ID) && strings.IndexByte("\"-0123456789", a.ID[0]) >= 0
	case scenarios.Raw:
		return scenarios.ShapeOf([]byte(step.Bytes)).Owed()
	}
	return false
}

// Unread reports whether an answer is an error without an id for a frame that
// is so large or deep that a server may refuse it before it has read the id, or
// whose id is not written as an integer.
func (s Seen) Unread(a Answer) bool {
	unread := s.Message.Size > largeMessage || depthOf(s.Sent) > deepMessage || isOdd(s.ID)
	return unread && a.Reply.Kind == protocol.Error && (a.Reply.ID == "" || a.Reply.ID == "null")
}

// isOdd reports whether an id is a number with a point or an exponent, which a
// server may refuse whatever it comes to: ids are strings or integers.
func isOdd(id string) bool {
	return !strings.HasPrefix(id, `"`) && strings.ContainsAny(id, ".eE")
}

// TurnedAway reports whether an HTTP server refused a frame for who sent it, or
// how often, so that it tells nothing of what was sent.
func (s Seen) TurnedAway() bool {
	return s.tooOften() || slices.Contains([]int{http.StatusUnauthorized, http.StatusForbidden}, s.status())
}

// TurnedAway finds a frame of a case that was turned away though it was not sent to be:
// it names no client of its own, and no key was revoked before it.
func (o Observation) TurnedAway() (Seen, bool) {
	i := slices.IndexFunc(o.Seen, func(s Seen) bool {
		if !s.TurnedAway() || s.tooOften() {
			return s.tooOften()
		}
		f := o.frame(s)
		return clientOf(f.step, f.before) == "" && revokedIn(f.before) < 0
	})
	if i < 0 {
		return Seen{}, false
	}
	return o.Seen[i], true
}

// tooOften reports whether an HTTP server refused a frame for how many there were.
func (s Seen) tooOften() bool {
	return s.status() == http.StatusTooManyRequests || len(s.Answers) > 0 && s.Answers[0].busy()
}

// busy reports whether an HTTP server says that it has no time now.
func (a Answer) busy() bool {
	return busy(a.Frame.Status, a.retry())
}

func busy(status int, retry bool) bool { return status == http.StatusServiceUnavailable && retry }

// retry reports whether an HTTP server says when to come again.
func (a Answer) retry() bool { return a.Frame.Header.Get("Retry-After") != "" }

// Status is the HTTP status that a frame was answered with, in words.
func (s Seen) Status() string {
	return fmt.Sprintf("%d %s", s.status(), http.StatusText(s.status()))
}

func (s Seen) status() int {
	if len(s.Answers) == 0 {
		return 0
	}
	return s.Answers[0].Frame.Status
}

func depthOf(step scenarios.Step) int64 {
	switch step := step.(type) {
	case scenarios.Call:
		return step.Args.Depth()
	case scenarios.Request:
		return step.Params.Depth()
	}
	return 0
}

// answer is the one that counts: the first with the frame's id, else the last
// that says something; the bare end of a response only where nothing was said.
func (s Seen) answer() (Answer, bool) {
	var found Answer
	ok := false
	for _, a := range s.Answers {
		if a.says() && s.ID != "" && protocol.SameID(s.ID, a.Reply.ID) {
			return a, true
		}
		if a.says() && (!ok || len(a.Frame.Bytes) > 0) {
			found, ok = a, true
		}
	}
	return found, ok
}

// says reports whether an answer is one: it holds bytes, even if the rest of
// them broke off, or is a whole response.
func (a Answer) says() bool {
	if a.Frame.Torn {
		return len(a.Frame.Bytes) > 0
	}
	return a.Frame.Err == nil && (len(a.Frame.Bytes) > 0 || a.Frame.Lost > 0 || a.Frame.Status != 0)
}

// failed reports whether the write or the response broke off.
func (s Seen) failed() bool {
	for _, a := range s.Answers {
		if a.Frame.Err != nil {
			return true
		}
	}
	return s.Write.Err != nil
}

func (s Seen) outcomeOfAnswer(a Answer) Outcome {
	if _, fetches := s.Sent.(scenarios.Fetch); fetches {
		return Silent // a document is no message
	}
	if outcome, ok := OutcomeOfStatus(a.Frame.Status, a.retry()); ok {
		return outcome
	}
	status := a.Frame.Status
	switch {
	case a.Frame.Torn, a.Frame.Lost > 0:
		return Garbled
	case len(a.Frame.Bytes) == 0 && s.Owed() && !s.Cancelled:
		return Dropped
	case len(a.Frame.Bytes) == 0:
		return Silent
	case s.Owed() && !protocol.SameID(s.ID, a.Reply.ID) && !s.Unread(a):
		return Garbled
	case !s.Owed() && status != 0 && a.Reply.Kind != protocol.Result && a.Reply.Kind != protocol.Error:
		return Silent // the text of a status, which nobody reads
	}
	return outcomeOfReply(a.Reply)
}

// OutcomeOfStatus says what the status of an HTTP response, and whether it says when to
// come again, make of what was sent. It reports false where the body tells.
func OutcomeOfStatus(status int, retry bool) (Outcome, bool) {
	switch {
	case busy(status, retry):
		return Rejected, true
	case status >= 500:
		return Faulted, true
	case status >= 400:
		return Rejected, true
	}
	return OutcomeUnset, false
}

func outcomeOfReply(r Reply) Outcome {
	r = r.First()
	if r.Kind == protocol.Error && !r.CodeOK {
		return Rejected
	}
	if r.Kind == protocol.Result && r.Asks && !r.IsError {
		return Asked
	}
	return OutcomeOfGlance(protocol.Glance{Kind: r.Kind, IsError: r.IsError, Code: r.Code})
}

// OutcomeOfGlance says what a whole reply to what was sent makes of it.
func OutcomeOfGlance(g protocol.Glance) Outcome {
	switch {
	case g.Kind == protocol.Result && g.IsError:
		return Rejected
	case g.Kind == protocol.Result:
		return Accepted
	case g.Kind == protocol.Error && (g.Code == codeInternal || g.Code == 0):
		return Faulted
	case g.Kind == protocol.Error:
		return Rejected
	}
	return Garbled
}

// The codes of JSON-RPC errors that judgement depends on.
const (
	codeInternal      = -32603
	codeInvalidParams = -32602
	codeNoResource    = -32002

	codeHeaderMismatch     = -32020
	codeMissingCapability  = -32021
	codeUnsupportedVersion = -32022
)
