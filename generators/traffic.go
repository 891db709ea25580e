package generators

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Mistakes are not independent: a few sessions hold them all, and within those a
// model that reads the error gets the next call right. In Toolathlon and
// tau-bench, 93 of 415 sessions saw a call fail, two of nine, and 394 never two
// calls of a tool in a row; the others are the loops of a profile. A session of
// Toolathlon and MCPMark has 23 calls in the mean (20,396 in 873 sessions).
const (
	sessionCalls = 23
	moodSessions = 9
	leastProne   = 2
)

// The class and the mutant of calls that are right.
const (
	validClass = ""
	validName  = "valid"
)

// traffic deals calls as the models of a profile make them. It is immutable.
type traffic struct {
	seed   uint64
	rates  []Rate
	loops  []Loop
	fanOut FanOut
	// wrong is the share of calls that go wrong, loops aside.
	wrong float64
	// tools are those that each class is made from.
	tools map[string][]string
}

// NewTraffic makes a deck that deals calls as the models of a profile make them:
// most are valid, mistakes come at the profile's rates and in bad sessions, and a
// response may hold several calls, of which the first is drawn by the rates. A
// class of which there is no pair leaves the call valid. The pairs must be of the
// catalogue and name at least one tool.
func NewTraffic(seed uint64, c *scenarios.Catalog, pairs []Pair, p Profile) *Deck {
	d := NewDeck(seed, c, pairs)
	t := &traffic{seed: seed, fanOut: p.FanOut, tools: map[string][]string{validClass: d.validTools()}}
	for _, pair := range pairs {
		t.tools[pair.Class] = append(t.tools[pair.Class], pair.Tool)
	}
	d.classes[validClass] = validCall()
	for _, r := range p.Rates {
		if len(t.tools[r.Class]) > 0 {
			t.rates = append(t.rates, r)
			t.wrong += r.Percent / 100
		}
	}
	for _, l := range p.Loops {
		if len(t.tools[l.Class]) > 0 {
			t.loops = append(t.loops, l)
			d.classes[l.Class], _ = loopOf(l.Class, l.Lengths)
		}
	}
	d.traffic, d.pairs = t, t.pairs()
	d.deal = func(i int) (Pair, int) { return t.pair(i), -1 }
	return d
}

// validCall calls a tool as it wants to be called.
func validCall() Generator {
	return Generator{
		ID: validClass, Name: validName, Applies: always,
		Steps: func(d *Draw, s Subject) []scenarios.Step { return s.call(validName, s.learnt(s.valid(d))) },
	}
}

// validTools are the tools that a valid call is known of, all where there is none.
func (d *Deck) validTools() []string {
	var all, valid []string
	seen := map[string]bool{"": true}
	for _, p := range d.pairs {
		if seen[p.Tool] {
			continue
		}
		seen[p.Tool] = true
		all = append(all, p.Tool)
		if d.subjects[p.Tool]().baseValid {
			valid = append(valid, p.Tool)
		}
	}
	if len(valid) == 0 {
		return all
	}
	return valid
}

// pairs are those that may be dealt.
func (t *traffic) pairs() []Pair {
	var list []Pair
	for _, share := range t.shares() {
		for _, tool := range t.tools[share.Class] {
			list = append(list, Pair{Tool: tool, Class: share.Class, Feature: scenarios.FeatureTool})
		}
	}
	return list
}

// Share is how much of the cases a class has, as a fraction.
type Share struct {
	Class string
	Of    float64
}

// shares are those of valid calls, of the mistakes and of the loops.
func (t *traffic) shares() []Share {
	list := []Share{{validClass, 1 - t.wrong}}
	for _, r := range t.rates {
		list = append(list, Share{r.Class, r.Percent / 100})
	}
	for _, l := range t.loops {
		share := l.Percent / 100 / sessionCalls
		list[0].Of -= share
		list = append(list, Share{l.Class, share})
	}
	return list
}

// pair is dealt as case i.
func (t *traffic) pair(i int) Pair {
	class := t.session(i / sessionCalls)[i%sessionCalls]
	tools := t.tools[class]
	tool := tools[FromSeed(Derive(t.seed, toolStream, uint64(i))).N(len(tools))]
	return Pair{Tool: tool, Class: class, Feature: scenarios.FeatureTool}
}

// session is the classes of the calls of a session.
func (t *traffic) session(s int) []string {
	rng := rand.New(rand.NewPCG(Derive(t.seed, sessionStream, uint64(s)), sessionStream))
	calls := make([]string, sessionCalls)
	for _, place := range t.slips(rng, s) {
		calls[place] = t.mistake(rng)
	}
	for _, l := range t.loops {
		if rng.Float64() >= l.Percent/100 {
			continue
		}
		places := rng.Perm(sessionCalls)
		if k := slices.IndexFunc(places, func(p int) bool { return calls[p] == validClass }); k >= 0 {
			calls[places[k]] = l.Class
		}
	}
	return calls
}

// slips are the places of a session where a call goes wrong: none in most
// sessions, in others several with right calls between. Where more than half of
// the calls go wrong there are no good sessions, and each is on its own.
func (t *traffic) slips(rng *rand.Rand, s int) []int {
	if t.wrong > 0.5 {
		return slices.DeleteFunc(rng.Perm(sessionCalls), func(int) bool { return rng.Float64() >= t.wrong })
	}
	prone := max(leastProne, int(math.Ceil(2*t.wrong*moodSessions)))
	moods := rand.New(rand.NewPCG(Derive(t.seed, moodStream, uint64(s/moodSessions)), moodStream)).Perm(moodSessions)
	if moods[s%moodSessions] >= prone {
		return nil
	}
	whole, rest := math.Modf(t.wrong * sessionCalls * moodSessions / float64(prone))
	n := int(whole)
	if rng.Float64() < rest {
		n++
	}
	places := rng.Perm(sessionCalls - n + 1)[:n]
	slices.Sort(places)
	for k := range places {
		places[k] += k
	}
	return places
}

// mistake draws the class of a call that goes wrong.
func (t *traffic) mistake(rng *rand.Rand) string {
	at := rng.Float64() * 100 * t.wrong
	for _, r := range t.rates {
		if at -= r.Percent; at < 0 {
			return r.Class
		}
	}
	return t.rates[len(t.rates)-1].Class
}
