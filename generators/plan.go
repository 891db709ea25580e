package generators

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Pair is a tool and a class of misbehaviour that applies to it, or a scenario
// of the library, which belongs to no tool.
type Pair struct{ Tool, Class string }

// libraryPrefix starts the class of a library scenario.
const libraryPrefix = "library/"

// Plan lists all pairs that apply: the tools that may be called with the
// classes that can be made from them, then the library.
func Plan(c *scenarios.Catalog, callable func(scenarios.Tool) bool) []Pair {
	var pairs []Pair
	all := All()
	for _, t := range c.Tools() {
		if !callable(t) || t.Unusable {
			continue
		}
		s := NewSubject(c, t)
		for _, g := range all {
			if g.Applies(s) {
				pairs = append(pairs, Pair{t.Name, g.ID})
			}
		}
	}
	for _, l := range scenarios.Library() {
		pairs = append(pairs, Pair{"", libraryPrefix + l.Name})
	}
	return pairs
}

// Deck deals the cases of a run: each pair once before any twice, in an order
// that is new each round. It is safe for concurrent use.
type Deck struct {
	seed  uint64
	pairs []Pair
	// subjects are the tools of the pairs, each read when it is first dealt.
	subjects map[string]func() Subject
	classes  map[string]Generator
	library  map[string]scenarios.Case
	// last is the round dealt last, since to shuffle a large deck takes longer
	// than to make a case.
	last atomic.Pointer[round]
}

// round is the order of the pairs in one round.
type round struct {
	number int
	order  []int
}

// NewDeck makes the deck of a seed. The pairs must be of the catalogue.
func NewDeck(seed uint64, c *scenarios.Catalog, pairs []Pair) *Deck {
	d := &Deck{
		seed: seed, pairs: pairs, subjects: map[string]func() Subject{},
		classes: map[string]Generator{}, library: map[string]scenarios.Case{},
	}
	for _, g := range All() {
		d.classes[g.ID] = g
	}
	for _, l := range scenarios.Library() {
		d.library[libraryPrefix+l.Name] = l
	}
	for _, p := range pairs {
		if t, ok := c.Tool(p.Tool); ok && d.subjects[p.Tool] == nil {
			d.subjects[p.Tool] = sync.OnceValue(func() Subject { return NewSubject(c, t) })
		}
	}
	return d
}

// Len returns the number of pairs.
func (d *Deck) Len() int { return len(d.pairs) }

// Pair returns the pair of case i.
func (d *Deck) Pair(i int) Pair {
	number, place := i/len(d.pairs), i%len(d.pairs)
	r := d.last.Load()
	if r == nil || r.number != number {
		shuffle := rand.New(rand.NewPCG(Derive(d.seed, dealStream), uint64(number)))
		r = &round{number, shuffle.Perm(len(d.pairs))}
		d.last.Store(r)
	}
	return d.pairs[r.order[place]]
}

// The streams of choices that are derived from a run's seed.
const (
	dealStream uint64 = iota + 1
	caseStream
)

// Case makes case i: a pure function of the seed, i and the catalogue.
func (d *Deck) Case(i int) (scenarios.Case, Pair) {
	pair := d.Pair(i)
	c := d.Of(pair, i)
	c.Name = fmt.Sprintf("case-%06d", i)
	c.Origin = scenarios.Origin{Seed: d.seed, Index: i, Class: pair.Class}
	return c, pair
}

// Of makes case i as it is when it is of that pair.
func (d *Deck) Of(pair Pair, i int) scenarios.Case {
	return d.Make(FromSeed(Derive(d.seed, caseStream, uint64(i))), pair)
}

// Make makes a case of a pair from a draw.
func (d *Deck) Make(draw *Draw, pair Pair) scenarios.Case {
	c := scenarios.Case{Name: "made"}
	if l, ok := d.library[pair.Class]; ok {
		c.Steps, c.Protocol, c.Deadline = l.Steps, l.Protocol, l.Deadline
		return c
	}
	c.Steps = d.classes[pair.Class].Steps(draw, d.subjects[pair.Tool]())
	return c
}

// LibraryName is the scenario that a class of the library names, "" for other
// classes.
func LibraryName(class string) string {
	name, ok := strings.CutPrefix(class, libraryPrefix)
	if !ok {
		return ""
	}
	return name
}
