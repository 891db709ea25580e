package oracles

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/internal/identity"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// discoveryDemands are those of what is not listed, and of who is told what is.
func discoveryDemands() []demand {
	return []demand{
		// hidden judges: what is listed the catalogue tells.
		{rule: "H2", posed: seeksHidden},
		{rule: "H2", fix: "same-list", posed: listsInAnother, broken: listedElsewhere},
		{rule: "H2", fix: "steady-list", posed: listsOnceMore, broken: listedOtherwiseUntold},
		{rule: "H2", fix: "own-tools", posed: callsBehindList, broken: servedUnlisted},
		{rule: "H2", fix: "closed-lists", always: true, posed: callsKeyless, moot: opensCalls, broken: listedToAll},
	}
}

// listingIn says whether a step lists tools from the start, in which session, and as whom.
func listingIn(step scenarios.Step) (session, as string, ok bool) {
	r, _ := step.(scenarios.Request)
	_, pages := r.Params.At("/cursor")
	return r.Session, r.As, r.Method == "tools/list" && !pages
}

// listsInAnother reports whether tools are listed in a session once more, behind a list in
// another of the same client which declares the same, and nothing else was asked for.
func listsInAnother(f frame) bool {
	session, as, ok := listingIn(f.step)
	if !ok || !f.streamable() || f.Revision == modern || session == "" || as != "" {
		return false
	}
	same, other := false, false
	for _, step := range f.before {
		if open, opens := step.(scenarios.Open); opens && open.As == "" && open.Protocol == f.opened().Protocol && slices.Equal(open.Can, f.opened().Can) {
			continue
		}
		s, as, ok := listingIn(step)
		if !ok || s == "" || as != "" {
			return false
		}
		same, other = same || s == session, other || s != session
	}
	return same && other
}

// listedElsewhere says that another session was told of other tools, where this one was
// told of the same as before: the lists do not change with time, nor by chance.
func listedElsewhere(o Observation, s Seen) (string, Severity) {
	now, ok := toolNames(s)
	session := scenarios.AttrsOf(s.Sent).Session
	different := false
	for _, other := range o.Seen {
		names, listed := toolNames(other)
		is := slices.Equal(slices.Sorted(slices.Values(names)), slices.Sorted(slices.Values(now)))
		if !ok || !listed || !is && scenarios.AttrsOf(other.Sent).Session == session {
			return "", SeverityUnset
		}
		different = different || !is
	}
	if !different {
		return "", SeverityUnset
	}
	return "was answered by the same tools as before, and in another session of the same client by others", Low
}

// listsOnceMore reports whether tools are listed on a stream of an older revision, where
// a server can tell that its list has changed, as they were before. The newest demands more.
func listsOnceMore(f frame) bool {
	session, as, ok := listingIn(f.step)
	return ok && !f.streamable() && f.Revision < modern && slices.ContainsFunc(f.before, func(step scenarios.Step) bool {
		s, a, ok := listingIn(step)
		return ok && s == session && a == as
	})
}

// listedOtherwiseUntold says that a list is of other tools than before, and nobody was told.
func listedOtherwiseUntold(o Observation, s Seen) (string, Severity) {
	told := len(o.Told) == MostTold || slices.ContainsFunc(o.Told, func(a Answer) bool { return a.Reply.Method == "notifications/tools/list_changed" })
	now, ok := toolNames(s)
	for _, other := range o.Seen[:max(0, o.place(s))] {
		before, listed := toolNames(other)
		same := wanted(other.Sent) == wanted(s.Sent) && o.likewise(other, s)
		if _, _, lists := listingIn(other.Sent); !lists || !same || !listed || !ok || told {
			continue
		}
		if !slices.Equal(slices.Sorted(slices.Values(before)), slices.Sorted(slices.Values(now))) {
			return "was answered by other tools than before, and no notification says that they have changed", Low
		}
	}
	return "", SeverityUnset
}

// callsBehindList reports whether another client than the first calls a tool that the
// first has called, behind lists of the tools that there are for each.
func callsBehindList(f frame) bool {
	return showsAnother(f) && listBefore(f, "") >= 0 && listBefore(f, asOf(f)) >= 0
}

// listBefore is the place before a frame of the list of tools that a client asked for, -1
// for none.
func listBefore(f frame, client string) int {
	return slices.IndexFunc(f.before, func(step scenarios.Step) bool {
		_, as, ok := listingIn(step)
		return ok && as == client
	})
}

// listFor are the tools that were listed before a frame to a client; false where that is
// not known to the end of the list.
func (o Observation) listFor(s Seen, client string) ([]string, bool) {
	list := o.at(fmt.Sprint(listBefore(o.frame(s), client) + 1))
	names, ok := toolNames(list)
	var cursor string
	_ = json.Unmarshal(list.members()["nextCursor"], &cursor) // what is no text leads nowhere
	return names, ok && cursor == ""
}

// servedUnlisted says that a call was served of a tool that stands in no list of its
// client, and does in that of the first, or may where that is long.
func servedUnlisted(o Observation, s Seen) (string, Severity) {
	params, _ := calling(s.Sent)
	own, whole := o.listFor(s, asOf(o.frame(s)))
	first, known := o.listFor(s, "")
	tool := nameOf(params)
	if !whole || known && !slices.Contains(first, tool) || OutcomeOf(o, s) != Accepted || slices.Contains(own, tool) {
		return "", SeverityUnset
	}
	return "was served to a client to whom that tool is not listed", SeverityUnset
}

// callsKeyless reports whether a tool is called without a key behind a list of them
// without one.
func callsKeyless(f frame) bool {
	return showsNone(f) && methodOf(f.step) == "tools/call" && listBefore(f, identity.None) >= 0
}

// opensCalls says that calls need no key, so that lists may well need none.
func opensCalls(o Observation, s Seen) string {
	good, _ := o.same(s, "")
	switch {
	case OutcomeOf(o, good) != Accepted:
		return "a call was refused with the key that was given, so that nothing can be told of lists"
	case !o.refuses(s):
		return "a call without a key was not refused, so that nothing can be told of lists"
	}
	return ""
}

// Who may be known by all what there is may well mean it.
func listedToAll(o Observation, s Seen) (string, Severity) {
	list := o.at(fmt.Sprint(listBefore(o.frame(s), identity.None) + 1))
	if _, ok := toolNames(list); !ok || OutcomeOf(o, list) != Accepted {
		return "", SeverityUnset
	}
	return "without a key was refused, and the tools are listed without one", Low
}
