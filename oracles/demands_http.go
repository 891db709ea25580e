package oracles

import (
	"cmp"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// httpDemands are those of streamable HTTP: sessions, headers, verbs and what
// kinds of answer there are.
func httpDemands() []demand {
	return []demand{
		{rule: "HTTP-01", posed: leavesSession, broken: servedWithoutSession},
		{rule: "HTTP-02", posed: func(f frame) bool { return f.belongs() && guessesSession(f) }, broken: servedUnknownSession},
		{rule: "HTTP-02", posed: followsEnd, broken: servedAfterEnd},
		{rule: "HTTP-03", posed: namesUnknownVersion, broken: servedUnknownVersion},
		{rule: "HTTP-04", posed: without(protocol.VersionHeader), broken: refusedOldClient},
		{rule: "HTTP-06", posed: acceptsOneType, broken: answeredInAnotherType},
		{rule: "HTTP-07", always: true, posed: isNotice, broken: noticeNotAccepted},
		{rule: "HTTP-08", always: true, posed: isHTTPRequest, broken: unknownType},
		{rule: "HTTP-09", posed: asksForStream, broken: neitherStreamNor405},
		{rule: "HTTP-10", posed: opensSessions, broken: guessableSessions},
	}
}

// without reports whether a request leaves out a header that it should have.
func without(name string) func(frame) bool {
	return func(f frame) bool {
		value, set := headerOf(f.step, name)
		return f.streamable() && set && value == "" && owed(f.step)
	}
}

func leavesSession(f frame) bool { return f.belongs() && without(protocol.SessionHeader)(f) }

// belongs reports whether a request is of the session that it is sent in: it neither opens
// one nor says of itself that it is of some revision.
func (f frame) belongs() bool {
	other := scenarios.AttrsOf(f.step).Protocol != "" || hasHeader(f.step, protocol.VersionHeader) || isDeclared(f.step)
	return f.session && !opens(f.step) && !other
}

// opens reports whether a request opens a session.
func opens(step scenarios.Step) bool {
	raw, _ := step.(scenarios.Raw)
	return cmp.Or(methodOf(step), scenarios.ShapeOf([]byte(raw.Bytes)).Method) == "initialize"
}

// Who gives out sessions and does not need them may serve without: that is unsound,
// not forbidden.
func servedWithoutSession(o Observation, s Seen) (string, Severity) {
	switch {
	case OutcomeOf(o, s) == Accepted:
		return "was served without the session that the server gave", SeverityUnset
	case s.status() < http.StatusBadRequest && answered(o, s):
		return "was refused for want of a session, with status 200", SeverityUnset
	case s.status() != http.StatusBadRequest && answered(o, s) && isList(o.frame(s)) && o.frame(s).isPlain(protocol.SessionHeader):
		return fmt.Sprintf("was refused for want of a session with %s, not 400", s.Status()), Info
	}
	return "", SeverityUnset
}

// answered reports whether a frame was served or refused, by whatever means.
func answered(o Observation, s Seen) bool {
	return slices.Contains([]Outcome{Accepted, Rejected, Faulted}, OutcomeOf(o, s))
}

func guessesSession(f frame) bool {
	id, _ := headerOf(f.step, protocol.SessionHeader)
	return f.streamable() && strings.HasPrefix(id, scenarios.Foreign) && owed(f.step) && !opens(f.step)
}

// No text forbids to serve a session that never was; a client cannot tell it from
// one that has ended, for which 404 is demanded.
func servedUnknownSession(o Observation, s Seen) (string, Severity) {
	switch {
	case !answered(o, s):
		return "", SeverityUnset
	case OutcomeOf(o, s) == Accepted:
		return "was served in a session that the server never gave", Info
	case s.status() != http.StatusNotFound && isList(o.frame(s)) && o.frame(s).isPlain(protocol.SessionHeader):
		return fmt.Sprintf("named a session that never was, and was refused with %s, not 404", s.Status()), Info
	}
	return "", SeverityUnset
}

// endOf is the place of the step before a frame that ends its session, -1 for none: one
// that was opened under its name since is another.
func endOf(f frame) int {
	session, end := scenarios.AttrsOf(f.step).Session, -1
	for i, step := range f.before {
		a := scenarios.AttrsOf(step)
		open, begins := step.(scenarios.Open)
		switch {
		case begins && open.Session == session:
			end = -1
		case end < 0 && ends(step) && a.Session == session && !hasHeader(step, protocol.SessionHeader):
			end = i
		}
	}
	return end
}

func followsEnd(f frame) bool {
	return f.streamable() && f.belongs() && endOf(f) >= 0 && owed(f.step) && !hasHeader(f.step, protocol.SessionHeader)
}

func servedAfterEnd(o Observation, s Seen) (string, Severity) {
	end := o.at(fmt.Sprint(endOf(o.frame(s)) + 1))
	if end.status()/100 != 2 || !answered(o, s) {
		return "", SeverityUnset // the server does not let clients end sessions
	}
	switch status := s.status(); {
	case OutcomeOf(o, s) == Accepted:
		return "was served in a session that had been ended", SeverityUnset
	case status != http.StatusNotFound && isList(o.frame(s)) && onlySets(scenarios.AttrsOf(s.Sent)):
		return fmt.Sprintf("in a session that had been ended was refused with %s, not 404", s.Status()), Low
	}
	return "", SeverityUnset
}

func namesUnknownVersion(f frame) bool {
	version, _ := headerOf(f.step, protocol.VersionHeader)
	_, known := protocol.Lookup(version)
	return f.streamable() && version != "" && !known && owed(f.step) && !opens(f.step)
}

func servedUnknownVersion(o Observation, s Seen) (string, Severity) {
	switch {
	case OutcomeOf(o, s) == Accepted:
		return "was served under a version of the protocol that does not exist", SeverityUnset
	case answered(o, s) && s.status() != http.StatusBadRequest && isList(o.frame(s)) && o.frame(s).isPlain(protocol.VersionHeader):
		return fmt.Sprintf("named a version that does not exist and was refused with %s, not 400", s.Status()), Info
	}
	return "", SeverityUnset
}

// A server that speaks no revision without the header may refuse.
func refusedOldClient(o Observation, s Seen) (string, Severity) {
	if f := o.frame(s); OutcomeOf(o, s) != Rejected || !isList(f) || !f.isPlain(protocol.VersionHeader) {
		return "", SeverityUnset
	}
	return "was refused for want of a version header, which older clients do not send", Info
}

// The types that answers to requests may have.
const (
	typeJSON   = "application/json"
	typeEvents = "text/event-stream"
)

func acceptsOneType(f frame) bool {
	accept, _ := headerOf(f.step, "Accept")
	return f.streamable() && (accept == typeJSON || accept == typeEvents) && owed(f.step)
}

func answeredInAnotherType(o Observation, s Seen) (string, Severity) {
	accept, _ := headerOf(s.Sent, "Accept")
	if got := s.mediaType(); OutcomeOf(o, s) == Accepted && got != accept {
		return fmt.Sprintf("takes %s alone and was answered by %.40q", accept, got), SeverityUnset
	}
	return "", SeverityUnset
}

// mediaType is that of the answer that counts, without its parameters.
func (s Seen) mediaType() string {
	a, _ := s.answer()
	kind, _, err := mime.ParseMediaType(a.Frame.Header.Get("Content-Type"))
	if err != nil {
		return a.Frame.Header.Get("Content-Type")
	}
	return kind
}

func isNotice(f frame) bool {
	n, is := f.step.(scenarios.Notify)
	return f.streamable() && is && n.ID == "" && n.Verb == ""
}

// Many frameworks answer otherwise by themselves; it harms nobody.
func noticeNotAccepted(_ Observation, s Seen) (string, Severity) {
	switch a, _ := s.answer(); {
	case s.status()/100 == 2 && s.status() != http.StatusAccepted:
		return fmt.Sprintf("was accepted with %s, not 202", s.Status()), SeverityUnset
	case s.status() == http.StatusAccepted && len(a.Frame.Bytes) > 0:
		return "was accepted with a text behind the status, where none belongs", SeverityUnset
	}
	return "", SeverityUnset
}

func isHTTPRequest(f frame) bool { return f.streamable() && owed(f.step) }

func unknownType(o Observation, s Seen) (string, Severity) {
	a, _ := s.answer()
	reply := a.Reply.First().Kind
	kind := s.mediaType()
	if s.status()/100 != 2 || reply != protocol.Result && reply != protocol.Error || kind == typeJSON || kind == typeEvents {
		return "", SeverityUnset
	}
	return fmt.Sprintf("was answered as %.40q, not as %s or %s", kind, typeJSON, typeEvents), SeverityUnset
}

func asksForStream(f frame) bool {
	a := scenarios.AttrsOf(f.step)
	accept, set := headerOf(f.step, "Accept")
	return f.streamable() && isBlank(f.step) && a.Verb == http.MethodGet && a.As == "" && a.Protocol == "" && onlySets(a, "Accept") && (!set || accept == typeEvents) && !f.isEnded() && !f.isBare()
}

// isBlank reports whether a step sends nothing but a verb and headers.
func isBlank(step scenarios.Step) bool {
	raw, ok := step.(scenarios.Raw)
	return ok && raw.Bytes == ""
}

// 409 says that there is a stream already.
func neitherStreamNor405(_ Observation, s Seen) (string, Severity) {
	status := s.status()
	fine := []int{0, http.StatusMethodNotAllowed, http.StatusConflict}
	if slices.Contains(fine, status) || status >= 500 || status/100 == 2 && s.mediaType() == typeEvents {
		return "", SeverityUnset
	}
	return fmt.Sprintf("by GET was answered with %s and %.40q, neither by a stream nor with 405", s.Status(), s.mediaType()), SeverityUnset
}
