package oracles

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// sourceOf is the number of the one step out of whose answer a call takes what it names, 0
// where there is none, or several.
func sourceOf(step scenarios.Step) int {
	sources := scenarios.SourcesOf(step)
	if _, call := calling(step); !call || len(sources) != 1 {
		return 0
	}
	return sources[0]
}

// usesAgain reports whether a call upon a thing comes again, behind another call upon it.
func usesAgain(f frame) bool {
	params, _ := calling(f.written)
	source, before := sourceOf(f.written), false
	for _, step := range f.before {
		same, _ := calling(step)
		switch upon := source > 0 && sourceOf(step) == source; {
		case upon && same.Equal(params):
			before = true
		case upon && before:
			return true
		}
	}
	return false
}

// usesUngiven reports whether a call names with a made-up id what another call of the tool
// names with one that was given.
func usesUngiven(f frame) bool {
	params, call := calling(f.written)
	return call && len(scenarios.SourcesOf(f.written)) == 0 && slices.ContainsFunc(f.before, func(step scenarios.Step) bool {
		given, _ := calling(step)
		return sourceOf(step) > 0 && likeButFor(given, params)
	})
}

// likeButFor reports whether a call is the same as another but for what that takes out of
// answers, and has made-up ids there.
func likeButFor(given, other scenarios.Value) bool {
	switch {
	case len(given.Refs()) == 0:
		return given.Equal(other)
	case given.Kind() == scenarios.Reference:
		return slices.ContainsFunc(scenarios.MadeUpIDs(), other.Equal)
	}
	members := given.Members()
	return len(members) > 0 && len(members) == len(other.Members()) && !slices.ContainsFunc(members, func(m scenarios.Member) bool {
		return !likeButFor(m.Value, other.Member(m.Key))
	})
}

// thingOf is the mark of the thing that a call names, "" where it is not known, or stands in
// the call itself, whose words an answer may repeat.
func (o Observation) thingOf(s Seen) string {
	source := sourceOf(o.frame(s).written)
	if source == 0 {
		return ""
	}
	written, _ := calling(o.at(strconv.Itoa(source)).Sent)
	params, _ := calling(s.Sent)
	if mark := MarkIn(written); !strings.Contains(params.String(), mark) {
		return mark
	}
	return ""
}

// told is the text of the result that a call got, "" for one that reads like a refusal.
func (o Observation) told(s Seen) string {
	a, ok := s.answer()
	if !ok || OutcomeOf(o, s) != Accepted || ReadsLikeRefusal(a.Reply.Text) {
		return ""
	}
	return a.Reply.Text
}

// shownThing is the mark of the thing that a call which names it was shown.
func (o Observation) shownThing(s Seen) string {
	if mark := o.thingOf(s); mark != "" && strings.Contains(o.told(s), mark) {
		return mark
	}
	return ""
}

// wasGone reports whether the thing that a call names was destroyed before it, behind the
// same call that showed it.
func (o Observation) wasGone(s Seen) bool {
	source, shown := sourceOf(o.frame(s).written), false
	for _, before := range o.Seen[:max(0, o.place(s))] {
		switch {
		case sourceOf(o.frame(before).written) != source || !o.likewise(s, before):
		case o.sameCall(s, before):
			shown = shown || o.shownThing(before) != ""
		case shown && o.destroyed(before):
			return true
		}
	}
	return false
}

// showsGone finds things that are shown by their ids when they are destroyed and no longer
// listed. They may be kept on purpose, which nobody can see from outside.
func showsGone(o Observation, s Seen) (string, Severity) {
	if o.shownThing(s) == "" || !o.wasGone(s) {
		return "", SeverityUnset
	}
	return "shows what was destroyed, and is not listed any more", SeverityUnset
}

// showsOther finds ids of what was destroyed that lead to what another call has written.
func showsOther(o Observation, s Seen) (string, Severity) {
	if o.shownThing(s) != "" || !o.wasGone(s) || !o.isOfAnother(s) {
		return "", SeverityUnset
	}
	return "that names what was destroyed shows another thing", SeverityUnset
}

// showsUngiven finds made-up ids that lead to what a call has written.
func showsUngiven(o Observation, s Seen) (string, Severity) {
	if !o.isOfAnother(s) {
		return "", SeverityUnset
	}
	return "that names nothing that there is shows what another call has written", SeverityUnset
}

// isOfAnother reports whether a call was told word for word what others are told that name
// one thing, another one than it does, and are shown it.
func (o Observation) isOfAnother(s Seen) bool {
	text, source := o.told(s), sourceOf(o.frame(s).written)
	things := map[string]bool{}
	for _, other := range o.Seen {
		if mark := o.shownThing(other); mark != "" && sourceOf(o.frame(other).written) != source && o.told(other) == text {
			things[mark] = true
		}
	}
	return text != "" && len(things) == 1
}
