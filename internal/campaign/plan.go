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
	sample := sampler{run: r, deck: generators.NewDeck(r.Seed, r.learned.catalog, pairs), seen: map[string]*sampled{}}
	pairs = slices.DeleteFunc(slices.Clone(pairs), func(p generators.Pair) bool {
		return !r.Filter.deals(p.Class) || r.Calls && p.Tool == "" || !sample.poses(p)
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

// samples is how many cases of a pair tell which rules it can show, and
// sampledTools how many tools of a class tell it for all others.
const (
	samples      = 4
	sampledTools = 16
)

// sampler tells which pairs can show a rule that is asked for.
type sampler struct {
	*run
	deck *generators.Deck
	seen map[string]*sampled
}

// sampled is what was seen of a class: of how many tools, and of how many of
// those it can show a rule.
type sampled struct{ tools, posing int }

// poses reports whether cases of a pair can show a rule that is asked for.
func (s sampler) poses(p generators.Pair) bool {
	class := s.seen[p.Class]
	if class == nil {
		class = &sampled{}
		s.seen[p.Class] = class
	}
	if class.tools == sampledTools {
		return class.posing > 0
	}
	class.tools++
	for i := range samples {
		if s.Filter.posed(s.judge, s.deck.Of(p, i)) {
			class.posing++
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
