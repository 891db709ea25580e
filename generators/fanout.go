package generators

import (
	"maps"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// FanOut is how many responses of a model were seen to make so many calls at
// once, the fewest calls first.
type FanOut []Responses

// Responses are responses that make as many calls each.
type Responses struct{ Calls, Count int }

func newFanOut(counts map[int]int) FanOut {
	var f FanOut
	for _, calls := range slices.Sorted(maps.Keys(counts)) {
		f = append(f, Responses{calls, counts[calls]})
	}
	return f
}

// Total is how many responses were counted.
func (f FanOut) Total() int {
	sum := 0
	for _, r := range f {
		sum += r.Count
	}
	return sum
}

// Several is the percentage of responses that make more than one call.
func (f FanOut) Several() float64 {
	alone := 0
	for _, r := range f {
		if r.Calls == 1 {
			alone = r.Count
		}
	}
	return 100 * float64(f.Total()-alone) / float64(f.Total())
}

// draw chooses how many calls a response makes.
func (f FanOut) draw(d *Draw) int { return f.Calls(d.N(f.Total())) }

// Calls is how many calls the response of that number makes, where the responses are
// counted from 0, those with the fewest calls first: 1 where nothing is known.
func (f FanOut) Calls(number int) int {
	for _, r := range f {
		if number -= r.Count; number < 0 {
			return r.Calls
		}
	}
	return 1
}

// maxParallel is how many different calls a response makes: as many as a
// healthy model was seen to. What asks for more repeats the valid ones.
const maxParallel = 18

// fanned is the whole response of which the first call is made already: the
// others are valid. What is no single call stays alone.
func (d *Deck) fanned(draw *Draw, pair Pair, steps []scenarios.Step) []scenarios.Step {
	n := d.traffic.fanOut.draw(draw)
	first, ok := steps[0].(scenarios.Call)
	if n < 2 || len(steps) > 1 || !ok {
		return steps
	}
	if pair.Class != validClass {
		// A mistake is made once.
		n = min(n, maxParallel)
	}
	lines := []scenarios.Step{first}
	for len(lines) < min(n, maxParallel) {
		s := d.subjects[pick(draw, d.traffic.tools[validClass])]()
		lines = append(lines, d.classes[validClass].Steps(draw, s)...)
	}
	return []scenarios.Step{scenarios.Burst{N: n, Lines: lines}}
}
