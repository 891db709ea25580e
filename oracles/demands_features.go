package oracles

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// featureDemands are those of prompts, resources and completion.
func featureDemands() []demand {
	return []demand{
		{
			rule:   "COMP-01",
			posed:  func(f frame) bool { return asksForeign(f, "completion/complete", "/ref/name", "/ref/uri") },
			broken: completedForeign,
		},
		{
			// What is wrong with its level is what the label of the frame says.
			rule:  "LOG-01",
			posed: func(f frame) bool { return methodOf(f.step) == "logging/setLevel" },
		},
		{
			rule:   "RES-01",
			posed:  func(f frame) bool { return asksForeign(f, "resources/read", "/uri") },
			broken: codeOfMissing,
		},
	}
}

// asksForeign reports whether a request of the method names at one of the places
// what no server has.
func asksForeign(f frame, method string, pointers ...string) bool {
	r, ok := f.step.(scenarios.Request)
	return ok && r.Method == method && slices.ContainsFunc(pointers, func(pointer string) bool {
		v, _ := r.Params.At(pointer)
		text, _ := v.Text()
		return strings.HasPrefix(text, scenarios.Foreign)
	})
}

// completedForeign finds completions of what does not exist; nothing to offer is no
// harm.
func completedForeign(o Observation, s Seen) (string, Severity) {
	what, grade := refusedWith(o, s, codeInvalidParams)
	var result struct {
		Completion struct {
			Values []string `json:"values"`
		} `json:"completion"`
	}
	a, _ := s.answer()
	if OutcomeOf(o, s) == Accepted && json.Unmarshal(a.Reply.Body, &result) == nil && len(result.Completion.Values) == 0 {
		grade = Info
	}
	return what, grade
}

// codeOfMissing finds other codes than those for what does not exist. Both are in
// use in the revisions whose text has the older one; that nothing is served is
// what the label of the frame demands.
func codeOfMissing(o Observation, s Seen) (string, Severity) {
	codes, grade := []int64{codeInvalidParams}, Low
	if o.frame(s).Revision < modern {
		codes, grade = append(codes, codeNoResource), Info
	}
	a, _ := s.answer()
	reply := a.Reply.First()
	if OutcomeOf(o, s) != Rejected || reply.Kind != protocol.Error || slices.Contains(codes, reply.Code) || !o.frame(s).isPlain() {
		return "", SeverityUnset
	}
	return fmt.Sprintf("of an address that leads nowhere was refused with the code %d, not %d", reply.Code, codes[0]), grade
}
