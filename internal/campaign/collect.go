package campaign

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"sync"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// collector takes the blocks in their order, so that the digest, the first
// case of each finding and the record do not depend on the workers.
type collector struct {
	*run
	started time.Time
	// dealt is when the dealing began.
	dealt   time.Time
	waiting map[int]block
	// next is the block to take next; broken: a case is missing before it.
	next   int
	broken bool

	digest   hash.Hash
	cases    int
	calls    int
	outcomes map[string]int
	rules    map[string]bool
	tools    map[string]bool
	pairs    map[string]bool
	notes    map[string]int
	stopped  string

	// suspects are the findings by signature, order their signatures as they
	// were first seen.
	suspects map[string]*suspect
	order    []string
	// faulty counts how the calls of each tool ended.
	faulty map[string]*tally
	// mu guards what several workers touch at once: unsaved is why findings
	// could not be saved, noted the signatures and done the number of the cases
	// that the record holds already.
	mu      sync.Mutex
	unsaved []string
	noted   map[string]bool
	done    int
}

// tally counts the calls of a tool: all that got an answer, and those for
// which the server blamed itself.
type tally struct{ answered, faulted int }

// suspect is a finding on its way to being confirmed.
type suspect struct {
	finding oracles.Finding
	first   played
	count   int
	// confirmed is the word for how it was confirmed.
	confirmed string
	// smallest is the smallest case that shows it, seen what it showed.
	smallest scenarios.Case
	seen     oracles.Observation
	final    record.Finding
}

func newCollector(r *run, started time.Time) *collector {
	return &collector{
		run: r, started: started, waiting: map[int]block{}, digest: sha256.New(),
		outcomes: map[string]int{}, rules: map[string]bool{}, tools: map[string]bool{},
		pairs: map[string]bool{}, notes: map[string]int{}, suspects: map[string]*suspect{}, faulty: map[string]*tally{},
		noted: map[string]bool{},
	}
}

// collect takes blocks until there are no more. An error of ours stops the
// dealing; what was played until then is kept.
func (c *collector) collect(done <-chan block, stop func(error)) error {
	var first error
	for b := range done {
		if ours(b.err) && first == nil {
			first = b.err
			stop(b.err)
		}
		c.waiting[b.number] = b
		for {
			ready, ok := c.waiting[c.next]
			if !ok {
				break
			}
			delete(c.waiting, c.next)
			c.next++
			c.take(ready)
		}
	}
	return first
}

// take counts a block.
func (c *collector) take(b block) {
	for _, one := range b.played {
		if !c.broken {
			c.digest.Write(one.text)
			c.cases++
		}
		c.count(one)
	}
	c.broken = c.broken || !b.whole
}

// count adds a case to the totals and its findings to the suspects.
func (c *collector) count(one played) {
	c.calls += one.calls
	for _, o := range one.outcomes {
		c.outcomes[o.String()]++
	}
	c.tally(one)
	for _, id := range one.rules {
		c.rules[id] = true
	}
	if one.note != "" {
		c.notes[one.note]++
	} else {
		c.pairs[one.pair.Tool+"\x00"+one.pair.Class] = true
		if one.pair.Tool != "" {
			c.tools[one.pair.Tool] = true
		}
	}
	for _, f := range one.findings {
		s := c.suspects[f.Signature]
		if s == nil {
			s = &suspect{finding: f, first: one}
			c.suspects[f.Signature] = s
			c.order = append(c.order, f.Signature)
		}
		s.count++
	}
}

// tally counts how the calls of a case's tool ended.
func (c *collector) tally(one played) {
	t := c.faulty[one.pair.Tool]
	if t == nil {
		t = &tally{}
		c.faulty[one.pair.Tool] = t
	}
	t.answered += one.tally.answered
	t.faulted += one.tally.faulted
}

func (t *tally) add(o oracles.Outcome) {
	switch o {
	case oracles.Faulted:
		t.faulted++
		t.answered++
	case oracles.Accepted, oracles.Rejected:
		t.answered++
	}
}

// minFaulted is how many calls of a tool must have been answered before it is
// said that all of them fail.
const minFaulted = 5

// graded raises an internal error of a tool whose every call ends so.
func (c *collector) graded(f oracles.Finding) oracles.Finding {
	t := c.faulty[f.Tool]
	if f.Oracle == "internal-error" && f.Tool != "" && t != nil && t.answered >= minFaulted && t.faulted == t.answered {
		f.Severity = max(f.Severity, oracles.Medium)
		f.Message += "; every call of the tool ends so"
	}
	return f
}

