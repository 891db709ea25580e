package oracles

import (
	"slices"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// clientOf is the client as which a step is sent: the one that it names, or the one
// that opened its session.
func clientOf(step scenarios.Step, before []scenarios.Step) string {
	a := scenarios.AttrsOf(step)
	for _, b := range before {
		if open, is := b.(scenarios.Open); is && a.As == "" && open.Session == a.Session && a.Session != "" {
			return open.As
		}
	}
	return a.As
}

// revokedIn is the place of the step that revokes a key, -1 for none.
func revokedIn(steps []scenarios.Step) int {
	return slices.IndexFunc(steps, func(step scenarios.Step) bool { _, is := step.(scenarios.Revoke); return is })
}

// afterRevocation reports whether a frame is sent behind the revocation of keys, and as a
// client that one of them belonged to.
func afterRevocation(f frame) (behind, own bool) {
	if revokedIn(f.before) < 0 || !f.HTTP || !owed(f.step) {
		return false, false
	}
	return true, slices.ContainsFunc(f.before, func(step scenarios.Step) bool {
		revoke, is := step.(scenarios.Revoke)
		return is && revoke.Name == clientOf(f.step, f.before)
	})
}

func showsRevoked(f frame) bool {
	behind, own := afterRevocation(f)
	return behind && own
}

func outlivesRevoked(f frame) bool {
	behind, own := afterRevocation(f)
	return behind && !own
}

// alike are the frames that ask for the same in the same session as the same client, in
// order.
func (o Observation) alike(s Seen) []Seen {
	return slices.DeleteFunc(slices.Clone(o.Seen), func(other Seen) bool {
		return askedThere(other.Sent) != askedThere(s.Sent) || scenarios.AttrsOf(other.Sent).As != scenarios.AttrsOf(s.Sent).As
	})
}

// unservedBefore says that a client was not served before either, or that everybody is.
func unservedBefore(o Observation, s Seen) string {
	switch {
	case s.tooOften():
		return "a request behind a revocation was refused for how many there were"
	case OutcomeOf(o, o.alike(s)[0]) != Accepted:
		return "a client was refused before any key was revoked"
	case slices.ContainsFunc(o.keyless(s), func(none Seen) bool { return OutcomeOf(o, none) == Accepted }):
		return "a request is served without a key, so that nothing can be told of revoked ones"
	}
	return ""
}

// servedRevoked tells a key that lives on from one that takes a moment to die.
func servedRevoked(o Observation, s Seen) (string, Severity) {
	all := o.alike(s)
	switch {
	case OutcomeOf(o, s) != Accepted:
		return "", SeverityUnset
	case OutcomeOf(o, all[len(all)-1]) != Accepted:
		return "was served once more with a key that had been revoked", Low
	}
	return "was served with a key that had been revoked", SeverityUnset
}

// refusedToo leaves out who shows a revoked key under another name of its client.
func refusedToo(_ Observation, s Seen) (string, Severity) {
	if !s.isUnwelcome() || s.Revoked {
		return "", SeverityUnset
	}
	return "was refused when the key of another client had been revoked", SeverityUnset
}
