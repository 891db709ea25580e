package oracles

import (
	"net/http"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/internal/identity"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

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
