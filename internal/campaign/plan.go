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
	simulated := r.Profile.Name != ""
	r.keepReached()
	for i := range r.eras {
		sample := sampler{run: r, deck: generators.NewDeck(r.Seed, r.learned.catalog, all), at: r.setting(r.eras[i]), seen: map[string]*sampled{}}
		pairs := slices.DeleteFunc(slices.Clone(all), func(p generators.Pair) bool {
			return !r.Filter.deals(p.Class) || !r.plants(p.Class) || (r.Calls || simulated) && p.Tool == "" ||
				(r.ToolsAlone || simulated) && p.Feature != scenarios.FeatureTool && p.Tool != "" || !sample.poses(p)
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

// eraStream is the stream of choices that the seeds of the decks are derived from,
// sampleStream that of the samples of pairs.
const (
	eraStream    = 1001
	sampleStream = 1002
)

// samples is how many cases of a pair tell which rules it can show, and
// sampledTools how many tools of a class tell it for all others.
const (
	samples      = 4
	sampledTools = 256
)

// sampler tells which pairs can show something in a setting, and a rule that is
// asked for.
type sampler struct {
	*run
	deck *generators.Deck
	at   oracles.Setting
	seen map[string]*sampled
}

// sampled is what was seen of a class: of how many tools, and of how many of
// those it can show a rule.
type sampled struct{ tools, posing int }

// poses reports whether cases of a pair can show something there.
func (s sampler) poses(p generators.Pair) bool {
	if p.Tool != "" && !s.Filter.byRule() {
		return true
	}
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
		c := s.deck.Make(generators.FromSeed(generators.Derive(s.Seed, sampleStream, uint64(i))), p)
		if p.Tool == "" && !oracles.Fits(c, s.at) {
			return false
		}
		if s.Filter.posed(s.judge, c, s.at) {
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
