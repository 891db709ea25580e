package oracles

import (
	"regexp"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// sequenceDemands are those of calls that follow from what others have done.
func sequenceDemands() []demand {
	return []demand{{rule: "TOOL-19", posed: destroysAgain, broken: destroyedAnother}}
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
	params, _ := calling(s.Sent)
	gone := slices.ContainsFunc(o.Seen[:max(0, o.place(s))], func(before Seen) bool {
		same, _ := calling(before.Sent)
		return same.Equal(params) && o.destroyed(before)
	})
	if !gone || !o.destroyed(s) {
		return "", SeverityUnset
	}
	return "that had destroyed what it names was made again, and has destroyed another thing", SeverityUnset
}
