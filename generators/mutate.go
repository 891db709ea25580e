package generators

import (
	"slices"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// maxMutations is how many things a mutation changes at most, maxMutated how
// many steps a mutated case grows to.
const (
	maxMutations = 3
	maxMutated   = 12
)

// Mutate makes another case of one: a call of it goes wrong in the way of some
// class, a step is repeated, moved or left out, or a class's own steps are
// added. It draws few choices, so that one changed byte of a tape changes one
// thing, and a tape that has run out changes nothing.
func (d *Deck) Mutate(draw *Draw, base scenarios.Case) scenarios.Case {
	steps := slices.Clone(base.Steps)
	if len(d.pairs) == 0 {
		return base
	}
	for range draw.N(maxMutations + 1) {
		if changed, ok := d.mutated(draw, steps, draw.N(len(steps))); ok && len(changed) > 0 {
			steps = changed[:min(len(changed), maxMutated)]
		}
	}
	base.Steps, base.Finding = steps, nil
	return base
}

// mutated are steps one of which is another, or one more, or gone; false where others mean
// that one.
func (d *Deck) mutated(draw *Draw, steps []scenarios.Step, i int) ([]scenarios.Step, bool) {
	places := make([]int, len(steps))
	for k := range places {
		places[k] = k
	}
	switch draw.N(4) {
	case 0:
		return scenarios.Spliced(steps, i, 0, d.Make(draw, pick(draw, d.pairs)).Steps)
	case 1:
		return scenarios.Spliced(steps, i, 1, d.again(draw, steps[i]))
	case 2:
		return scenarios.Kept(steps, slices.Insert(places, i, i))
	}
	return scenarios.Kept(steps, slices.Delete(places, i, i+1))
}

// again makes the call of a step anew, in the way of some class of its subject; a
// step that asks for nothing of the deck gives way to any class's.
func (d *Deck) again(draw *Draw, step scenarios.Step) []scenarios.Step {
	pairs := d.pairs
	if label := d.catalog.LabelOf(step); label != "" {
		ours := slices.DeleteFunc(slices.Clone(d.pairs), func(p Pair) bool { return p.Tool != label })
		if len(ours) > 0 {
			pairs = ours
		}
	}
	return d.Make(draw, pick(draw, pairs)).Steps
}
