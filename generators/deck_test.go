package generators_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/prop"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Every pair is dealt once before any twice, in an order that changes.
func TestDeckDealsEveryPairOnce(t *testing.T) {
	for _, seed := range []uint64{0, 1, 1<<64 - 1} {
		deck, _ := richDeck(t, seed)
		pairs := richPairs()
		if deck.Len() != len(pairs) || deck.Len() < 500 {
			t.Fatalf("%d pairs, planned %d", deck.Len(), len(pairs))
		}
		var orders []string
		for round := range 3 {
			seen := map[generators.Pair]bool{}
			order := ""
			for i := range deck.Len() {
				p := deck.Pair(round*deck.Len() + i)
				if seen[p] {
					t.Fatalf("%v twice in round %d", p, round)
				}
				seen[p] = true
				order += fmt.Sprint(p)
			}
			orders = append(orders, order)
		}
		if orders[0] == orders[1] || orders[1] == orders[2] {
			t.Error("two rounds have one order")
		}
	}
}

// dealing is a seed and the tools that may be called.
type dealing struct {
	seed  uint64
	tools []string
}

// pairs are those of the rich catalogue where no other tools are called.
func (d dealing) pairs() []generators.Pair {
	return slices.DeleteFunc(slices.Clone(richPairs()), func(p generators.Pair) bool {
		return p.Tool != "" && p.Feature == scenarios.FeatureTool && !slices.Contains(d.tools, p.Tool)
	})
}

// dealings generates them, each with some tools of a catalogue; simpler ones have one less.
func dealings(c *scenarios.Catalog) gopter.Gen {
	return generators.Gen(func(d *generators.Draw) dealing {
		one := dealing{seed: uint64(d.N(1 << 16))}
		for _, t := range c.Tools() {
			if d.Bool() {
				one.tools = append(one.tools, t.Name)
			}
		}
		return one
	}, func(one dealing) (simpler []dealing) {
		for i := range one.tools {
			simpler = append(simpler, dealing{one.seed, slices.Delete(slices.Clone(one.tools), i, i+1)})
		}
		return simpler
	})
}

// A run of as many cases as there are classes and scenarios of the library plays each of
// them, in whichever round of a deck of many tools.
func TestEachRoundStartsWithEveryClass(t *testing.T) {
	c := richCatalog(t)
	properties := gopter.NewProperties(parameters(50))
	properties.Property("the first cases are of one class each", prop.ForAll(func(one dealing) string {
		pairs := one.pairs()
		deck := generators.NewDeck(one.seed, c, pairs)
		classes := map[string]bool{}
		for _, p := range pairs {
			classes[p.Class] = true
		}
		for round := range 2 {
			seen := map[string]bool{}
			for i := range len(classes) {
				seen[deck.Pair(round*deck.Len()+i).Class] = true
			}
			if len(seen) != len(classes) {
				return fmt.Sprintf("round %d starts with %d of %d classes", round, len(seen), len(classes))
			}
		}
		return ""
	}, dealings(c)))
	properties.TestingRun(t)
}

// Case i depends on nothing but the seed, i and the catalogue.
func TestCasesArePure(t *testing.T) {
	const n = 400
	forms := func(order func(k int) int) []string {
		deck, _ := richDeck(t, 9)
		list := make([]string, n)
		var wg sync.WaitGroup
		for worker := range 4 {
			wg.Go(func() {
				for k := worker; k < n; k += 4 {
					i := order(k)
					c, pair := deck.Case(i)
					list[i] = fmt.Sprint(pair) + string(scenarios.Format(c))
				}
			})
		}
		wg.Wait()
		return list
	}
	up, down := forms(func(k int) int { return k }), forms(func(k int) int { return n - 1 - k })
	other, _ := richDeck(t, 10)
	same := 0
	for i := range n {
		if up[i] != down[i] {
			t.Fatalf("case %d:\n%s\nthen\n%s", i, up[i], down[i])
		}
		if c, pair := other.Case(i); fmt.Sprint(pair)+string(scenarios.Format(c)) == up[i] {
			same++
		}
	}
	if same > 0 {
		t.Errorf("%d cases are the same under another seed", same)
	}
}

// A case says where it is from, and is what its pair makes of its own stream.
func TestCasesKnowTheirOrigin(t *testing.T) {
	deck, _ := richDeck(t, 3)
	classes := map[string]bool{}
	for i := range deck.Len() {
		c, pair := deck.Case(i)
		if err := c.Check(); err != nil {
			t.Fatalf("case %d of %v: %v", i, pair, err)
		}
		if c.Origin != (scenarios.Origin{Seed: 3, Index: i, Class: pair.Class}) || c.Name != fmt.Sprintf("case-%06d", i) || pair != deck.Pair(i) {
			t.Fatalf("case %d of %v is %s from %+v", i, pair, c.Name, c.Origin)
		}
		classes[pair.Class] = true
		if name := generators.LibraryName(pair.Class); (name != "") != (pair.Tool == "") {
			t.Errorf("%v has the library's name %q", pair, name)
		}
	}
	if want := len(generators.All()) + len(scenarios.Library()); len(classes) != want {
		t.Errorf("%d of %d classes and scenarios are dealt", len(classes), want)
	}
}
