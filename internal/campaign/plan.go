package campaign

import (
	"fmt"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// plan lists what is dealt: every applicable pair of tool and class that the
// filter lets through.
func (r *run) plan() []generators.Pair {
	callable := func(t scenarios.Tool) bool { return r.learned.may[t.Name] }
	pairs := generators.Plan(r.learned.catalog, callable, func(g generators.Generator) bool { return true })
	pairs = slices.DeleteFunc(pairs, func(p generators.Pair) bool { return !r.Filter.deals(p.Class) })
	if r.Quick {
		pairs = onePerClass(pairs)
	}
	return pairs
}

// onePerClass keeps the first pair of each class.
func onePerClass(pairs []generators.Pair) []generators.Pair {
	seen := map[string]bool{}
	return slices.DeleteFunc(pairs, func(p generators.Pair) bool {
		had := seen[p.Class]
		seen[p.Class] = true
		return had
	})
}

// caseAt makes case i: a pure function of the seed, i and the catalogue.
func (r *run) caseAt(i int) (scenarios.Case, generators.Pair) {
	pair := generators.Deal(r.Seed, r.pairs, i)
	c := generators.Generate(generators.FromSeed(mix(r.Seed, caseStream, i)), r.learned.catalog, pair)
	c.Name = fmt.Sprintf("case-%06d", i)
	c.Origin = scenarios.Origin{Seed: r.Seed, Index: i, Class: pair.Class}
	return c, pair
}