// settle finds who is to blame for each suspect, confirms all, worst first,
// and then makes what is confirmed smaller. With the dealing it may take seven
// quarters of the time of the dealing; what is not done by then is left
// unconfirmed, or as large as it was.
func (c *collector) settle(ctx context.Context) {
	if c.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, c.dealt.Add(c.For*7/4))
		defer cancel()
	}
	c.blame(ctx)
	list := c.worstFirst()
	c.each(list, func(s *suspect) { c.confirm(ctx, s) })
	c.dismiss()
	list = c.worstFirst()
	c.each(list, func(s *suspect) { c.minimise(ctx, s) })
	c.each(list, c.conclude)
}

// dismiss forgets the suspects that were none.
func (c *collector) dismiss() {
	c.order = slices.DeleteFunc(c.order, func(signature string) bool {
		return c.suspects[signature].confirmed == dismissed
	})
}

// worstFirst are the suspects by falling severity.
func (c *collector) worstFirst() []*suspect {
	var list []*suspect
	for _, signature := range c.order {
		list = append(list, c.suspects[signature])
	}
	slices.SortStableFunc(list, func(a, b *suspect) int { return cmp.Compare(b.finding.Severity, a.finding.Severity) })
	return list
}

// each does something for every suspect. Those that cost a deadline each time
// mostly wait, so they have a lane of their own and hold up no others.
func (c *collector) each(list []*suspect, do func(*suspect)) {
	waits := func(s *suspect) bool { return slow(s.first.seen) || s.missesAnswer() }
	var lanes sync.WaitGroup
	lanes.Go(func() { c.lane(list, waits, do) })
	lanes.Go(func() { c.lane(list, func(s *suspect) bool { return !waits(s) }, do) })
	lanes.Wait()
}

// lane does something for every suspect that is in it, several at once.
func (c *collector) lane(list []*suspect, in func(*suspect) bool, do func(*suspect)) {
	next := make(chan *suspect)
	var workers sync.WaitGroup
	for range laneFactor * c.Workers {
		workers.Go(func() {
			for s := range next {
				do(s)
			}
		})
	}
	for _, s := range list {
		if in(s) {
			next <- s
		}
	}
	close(next)
	workers.Wait()
}

// summary is the whole answer as far as the run came.
func (c *collector) summary(took time.Duration) record.Summary {
	s := record.Summary{
		Version: record.Version, Target: c.Redact.String(c.Target.String()), Protocol: c.set.Revision.Name,
		Seed: c.Seed, Cases: c.cases, Calls: c.calls, Seconds: took.Seconds(),
		StreamDigest: hex.EncodeToString(c.digest.Sum(nil)), Outcomes: c.outcomes,
		Skipped: c.skipped(), Stopped: c.Redact.String(c.stopped),
		Inconclusive: c.inconclusive(), Findings: c.findings(),
	}
	s.Tested = record.Tested{
		Tools: keysOf(c.tools), ToolsListed: c.learned.catalog.Len(),
		Rules: oracles.Hardening(keysOf(c.rules)), RulesKnown: oracles.HardeningRules, Specs: keysOf(c.rules),
		Pairs: len(c.pairs), PairsKnown: c.pairsKnown(),
	}
	return s
}

// pairsKnown is how many pairs of tool and class there are to deal.
func (c *collector) pairsKnown() int {
	if c.deck == nil {
		return 0
	}
	return c.deck.Len()
}

// skipped are the tools that were not called; why may hold text of the server.
func (c *collector) skipped() []record.Skip {
	list := orEmpty(slices.Clone(c.learned.skipped))
	for i := range list {
		list[i].Why = c.Redact.String(list[i].Why)
	}
	return list
}

// inconclusive lists what could not be judged, and why.
func (c *collector) inconclusive() []record.Inconclusive {
	list := orEmpty(slices.Clone(c.learned.without))
	for _, why := range c.unsaved {
		list = append(list, record.Inconclusive{What: "a finding", Why: why})
	}
	for _, note := range keysOf(c.notes) {
		list = append(list, record.Inconclusive{What: fmt.Sprintf("%d cases", c.notes[note]), Why: note})
	}
	for i := range list {
		list[i].Why = c.Redact.String(list[i].Why)
	}
	return list
}

// findings are the confirmed suspects in the order they were first seen.
func (c *collector) findings() []record.Finding {
	list := []record.Finding{}
	for _, signature := range c.order {
		list = append(list, c.suspects[signature].final)
	}
	return list
}

// orEmpty keeps an absent list from being written as null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// keysOf returns the sorted keys of a map, never nil.
func keysOf[V any](m map[string]V) []string {
	list := make([]string, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}
