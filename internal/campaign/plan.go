package campaign

import (
	"errors"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// plan shuffles the deck: every applicable pair of tool and class that the
// filter lets through.
func (r *run) plan() error {
	pairs := generators.Plan(r.learned.catalog, func(t scenarios.Tool) bool { return r.learned.may[t.Name] })
	pairs = slices.DeleteFunc(pairs, func(p generators.Pair) bool {
		return !r.Filter.deals(p.Class) || r.Calls && p.Tool == ""
	})
	if r.Quick {
		pairs = onePerClass(pairs)
		r.Cases = min(r.Cases, len(pairs))
	}
	if len(pairs) == 0 {
		return errors.New("no class is left to deal; see --only and --skip")
	}
	r.deck = generators.NewDeck(r.Seed, r.learned.catalog, pairs)
	return nil
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
