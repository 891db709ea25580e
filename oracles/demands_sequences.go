package oracles

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// sequenceDemands are those of calls that follow from what others have done.
func sequenceDemands() []demand {
	return []demand{
		{rule: "TOOL-19", posed: destroysAgain, broken: destroyedAnother},
		{rule: "TOOL-12", fix: "queue", posed: looksBehindUpdates, broken: drained},
		{rule: "TOOL-19", posed: usesAgain, broken: showsOther},
		{rule: "TOOL-20", posed: looksBehindUpdates, broken: mixedUpdates},
		{rule: "TOOL-21", posed: usesAgain, broken: showsGone},
		{rule: "TOOL-21", posed: usesUngiven, broken: showsUngiven},
	}
}

// updater is what stands in a call that changes what an earlier one wrote.
var updater = regexp.MustCompile(`"updater-[0-9]-[0-9]+/`)

// looksBehindUpdates reports whether a frame is a call that is made behind several changes
// at once, and was made behind one.
func looksBehindUpdates(f frame) bool {
	params, call := calling(f.written)
	n := len(f.before)
	if !call || n < 3 {
		return false
	}
	burst, _ := f.before[n-1].(scenarios.Burst)
	same, _ := calling(f.before[n-2])
	return len(burst.Lines) > 1 && same.Equal(params) && changesWritten(f.before[n-3]) && !slices.ContainsFunc(burst.Lines, func(line scenarios.Step) bool {
		return !changesWritten(line)
	})
}

// changesWritten reports whether a step is a call that changes what an earlier one wrote.
func changesWritten(step scenarios.Step) bool {
	params, call := calling(step)
	return call && updater.MatchString(params.String())
}

// mixedUpdates finds things that are put together from several changes that came at once:
// as many marks are shown as one change leaves, and they are not of one. All must bring as
// many: what changes one part each may well be put together.
func mixedUpdates(o Observation, s Seen) (string, Severity) {
	at := o.place(s)
	from := at
	for from > 0 && strings.Contains(o.Seen[from-1].Step, ".") {
		from--
	}
	now, before := o.answersLike(s, []Seen{s}), o.answersLike(s, o.Seen[:from])
	if len(now) != 1 || len(before) == 0 || from < 2 {
		return "", SeverityUnset
	}
	brings := func(update Seen) int { return update.shownIn(given(update.Sent)) }
	single := o.Seen[from-2]
	whole, shown, parts := single.shownIn(before[len(before)-1]), 0, 0
	for _, update := range o.Seen[from:at] {
		if brings(update) != brings(single) {
			return "", SeverityUnset
		}
		n := update.shownIn(now[0])
		if shown += n; n > 0 {
			parts++
		}
	}
	if parts < 2 || shown != whole {
		return "", SeverityUnset
	}
	return fmt.Sprintf("shows a thing that %d changes at once have left in parts", parts), SeverityUnset
}

// shownIn is how often the mark that a call brings stands in a text.
func (s Seen) shownIn(text string) int {
	params, _ := calling(s.Sent)
	if mark := MarkIn(params); mark != "" {
		return strings.Count(text, mark)
	}
	return 0
}

// drained finds servers that refuse, behind several changes at once, what they served
// before, again and again, and do not say that they are busy: what the changes have used
// was perhaps not given back. It may be a limit that says so in words of its own.
func drained(o Observation, s Seen) (string, Severity) {
	at := o.place(s)
	if len(o.answersLike(s, o.Seen[:at])) == 0 || at+1 == len(o.Seen) {
		return "", SeverityUnset
	}
	for _, later := range o.Seen[at:] {
		a, answered := later.answer()
		if !o.sameCall(s, later) || !answered || OutcomeOf(o, later) != Rejected || later.tooOften() || RefusalOf(later, a.Frame.At).IsClean() {
			return "", SeverityUnset
		}
	}
	return "was served before several changes at once, and is refused behind them", Low
}

// destroyer is what stands in a call that destroys what an earlier one wrote.
var destroyer = regexp.MustCompile(`"destroyer-[0-9]/`)

// destroysAgain reports whether a frame is a call that destroys what one before it may have
// destroyed already, and does not confirm that one.
func destroysAgain(f frame) bool {
	params, call := calling(f.written)
	if !call || !destroyer.MatchString(params.String()) {
		return false
	}
	confirms := scenarios.AttrsOf(f.written).Retry.Of
	for i, step := range f.before {
		same, _ := calling(step)
		if i != confirms-1 && scenarios.AttrsOf(step).Retry.Of == 0 && same.Equal(params) {
			return true
		}
	}
	return false
}

// destroyedAnother finds ids of what was destroyed that lead to another thing. Where an id
// is a place in a list, or names what several things are in, that may be meant.
func destroyedAnother(o Observation, s Seen) (string, Severity) {
	gone := slices.ContainsFunc(o.Seen[:max(0, o.place(s))], func(before Seen) bool {
		return o.sameCall(s, before) && o.destroyed(before)
	})
	if !gone || !o.destroyed(s) {
		return "", SeverityUnset
	}
	return "that had destroyed what it names was made again, and has destroyed another thing", SeverityUnset
}
