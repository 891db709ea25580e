package oracles

import (
	"fmt"
	"net/http"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// headerDemands are those of the headers that repeat a stateless request, and of
// what older revisions had in them.
func headerDemands() []demand {
	return []demand{
		{rule: "MOD-04", posed: contradicted, broken: tookContradiction},
		{rule: "MOD-05", posed: unrepeated, broken: tookUnrepeated},
		{rule: "MOD-06", posed: encodesName, broken: tookEncodedForOther},
		{rule: "MOD-15", posed: isLegacyHabit, broken: servedLegacyHabit},
		{rule: "MOD-15", always: true, posed: func(f frame) bool { return f.streamable() && isStateless(f) && !opens(f.step) }, broken: mintedSession},
	}
}

// repeats are the headers that repeat what a request declares: their names and what
// they must hold, "" for nothing.
func (d declaration) repeats() map[string]string {
	return map[string]string{
		protocol.VersionHeader: d.version, protocol.MethodHeader: d.method, protocol.NameHeader: d.name,
	}
}

// setsHeader reports whether a frame sets a header that repeats its request to a
// value that is so.
func (f frame) setsHeader(is func(set, owed string) bool) bool {
	d, _ := f.declares()
	if !f.streamable() || !isModern(f) {
		return false
	}
	for name, owed := range d.repeats() {
		if set, has := headerOf(f.step, name); has && owed != "" && is(set, owed) {
			return true
		}
	}
	return false
}

func contradicted(f frame) bool {
	return f.setsHeader(func(set, owed string) bool { return set != "" && protocol.DecodeHeader(set) != owed })
}

// The version may be refused before it is compared.
func tookContradiction(o Observation, s Seen) (string, Severity) {
	codes := []int64{codeHeaderMismatch}
	if _, set := headerOf(s.Sent, protocol.VersionHeader); set {
		codes = append(codes, codeUnsupportedVersion)
	}
	if what, grade := refusedBy(o, s, Info, codes...); what != "" {
		return "is contradicted by a header and " + what, grade
	}
	return "", SeverityUnset
}

func unrepeated(f frame) bool {
	return f.setsHeader(func(set, _ string) bool { return set == "" })
}

// A server for older clients, too, may take a request without a version header for
// one of theirs.
func tookUnrepeated(o Observation, s Seen) (string, Severity) {
	what, grade := refusedBy(o, s, Info, codeHeaderMismatch)
	if what == "" {
		return "", SeverityUnset
	}
	if _, version := headerOf(s.Sent, protocol.VersionHeader); version {
		grade = Info
	}
	return "lacks a header that repeats it and " + what, grade
}

func encodesName(f frame) bool {
	encodes := func(set, owed string) bool { return set != owed && protocol.DecodeHeader(set) == owed }
	return f.setsHeader(encodes) && !contradicted(f) && !unrepeated(f)
}

func tookEncodedForOther(_ Observation, s Seen) (string, Severity) {
	a, _ := s.answer()
	if reply := a.Reply.First(); reply.Kind != protocol.Error || reply.Code != codeHeaderMismatch {
		return "", SeverityUnset
	}
	return "has its name in base64 in a header, which was taken for another name", SeverityUnset
}

// isLegacyHabit reports whether a frame uses what the stateless revision has no
// longer: a stream by GET, an end by DELETE, a session.
func isLegacyHabit(f frame) bool {
	a := scenarios.AttrsOf(f.step)
	asks := isBlank(f.step) && (a.Verb == http.MethodGet || a.Verb == http.MethodDelete) && a.As == "" && a.Protocol == "" && onlySets(a, "Accept")
	return f.streamable() && asks || isModern(f) && guessesSession(f)
}

// Servers of both eras may answer GET and DELETE as older revisions say.
func servedLegacyHabit(o Observation, s Seen) (string, Severity) {
	status := s.status()
	switch verb := scenarios.AttrsOf(s.Sent).Verb; {
	case verb == "" && OutcomeOf(o, s) == Rejected && isList(o.frame(s)) && o.frame(s).isPlain(protocol.SessionHeader):
		return "was refused for a session, which it should ignore", SeverityUnset
	case verb != "" && status != 0 && status < 500 && status != http.StatusMethodNotAllowed:
		return fmt.Sprintf("by %s was answered with %s, not 405", verb, s.Status()), Info
	}
	return "", SeverityUnset
}

func mintedSession(_ Observation, s Seen) (string, Severity) {
	a, _ := s.answer()
	if a.Frame.Header.Get(protocol.SessionHeader) == "" {
		return "", SeverityUnset
	}
	return "was answered with a session, where there are none", SeverityUnset
}
