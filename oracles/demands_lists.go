package oracles

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

func listsTools(f frame) bool {
	r, ok := f.step.(scenarios.Request)
	_, pages := r.Params.At("/cursor")
	return ok && isModern(f) && r.Method == "tools/list" && !pages
}

func listsAgain(f frame) bool { return listsTools(f) && listedBefore(f) >= 0 && !f.begun() }

// listedBefore is the place of the first list of tools before a frame that the same client
// asked for, -1 for none: what there is for another, or for one that can do something else,
// may be something else.
func listedBefore(f frame) int {
	first := 0
	for i, step := range f.before {
		switch step.(type) {
		case scenarios.Open, scenarios.Revoke:
			first = i + 1
		}
	}
	at := slices.IndexFunc(f.before[first:], func(step scenarios.Step) bool {
		return listsTools(frame{Setting: f.Setting, step: step}) && scenarios.AttrsOf(step).As == scenarios.AttrsOf(f.step).As && declareAlike(step, f.step)
	})
	if at < 0 {
		return -1
	}
	return first + at
}

// declareAlike reports whether two requests say the same of their client.
func declareAlike(a, b scenarios.Step) bool {
	x, _ := a.(scenarios.Request)
	y, _ := b.(scenarios.Request)
	return x.Params.Member("_meta").Equal(y.Params.Member("_meta"))
}

func listedOtherwise(o Observation, s Seen) (string, Severity) {
	first, okFirst := toolNames(o.at(fmt.Sprint(listedBefore(o.frame(s)) + 1)))
	second, ok := toolNames(s)
	switch {
	case !ok || !okFirst || slices.Equal(first, second):
		return "", SeverityUnset
	case slices.Equal(slices.Sorted(slices.Values(first)), slices.Sorted(slices.Values(second))):
		return "was answered by the same tools in another order than before", Low
	}
	return "was answered by other tools than before", SeverityUnset
}

// toolNames are those that a list of tools holds, in its order.
func toolNames(s Seen) ([]string, bool) {
	var tools []struct {
		Name string `json:"name"`
	}
	if json.Unmarshal(s.members()["tools"], &tools) != nil {
		return nil, false
	}
	names := make([]string, len(tools))
	for i, t := range tools {
		names[i] = t.Name
	}
	return names, true
}
