package generators

import (
	"fmt"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// The fan-outs of one prompt that are tried, and the lengths of loops: of
// identical calls, and of calls that still hold a mistake. A healthy model was
// seen to make up to 18 calls at once, a stuck one to repeat a call 99 times, one
// that reads the errors to fail up to 4 times in a row.
var (
	fanOuts       = []int{2, 4, 10, 18, 32}
	retryLengths  = []int{4, 8, 15, 25}
	variedLengths = []int{2, 3, 4}
)

// parallelClass is what a response is that makes several calls.
const parallelClass = "L1"

// loopClasses are the ways in which the number of calls goes wrong.
func loopClasses() []Generator {
	return []Generator{
		{
			ID: parallelClass, Name: "burst", Doc: "One prompt fires several valid calls at once.",
			Right: "answers every call once, each with its own result, or refuses some cleanly", Applies: always, Steps: burst,
		},
		{
			ID: "L2", Name: "duplicates", Doc: "One prompt fires the same call several times at once.",
			Right: "answers every call once", Applies: always,
			Steps: func(d *Draw, s Subject) []scenarios.Step {
				call := s.call("duplicates", s.valid(d))[0]
				return []scenarios.Step{scenarios.Burst{N: inTurn(d, fanOuts), Lines: []scenarios.Step{call}}}
			},
		},
		retryLoop(retryLengths),
		variedLoop(variedLengths),
	}
}

// loopOf returns a class that loops, with the lengths given; false for others.
func loopOf(class string, lengths []int) (Generator, bool) {
	for _, g := range []Generator{retryLoop(lengths), variedLoop(lengths)} {
		if g.ID == class {
			return g, true
		}
	}
	return Generator{}, false
}

// retryLoop repeats one bad call.
func retryLoop(lengths []int) Generator {
	return Generator{
		ID: "L3", Name: "retry-loop", Doc: "The model repeats the same bad call again and again.",
		Right: "refuses it each time in the same way, at the same cost", Applies: always,
		Steps: func(d *Draw, s Subject) []scenarios.Step {
			bad := s.call("retry-loop", scenarios.Obj())[0]
			if !needsArguments(s) {
				bad = s.call("retry-loop", scenarios.Arr())[0]
			}
			return slices.Repeat([]scenarios.Step{bad}, pick(d, lengths))
		},
	}
}

// nonceable is a place that takes any text: each call of a burst carries
// another there, so that crossed answers show.
func nonceable(x site) bool {
	for _, word := range []string{"enum", "const", "pattern", "format"} {
		if x.schema.has(word) {
			return false
		}
	}
	// A nonce has 15 to 19 characters.
	return x.key != "" && x.schema.is("string") && x.schema.count("minLength", 0) <= 15 && x.schema.count("maxLength", 19) >= 19
}

// burst fires distinct valid calls at once.
func burst(d *Draw, s Subject) []scenarios.Step {
	n := inTurn(d, fanOuts)
	args, at, ok := s.find(d, nonceable)
	mark := fmt.Sprintf("%02x%02x%02x", d.N(256), d.N(256), d.N(256))
	args = s.thin(d, args, at.pointer)
	nonce := func(k int) scenarios.Value {
		return args.With(at.pointer, scenarios.Str(fmt.Sprintf("nonce-%s-%d-end", mark, k)))
	}
	if !ok || !s.allows(nonce(0)) {
		return []scenarios.Step{scenarios.Burst{N: n, Lines: s.call("burst", s.valid(d))}}
	}
	b := scenarios.Burst{N: n}
	for k := range n {
		b.Lines = append(b.Lines, s.call("burst", nonce(k))...)
	}
	return []scenarios.Step{b}
}
