package oracles

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/internal/identity"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// keyDemands are those of the keys that clients show. Each frame stands in its case
// beside the same request with the good key and without one: only where the first is
// served and the second is not does it tell something.
func keyDemands() []demand {
	bad := []string{identity.Empty, identity.Malformed, identity.Foreign, identity.Truncated, identity.Expired}
	misplaced := []string{identity.OtherCase, identity.Scheme, identity.Bare, identity.Twice, identity.Body, identity.Arguments, identity.Cookie}
	return []demand{
		{rule: "AUTH-01", always: true, posed: showsNone, moot: openOrRefused, broken: servedBadKey},
		{rule: "AUTH-01", posed: shows(bad...), moot: uncontrolled, broken: servedBadKey},
		{rule: "AUTH-02", always: true, posed: showsNone, moot: openOrRefused, broken: unchallenged},
		{rule: "AUTH-03", posed: shows(identity.Query), moot: uncontrolled, broken: served},
		{rule: "AUTH-04", posed: exceedsScope, moot: unrefused, broken: scopeUnnamed},
		{rule: "AUTH-05", posed: shows(identity.Audience), moot: uncontrolled, broken: served},
		{rule: "AUTH-06", posed: dropsKey, moot: openToAll, broken: served},
		{rule: "AUTH-06", posed: dropsKeyOnStream, moot: streamsToAll, broken: served},
		{rule: "H8", fix: "own-notes", posed: readsAsAnother, moot: unwritten, broken: readMark},
		{rule: "H8", posed: showsRevoked, moot: unservedBefore, broken: servedRevoked},
		{rule: "H8", posed: outlivesRevoked, moot: unservedBefore, broken: refusedToo},
		{rule: "H7", posed: shows(misplaced...), moot: uncontrolled, broken: servedMisplaced},
		{rule: "HTTP-11", posed: entersSession, moot: unbound, broken: servedInside},
		{rule: "HTTP-11", posed: entersStream, moot: unboundStream, broken: servedInside},
	}
}

// asOf is the client that a request over HTTP names, "" for none. Where there are no
// sessions nothing is told by who may open one, nor where that is done by an event stream.
func asOf(f frame) string {
	begins := methodOf(f.step) == "initialize" && (f.Revision == modern || f.Stream)
	if !f.HTTP || !owed(f.step) || begins {
		return ""
	}
	return scenarios.AttrsOf(f.step).As
}

func showsNone(f frame) bool { return asOf(f) == identity.None }

// shows reports whether a frame shows a key in one of those forms.
func shows(forms ...string) func(frame) bool {
	return func(f frame) bool { return slices.Contains(forms, identity.FormIn(asOf(f))) }
}

// isAnother reports whether a name is that of a client with a good key.
func isAnother(as string) bool { return as != "" && as != identity.None && identity.FormIn(as) == "" }

// showsAnother reports whether another client than the first makes a call behind one
// of the first.
func showsAnother(f frame) bool {
	const call = "tools/call"
	return isAnother(asOf(f)) && methodOf(f.step) == call && slices.ContainsFunc(f.before, func(step scenarios.Step) bool {
		return methodOf(step) == call && scenarios.AttrsOf(step).As == ""
	})
}

// exceedsScope reports whether that call is one that is for its own sake: not in the
// session of the first, nor to read what the first has written.
func exceedsScope(f frame) bool {
	foreign := func(step scenarios.Step) bool {
		open, is := step.(scenarios.Open)
		return is && open.As == "" && open.Session == scenarios.AttrsOf(f.step).Session || writesMark(step)
	}
	return showsAnother(f) && !hasHeader(f.step, "Origin") && !slices.ContainsFunc(f.before, foreign)
}

// same is the answer to the same request, in the same session, as another client.
func (o Observation) same(s Seen, as string) (Seen, bool) {
	for _, other := range o.Seen {
		if askedThere(other.Sent) == askedThere(s.Sent) && scenarios.AttrsOf(other.Sent).As == as {
			return other, true
		}
	}
	return Seen{}, false
}

// wanted is what a step asks for.
func wanted(step scenarios.Step) string {
	switch step := step.(type) {
	case scenarios.Call:
		return step.Tool + "\x00" + step.Args.String()
	case scenarios.Raw:
		return step.Bytes
	}
	r, _ := step.(scenarios.Request)
	return r.Method + "\x00" + r.Params.String()
}

// askedThere is that, and in which session.
func askedThere(step scenarios.Step) string {
	session, _ := headerOf(step, protocol.SessionHeader)
	return wanted(step) + "\x00" + scenarios.AttrsOf(step).Session + "\x00" + session
}

