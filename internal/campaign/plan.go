package campaign

import (
	"errors"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// plan shuffles the deck of each era: every applicable pair of tool and class that
// the filter lets through, or traffic as the profile has it.
func (r *run) plan() error {
	all := generators.Plan(r.learned.catalog, func(t scenarios.Tool) bool { return r.learned.may[t.Name] })
	whole := generators.NewDeck(r.Seed, r.learned.catalog, all)
	simulated := r.Profile.Name != ""
	r.keepReached()
	for i := range r.eras {
		pairs := slices.DeleteFunc(slices.Clone(all), func(p generators.Pair) bool {
			return !r.Filter.deals(p.Class) || (r.Calls || simulated) && p.Tool == "" ||
				(r.ToolsAlone || simulated) && p.Feature != scenarios.FeatureTool && p.Tool != "" || !r.posing(whole, p, r.setting(r.eras[i]))
		})
		if r.Quick {
			pairs = onePerClass(pairs)
			r.Cases = min(r.Cases, len(pairs))
		}
		if len(pairs) == 0 {
			return errors.New("no class is left to deal; see --only and --skip")
		}
		seed := r.Seed
		if i > 0 {
			seed = generators.Derive(r.Seed, eraStream, uint64(i))
		}
		if simulated {
			r.eras[i].deck = generators.NewTraffic(seed, r.learned.catalog, pairs, r.Profile)
			continue
		}
		r.eras[i].deck = generators.NewDeck(seed, r.learned.catalog, pairs)
	}
	return nil
}

// The streams of choices that the seeds of the decks are derived from, and the
// samples of pairs.
const (
	eraStream    = 1001
	sampleStream = 1002
)

// samples is how many cases of a pair tell which rules it can show.
const samples = 4

// posing reports whether cases of a pair can show something there, and a rule that
// is asked for.
func (r *run) posing(deck *generators.Deck, p generators.Pair, at oracles.Setting) bool {
	for i := range samples {
		c := deck.Make(generators.FromSeed(generators.Derive(r.Seed, sampleStream, uint64(i))), p)
		if p.Tool == "" && !oracles.Fits(c, at) {
			return false
		}
		if r.Filter.posed(r.judge, c, at) {
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
