package campaign

import (
	"crypto/sha256"
	"hash"
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
	asked    map[scenarios.Feature]map[string]bool
	pairs    map[string]bool
	notes    map[string]int
	stopped  string
	// partial holds the numbers of the cases that were not played to their ends.
	partial map[int]bool
	// advice is what the list of tools shows without a call.
	advice []record.Finding

	// suspects are the findings by signature, order their signatures as they
	// were first seen.
	suspects map[string]*suspect
	order    []string
	// quality is what refusals tell, by tool; least is the score of the worst text.
	quality map[string]*record.ErrorQuality
	least   map[string]int
	// faulty counts how the calls of each tool ended.
	faulty map[string]*tally
	// unsaved is why findings could not be saved.
	unsaved []string
	// mu guards what several workers touch at once: noted is the signatures and done
	// the number of the cases that the record holds already.
	mu    sync.Mutex
	noted map[string]bool
	done  int
}

// tally counts the calls of a tool that its schema forbids: all that got an
// answer, and those for which the server blamed itself. Others may fail for a
// reason.
type tally struct{ answered, faulted int }

// suspect is a finding on its way to being confirmed.
type suspect struct {
	finding oracles.Finding
	first   played
	count   int
	// others are the numbers of the next cases that showed it.
	others []int
	// confirmed is the word for how it was confirmed.
	confirmed string
	// history: it only shows behind the cases before it. tried: it was tried to make its
	// case smaller before it was confirmed. shrunk: that led to a smaller one.
	history, tried, shrunk bool
	// smallest is the smallest case that shows it, seen what it showed.
	smallest scenarios.Case
	seen     oracles.Observation
	final    record.Finding
}

func newCollector(r *run, started time.Time) *collector {
	return &collector{
		run: r, started: started, waiting: map[int]block{}, digest: sha256.New(),
		outcomes: map[string]int{}, rules: map[string]bool{},
		asked: map[scenarios.Feature]map[string]bool{scenarios.FeatureTool: {}, scenarios.FeaturePrompt: {}, scenarios.FeatureResource: {}, scenarios.FeatureCompletion: {}},
		pairs: map[string]bool{}, notes: map[string]int{}, partial: map[int]bool{}, suspects: map[string]*suspect{}, faulty: map[string]*tally{},
		quality: map[string]*record.ErrorQuality{}, least: map[string]int{}, noted: map[string]bool{}, advice: r.advice(),
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
		}
		c.count(one)
	}
	c.broken = c.broken || !b.whole
}

// count adds a case to the totals and its findings to the suspects.
func (c *collector) count(one played) {
	c.cases++
	c.calls += one.calls
	for _, o := range one.outcomes {
		c.outcomes[o.String()]++
	}
	c.tally(one)
	c.grade(one.refusals)
	for _, id := range one.rules {
		c.rules[id] = true
	}
	if !one.whole {
		c.partial[one.index] = true
	}
	if one.note != "" {
		c.notes[one.note]++
	} else {
		c.pairs[one.revision.Name+"\x00"+one.pair.Tool+"\x00"+one.pair.Class] = true
		if one.pair.Tool != "" {
			c.asked[one.pair.Feature][one.pair.Tool] = true
		}
	}
	for _, f := range one.findings {
		s := c.suspects[f.Signature]
		if s == nil {
			s = &suspect{finding: f, first: one}
			c.suspects[f.Signature] = s
			c.order = append(c.order, f.Signature)
		} else if len(s.others) < maxOthers && one.index != s.first.index {
			s.others = append(s.others, one.index)
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

// graded raises an internal error of a tool whose every call ends so. Of prompts and
// resources nobody knows whether what is made up for them could have worked.
func (c *collector) graded(f oracles.Finding) oracles.Finding {
	t := c.faulty[f.Tool]
	_, isTool := c.learned.catalog.Tool(f.Tool)
	if f.Oracle == "internal-error" && isTool && t != nil && t.answered >= minFaulted && t.faulted == t.answered {
		f.Severity = max(f.Severity, oracles.Medium)
		f.Message += "; every wrong call of the tool ends so"
	}
	return f
}