// openOrRefused says what keeps an answer from telling something of a key: that the
// good one is not served, or that none is needed.
func openOrRefused(o Observation, s Seen) string {
	good, _ := o.same(s, "")
	switch {
	case s.tooOften():
		return "a bad key was refused for how often it was tried"
	case OutcomeOf(o, good) != Accepted:
		return "a request was refused with the key that was given, so that nothing can be told of bad ones"
	case slices.ContainsFunc(o.keyless(s), func(none Seen) bool { return OutcomeOf(o, none) == Accepted }):
		return "a request is served without a key, so that nothing can be told of bad ones"
	}
	return ""
}

// uncontrolled says that, or that it is not clear that a key is needed: it is asked for
// twice in a row, as some servers refuse every second request.
func uncontrolled(o Observation, s Seen) string {
	nones := o.keyless(s)
	if len(nones) == 0 || slices.ContainsFunc(nones, func(none Seen) bool { return !o.refuses(none) }) {
		return cmp.Or(openOrRefused(o, s), "a request without a key got no clear answer, so that nothing can be told of bad ones")
	}
	return openOrRefused(o, s)
}

// keyless are the answers to the same request, in the same session, without a key.
func (o Observation) keyless(s Seen) []Seen {
	return slices.DeleteFunc(slices.Clone(o.Seen), func(other Seen) bool {
		return askedThere(other.Sent) != askedThere(s.Sent) || scenarios.AttrsOf(other.Sent).As != identity.None
	})
}

// refuses reports whether a frame was refused before anything was done for it: not by a
// tool, which may have its own reasons, and not by a fault.
func (o Observation) refuses(s Seen) bool {
	a, _ := s.answer()
	return OutcomeOf(o, s) == Rejected && !s.tooOften() && a.Reply.First().Kind != protocol.Result
}

// isUnwelcome reports whether a frame was refused for who sent it.
func (s Seen) isUnwelcome() bool {
	return s.status() == http.StatusUnauthorized || s.status() == http.StatusForbidden
}

// served says of whom a request was served.
func served(o Observation, s Seen) (string, Severity) {
	if OutcomeOf(o, s) != Accepted {
		return "", SeverityUnset
	}
	return "was served " + identity.Describe(scenarios.AttrsOf(s.Sent).As), SeverityUnset
}

// A key that is no key may be called a bad request (RFC 6750, 3.1).
func servedBadKey(o Observation, s Seen) (string, Severity) {
	as := scenarios.AttrsOf(s.Sent).As
	fine := []int{0, http.StatusUnauthorized}
	if form := identity.FormIn(as); form == identity.Empty || form == identity.Malformed {
		fine = append(fine, http.StatusBadRequest)
	}
	switch status := s.status(); {
	case OutcomeOf(o, s) == Accepted:
		return served(o, s)
	case status >= http.StatusInternalServerError:
		return fmt.Sprintf("%s was answered with %s, as if the fault were the server's", identity.Describe(as), s.Status()), Medium
	case !slices.Contains(fine, status) && o.refuses(s) && o.frame(s).isUsual(protocol.SessionHeader) && !guessesSession(o.frame(s)):
		return fmt.Sprintf("%s was refused with %s, not 401", identity.Describe(as), s.Status()), Info
	}
	return "", SeverityUnset
}

// What is only taken too leniently harms nobody by itself.
func servedMisplaced(o Observation, s Seen) (string, Severity) {
	what, grade := served(o, s)
	elsewhere := []string{identity.Body, identity.Arguments, identity.Cookie}
	if !slices.Contains(elsewhere, identity.FormIn(scenarios.AttrsOf(s.Sent).As)) {
		grade = Low
	}
	return what, grade
}

func (s Seen) challenge() string {
	if len(s.Answers) == 0 {
		return ""
	}
	return strings.Join(s.Answers[0].Frame.Header.Values(protocol.ChallengeHeader), ", ")
}

// One revision wants to be told there where the rest stands; later ones have a place
// for it.
func unchallenged(o Observation, s Seen) (string, Severity) {
	switch challenge := s.challenge(); {
	case s.status() != http.StatusUnauthorized:
	case challenge == "":
		return "was refused with 401 and no " + protocol.ChallengeHeader, SeverityUnset
	case o.frame(s).Revision == headed && !strings.Contains(challenge, "resource_metadata"):
		return "was refused with 401, and " + protocol.ChallengeHeader + " names no resource_metadata", Info
	}
	return "", SeverityUnset
}

// unrefused says that a client may do what the first one may.
func unrefused(o Observation, s Seen) string {
	first := slices.IndexFunc(o.Seen, func(other Seen) bool { return wanted(other.Sent) == wanted(s.Sent) })
	switch {
	case OutcomeOf(o, o.Seen[first]) != Accepted:
		return "a call was refused with the key that was given first"
	case s.status() != http.StatusForbidden:
		return "a call was not refused for what its client may not do"
	}
	return ""
}

func scopeUnnamed(_ Observation, s Seen) (string, Severity) {
	if strings.Contains(s.challenge(), "insufficient_scope") {
		return "", SeverityUnset
	}
	return "was refused with 403, and " + protocol.ChallengeHeader + " does not say insufficient_scope", SeverityUnset
}
