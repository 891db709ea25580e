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

// thingOf is the mark of the thing that a call names, "" where it is not known.
func (o Observation) thingOf(s Seen) string {
	source := sourceOf(o.frame(s).written)
	if source == 0 {
		return ""
	}
	params, _ := calling(o.at(strconv.Itoa(source)).Sent)
	return MarkIn(params)
}

// aliveAndGone parts what was seen before a call upon a thing: the answers to the same call
// that have shown the thing, and whether it was destroyed behind them.
func (o Observation) aliveAndGone(s Seen) (alive []string, gone bool) {
	mark, source := o.thingOf(s), sourceOf(o.frame(s).written)
	for _, before := range o.Seen[:max(0, o.place(s))] {
		for _, text := range o.answersLike(s, []Seen{before}) {
			if mark != "" && strings.Contains(text, mark) {
				alive = append(alive, text)
			}
		}
		params, call := calling(before.Sent)
		same, _ := calling(s.Sent)
		other := call && sourceOf(o.frame(before).written) == source && !same.Equal(params)
		gone = gone || other && len(alive) > 0 && o.destroyed(before)
	}
	return alive, gone
}

// showsGone finds things that are shown by their ids when they are destroyed and no longer
// listed. They may be kept on purpose, which nobody can see from outside.
func showsGone(o Observation, s Seen) (string, Severity) {
	now := o.answersLike(s, []Seen{s})
	if _, gone := o.aliveAndGone(s); !gone || len(now) == 0 || !strings.Contains(now[0], o.thingOf(s)) {
		return "", SeverityUnset
	}
	return "shows what was destroyed, and is not listed any more", SeverityUnset
}

// showsOther finds ids of what was destroyed that lead to what another call has written.
func showsOther(o Observation, s Seen) (string, Severity) {
	now := o.answersLike(s, []Seen{s})
	alive, gone := o.aliveAndGone(s)
	if !gone || len(now) == 0 || strings.Contains(now[0], o.thingOf(s)) {
		return "", SeverityUnset
	}
	if o.foreignMark(now[0], o.thingOf(s), alive) == "" {
		return "", SeverityUnset
	}
	return "that names what was destroyed shows another thing", SeverityUnset
}

// showsUngiven finds made-up ids that lead to what a call has written, where the ids that
// were given lead each to its own.
func showsUngiven(o Observation, s Seen) (string, Severity) {
	now := o.answersLike(s, []Seen{s})
	params, _ := calling(s.Sent)
	for _, other := range o.Seen {
		written := o.frame(other).written
		given, _ := calling(written)
		own := o.thingOf(other)
		answers := o.answersLike(other, []Seen{other})
		if own == "" || len(now) == 0 || len(answers) == 0 || !strings.Contains(answers[0], own) || !likeButFor(given, params) {
			continue
		}
		if o.foreignMark(answers[0], own, nil) == "" && marks.MatchString(now[0]) && o.writes(marks.FindString(now[0])) {
			return "that names nothing that there is shows what another call has written", SeverityUnset
		}
	}
	return "", SeverityUnset
}

// foreignMark is a mark in a text that a call of the case has written, is not that of the
// thing which was asked for, and stands in none of some other texts; "" for none.
func (o Observation) foreignMark(text, own string, others []string) string {
	for _, mark := range marks.FindAllString(text, -1) {
		known := slices.ContainsFunc(others, func(other string) bool { return strings.Contains(other, mark) })
		if mark != own && !known && o.writes(mark) {
			return mark
		}
	}
	return ""
}

// writes reports whether a call of the case has written a mark.
func (o Observation) writes(mark string) bool {
	return slices.ContainsFunc(o.Seen, func(s Seen) bool {
		params, call := calling(s.Sent)
		return call && MarkIn(params) == mark && OutcomeOf(o, s) == Accepted
	})
}
