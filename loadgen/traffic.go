package loadgen

import (
	"crypto/sha256"
	"errors"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Traffic is what the models of a profile send in the place of right calls: mistakes as
// often as they make them, in runs as they come, and loops where they are refused. It is
// made before the load begins, of as many calls as a cycle has. It is immutable.
type Traffic struct {
	// Profile is its name.
	Profile string
	kinds   []kind
	turns   []turn
	// cycle holds, for each of so many places, the numbers of the turns that are sent there at
	// once; none where the call is right.
	cycle [][]int
	// digest is of all turns.
	digest [sha256.Size]byte
}

// kind is a mistake, and what a server should do with it. The first is none.
type kind struct {
	class, name string
	want        scenarios.Want
}

// turn is a call that holds a mistake, or a later one of a loop that began with one.
type turn struct {
	call scenarios.Call
	// tool is the one that was meant, kind the number of the mistake.
	tool string
	kind int
	// next is the number of the turn that follows where this one is refused, or fails; 0 for
	// none.
	next int
}

// Offer is what calls with mistakes are made of: what a server offers, which of its tools
// may be called, and the values that were learnt.
type Offer struct {
	Catalog  *scenarios.Catalog
	Callable func(scenarios.Tool) bool
	Known    func(scenarios.Ref) (scenarios.Value, bool)
}

const (
	// cycleCalls are the calls of a cycle: 20 times the 9 sessions of 23 calls among which
	// generators spread the bad ones.
	cycleCalls = 20 * 9 * 23
	// columnStep is how far apart the calls of a prompt are in the cycle: a session of their
	// own each.
	columnStep = 9 * 23
	// mostMistake is the size up to which mistakes are made: more is a test of size, which no
	// load needs.
	mostMistake = 64 << 10
	// mistakeDraws is how many times a mistake is drawn until it is calls of no more than that.
	mistakeDraws = 8
)

// mistakeStream is apart from the streams of a Schedule.
const mistakeStream = roundStream + 1

// NewTraffic makes the mistakes of a profile. It is a pure function of its arguments.
func NewTraffic(seed uint64, p generators.Profile, o Offer) (*Traffic, error) {
	pairs := slices.DeleteFunc(generators.Plan(o.Catalog, o.Callable), func(p generators.Pair) bool {
		return p.Feature != scenarios.FeatureTool || p.Tool == "" || generators.NeedsCanaries(p.Class)
	})
	if len(pairs) == 0 {
		return nil, errors.New("no mistake can be made of the tools that may be called")
	}
	deck := generators.NewTraffic(seed, o.Catalog, pairs, p)
	t := &Traffic{
		Profile: p.Name, kinds: []kind{{name: "right calls", want: scenarios.WantAccept}}, turns: []turn{{}}, cycle: make([][]int, cycleCalls),
	}
	h := sha256.New()
	for i := range t.cycle {
		pair := deck.Pair(i)
		calls, atOnce, text := o.mistake(deck, pair, generators.Derive(seed, mistakeStream, uint64(i)))
		t.cycle[i] = t.add(o.Catalog, pair, calls, atOnce)
		h.Write(text)
	}
	h.Sum(t.digest[:0])
	return t, nil
}

// mistake makes the calls of a mistake, and its text. There are none where the pair is of
// right calls, or all that comes of it is something else than calls, or too large.
func (o Offer) mistake(deck *generators.Deck, pair generators.Pair, seed uint64) (calls []scenarios.Call, atOnce bool, text []byte) {
	if pair.Class == "" {
		return nil, false, nil
	}
	for n := range uint64(mistakeDraws) {
		made := deck.Make(generators.FromSeed(generators.Derive(seed, n)), pair)
		if calls, atOnce, ok := o.callsOf(made); ok {
			return calls, atOnce, scenarios.Format(made)
		}
	}
	return nil, false, nil
}

// callsOf are the calls of a case as they are sent, either at once or one after the other.
// It reports false where the case is of anything else.
func (o Offer) callsOf(c scenarios.Case) (calls []scenarios.Call, atOnce, ok bool) {
	if c.Size() > mostMistake {
		return nil, false, false
	}
	steps := c.Steps
	if b, is := steps[0].(scenarios.Burst); is && len(steps) == 1 {
		steps, atOnce = nil, true
		for i := range b.N {
			steps = append(steps, b.Lines[i%len(b.Lines)])
		}
	}
	for _, step := range steps {
		call, is := step.(scenarios.Call)
		args, err := call.Args.Resolve(o.Known)
		if !is || err != nil || args.Size() > mostMistake {
			return nil, false, false
		}
		call.Args = args
		calls = append(calls, call)
	}
	return calls, atOnce, true
}

// add adds the calls of a mistake and returns those that are sent at once: all, or the first,
// which the others follow. What a server should do with a call is told by validating that.
func (t *Traffic) add(c *scenarios.Catalog, p generators.Pair, calls []scenarios.Call, atOnce bool) []int {
	var heads []int
	for i, call := range calls {
		number := len(t.turns)
		t.turns = append(t.turns, turn{call: call, tool: p.Tool, kind: t.kindOf(p.Class, c.WantOf(call).Want)})
		switch {
		case atOnce || i == 0:
			heads = append(heads, number)
		default:
			t.turns[number-1].next = number
		}
	}
	return heads
}

// kindOf is the number of a kind.
func (t *Traffic) kindOf(class string, want scenarios.Want) int {
	i := slices.IndexFunc(t.kinds, func(k kind) bool { return k.class == class && k.want == want })
	if i >= 0 {
		return i
	}
	g, _ := generators.Find(class)
	t.kinds = append(t.kinds, kind{class, g.Name, want})
	return len(t.kinds) - 1
}

// at are the turns in the place of a call of a prompt; none where that call is right.
func (t *Traffic) at(prompt uint64, call int) []int {
	if t == nil {
		return nil
	}
	return t.cycle[(prompt+uint64(call)*columnStep)%uint64(len(t.cycle))]
}

// width is how many calls are sent in the place of one: in the mean, and at most.
func (t *Traffic) width() (mean float64, most int) {
	if t == nil {
		return 1, 1
	}
	calls := 0
	for _, heads := range t.cycle {
		calls += max(len(heads), 1)
		most = max(most, len(heads), 1)
	}
	return float64(calls) / float64(len(t.cycle)), most
}
