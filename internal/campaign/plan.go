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
	all := generators.NewDeck(r.Seed, r.learned.catalog, pairs)
	pairs = slices.DeleteFunc(slices.Clone(pairs), func(p generators.Pair) bool {
		return !r.Filter.deals(p.Class) || r.Calls && p.Tool == "" || !r.posing(all, p)
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

// samples is how many cases of a pair tell which rules it can show.
const samples = 4

// posing reports whether cases of a pair can show a rule that is asked for.
func (r *run) posing(deck *generators.Deck, p generators.Pair) bool {
	for i := range samples {
		if r.Filter.posed(r.judge, deck.Of(p, i)) {
			return true
		}
	}
	return false
}

// onePerClass keeps one pair of each class, with the tools taking turns.
func onePerClass(pairs []generators.Pair) []generators.Pair {
	var classes []string
	byClass := map[string][]generators.Pair{}
	for _, p := range pairs {
		if byClass[p.Class] == nil {
			classes = append(classes, p.Class)
		}
		byClass[p.Class] = append(byClass[p.Class], p)
	}
	kept := make([]generators.Pair, len(classes))
	for i, class := range classes {
		kept[i] = byClass[class][i%len(byClass[class])]
	}
	return kept
}
