package generators

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Pair is a tool, or something else that a server offers, and a class of
// misbehaviour that applies to it, or a scenario of the library, which belongs to
// nothing.
type Pair struct {
	// Tool is the label of the subject, "" for the library.
	Tool, Class string
	Feature     scenarios.Feature
}

// libraryPrefix starts the class of a library scenario.
const libraryPrefix = "library/"

// Plan lists all pairs that apply: the tools that may be called with the
// classes that can be made from them, then what else the server offers, then the
// scenarios of the library that ask for nothing else.
func Plan(c *scenarios.Catalog, callable func(scenarios.Tool) bool) []Pair {
	var pairs []Pair
	all := All()
	deal := func(s Subject) {
		for _, g := range all {
			if g.Applies(s) {
				pairs = append(pairs, Pair{s.Label, g.ID, s.Feature})
			}
		}
	}
	for _, t := range c.Tools() {
		if callable(t) && !t.Unusable {
			deal(NewSubject(c, t))
		}
	}
	for _, s := range features(c) {
		deal(s)
	}
	absent := func(step scenarios.Step) bool { return !c.Offers(step) }
	for _, l := range scenarios.Library() {
		if !slices.ContainsFunc(l.Steps, absent) {
			pairs = append(pairs, Pair{Class: libraryPrefix + l.Name})
		}
	}
	return pairs
}

// Deck deals the cases of a run. It is safe for concurrent use.
type Deck struct {
	seed    uint64
	catalog *scenarios.Catalog
	pairs   []Pair
	// subjects are the tools of the pairs, each read when it is first dealt.
	subjects map[string]func() Subject
	classes  map[string]Generator
	library  map[string]scenarios.Case
	// deal says which pair is dealt as case i, and its turn among those of its
	// class, or -1 where there are no turns.
	deal func(i int) (pair Pair, turn int)
	// ordinals are the places of the pairs among those of their class.
	ordinals []int
	// traffic is what is simulated, nil where every pair is dealt alike.
	traffic *traffic
	// last is the round dealt last, since to shuffle a large deck takes longer
	// than to make a case.
	last atomic.Pointer[round]
}

// round is the order of the pairs in one round.
type round struct {
	number int
	order  []int
}

// NewDeck makes the deck of a seed that deals each pair once before any twice, in
// an order that is new each round and starts with one pair of each class. The pairs must
// be of the catalogue.
func NewDeck(seed uint64, c *scenarios.Catalog, pairs []Pair) *Deck {
	d := &Deck{
		seed: seed, catalog: c, pairs: pairs, subjects: map[string]func() Subject{},
		classes: map[string]Generator{}, library: map[string]scenarios.Case{},
	}
	for _, g := range All() {
		d.classes[g.ID] = g
	}
	for _, l := range scenarios.Library() {
		d.library[libraryPrefix+l.Name] = l
	}
	for _, p := range pairs {
		if d.subjects[p.Tool] != nil || p.Tool == "" {
			continue
		}
		if t, ok := c.Tool(p.Tool); ok {
			d.subjects[p.Tool] = sync.OnceValue(func() Subject { return NewSubject(c, t) })
			continue
		}
		for _, s := range features(c) {
			d.subjects[s.Label] = func() Subject { return s }
		}
	}
	count := map[string]int{}
	for _, p := range pairs {
		d.ordinals = append(d.ordinals, count[p.Class])
		count[p.Class]++
	}
	d.deal = d.shuffled
	return d
}

// Len returns the number of pairs.
func (d *Deck) Len() int { return len(d.pairs) }

// Pair returns the pair of case i.
func (d *Deck) Pair(i int) Pair {
	pair, _ := d.deal(i)
	return pair
}

func (d *Deck) shuffled(i int) (pair Pair, turn int) {
	number, place := i/len(d.pairs), i%len(d.pairs)
	r := d.last.Load()
	if r == nil || r.number != number {
		r = &round{number, d.order(number)}
		d.last.Store(r)
	}
	// Each tool has another turn than the one before it, and the next in each round.
	return d.pairs[r.order[place]], number + d.ordinals[r.order[place]]
}

// order shuffles the pairs for a round and brings the first of each class to the front, so
// that a run that ends within the round has still tried every class.
func (d *Deck) order(number int) []int {
	shuffle := rand.New(rand.NewPCG(Derive(d.seed, dealStream), uint64(number)))
	var first, others []int
	seen := map[string]bool{}
	for _, at := range shuffle.Perm(len(d.pairs)) {
		if class := d.pairs[at].Class; !seen[class] {
			seen[class] = true
			first = append(first, at)
			continue
		}
		others = append(others, at)
	}
	return append(first, others...)
}

// The streams of choices that are derived from a run's seed.
const (
	dealStream uint64 = iota + 1
	caseStream
	moodStream
	sessionStream
	toolStream
)

// Case makes case i: a pure function of the seed, i and the catalogue.
func (d *Deck) Case(i int) (scenarios.Case, Pair) {
	pair, turn := d.deal(i)
	draw := FromSeed(Derive(d.seed, caseStream, uint64(i)))
	draw.turn, draw.turns = turn, turn >= 0
	c := d.Make(draw, pair)
	if d.traffic != nil {
		c.Steps = d.fanned(draw, pair, c.Steps)
	}
	c.Name = CaseName(i)
	c.Origin = scenarios.Origin{Seed: d.seed, Index: i, Class: pair.Class}
	return c, pair
}

// CaseName names case i of a run.
func CaseName(i int) string { return fmt.Sprintf("case-%06d", i) }

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

// LibraryClass is the class of a scenario of the library.
func LibraryClass(name string) string { return libraryPrefix + name }

// LibraryName is the scenario that a class of the library names, "" for other
// classes.
func LibraryName(class string) string {
	name, ok := strings.CutPrefix(class, libraryPrefix)
	if !ok {
		return ""
	}
	return name
}
