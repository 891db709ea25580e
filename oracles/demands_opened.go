package oracles

import (
	"net/http"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/internal/identity"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// dropsKey reports whether a frame shows no key in a session that was opened with one,
// behind an attempt to open one without.
func dropsKey(f frame) bool {
	return showsNone(f) && f.session && slices.ContainsFunc(f.before, opensWithoutKey)
}

func opensWithoutKey(step scenarios.Step) bool {
	return methodOf(step) == "initialize" && scenarios.AttrsOf(step).As == identity.None
}

// openToAll says that a session needs no key. A server may refuse to open one more for
// other reasons, which are those of a status.
func openToAll(o Observation, s Seen) string {
	good, _ := o.same(s, "")
	i := slices.IndexFunc(o.Seen, func(other Seen) bool { return opensWithoutKey(other.Sent) })
	if i < 0 {
		return "no session was opened without a key"
	}
	without := o.Seen[i]
	with, _ := o.same(without, "")
	switch {
	case OutcomeOf(o, good) != Accepted || OutcomeOf(o, with) != Accepted:
		return "a request was refused with the key that was given, so that nothing can be told of requests without"
	case !without.isUnwelcome():
		return "a session is opened without a key, so that nothing can be told of requests without"
	}
	return ""
}

// entersSession reports whether a client shows its key in a session that another
// opened.
func entersSession(f frame) bool {
	session := scenarios.AttrsOf(f.step).Session
	return isAnother(asOf(f)) && f.session && session != "" && !hasHeader(f.step, protocol.SessionHeader) &&
		slices.ContainsFunc(f.before, func(step scenarios.Step) bool {
			open, is := step.(scenarios.Open)
			return is && open.Session == session && open.As == ""
		})
}

func hasHeader(step scenarios.Step, name string) bool {
	_, has := headerOf(step, name)
	return has
}

// unbound says why it tells nothing that a client is served in the session of another:
// that client, or the one whose session it is, is served nowhere, or everybody is, in
// any session.
func unbound(o Observation, s Seen) string {
	as := scenarios.AttrsOf(s.Sent).As
	good, _ := o.same(s, "")
	own, closed, guessed := false, false, false
	for _, other := range o.Seen {
		a := scenarios.AttrsOf(other.Sent)
		served := OutcomeOf(o, other) == Accepted
		switch {
		case a.As == identity.None:
			closed = closed || o.refuses(other)
		case a.As == as && guessesSession(o.frame(other)):
			guessed = guessed || served
		case a.As == "" && o.opener(a.Session) == as:
			own = own || served
		}
	}
	switch {
	case OutcomeOf(o, good) != Accepted:
		return "a request was refused with the key of the client whose session it was sent in"
	case !closed:
		return "a session is served without a key, so that nothing can be told of the keys of others"
	case !own:
		return "a second client was served in no session of its own"
	case guessed:
		return "sessions that never were are served, so that nothing can be told of those of others"
	}
	return ""
}

// servedInside tells who is let into the session of another, as most servers do that
// look at keys and sessions apart, from who may do there what it may not do elsewhere.
func servedInside(o Observation, s Seen) (string, Severity) {
	if OutcomeOf(o, s) != Accepted {
		return "", SeverityUnset
	}
	for _, other := range o.Seen {
		a := scenarios.AttrsOf(other.Sent)
		own := a.As == "" && o.opener(a.Session) == scenarios.AttrsOf(s.Sent).As
		if own && wanted(other.Sent) == wanted(s.Sent) && other.isUnwelcome() {
			return "that a client was refused in its own session was served in that of another", Critical
		}
	}
	return "was served in the session of another client", SeverityUnset
}

// opener is the client that opened a named session.
func (o Observation) opener(session string) string {
	for _, step := range o.Case.Steps {
		if open, is := step.(scenarios.Open); is && open.Session == session && session != "" {
			return open.As
		}
	}
	return ""
}

// streamsWithoutKey reports whether a step asks for an event stream without a key.
func streamsWithoutKey(step scenarios.Step) bool {
	raw, is := step.(scenarios.Raw)
	return is && raw.Verb == http.MethodGet && raw.As == identity.None
}

// dropsKeyOnStream reports whether a frame shows no key on an event stream that was opened
// with one, behind an attempt to open one without.
func dropsKeyOnStream(f frame) bool {
	return showsNone(f) && f.Stream && slices.ContainsFunc(f.before, streamsWithoutKey)
}

// streamsToAll says that an event stream needs no key.
func streamsToAll(o Observation, s Seen) string {
	good, _ := o.same(s, "")
	i := slices.IndexFunc(o.Seen, func(other Seen) bool { return streamsWithoutKey(other.Sent) })
	switch {
	case OutcomeOf(o, good) != Accepted:
		return "a request was refused with the key that was given, so that nothing can be told of requests without"
	case i < 0 || !o.Seen[i].isUnwelcome():
		return "an event stream is opened without a key, so that nothing can be told of requests without"
	}
	return ""
}

// entersStream reports whether a client shows its key on an event stream that another
// opened, whose address it has come by.
func entersStream(f frame) bool { return f.Stream && isAnother(asOf(f)) && revokedIn(f.before) < 0 }

// unboundStream says why it tells nothing that a client is served there: that who opened
// it is not, or that everybody is, with no key or with any.
func unboundStream(o Observation, s Seen) string {
	good, _ := o.same(s, "")
	closed, known := false, false
	for _, other := range o.Seen {
		if askedThere(other.Sent) != askedThere(s.Sent) {
			continue
		}
		switch as := scenarios.AttrsOf(other.Sent).As; {
		case as == identity.None:
			closed = closed || o.refuses(other)
		case identity.FormIn(as) == identity.Foreign:
			known = known || o.refuses(other)
		}
	}
	switch {
	case OutcomeOf(o, good) != Accepted:
		return "a request was refused with the key of the client whose event stream it was sent on"
	case !closed || !known:
		return "an event stream is served without a key, or with any, so that nothing can be told of the keys of others"
	}
	return ""
}
