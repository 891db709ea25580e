package campaign

import (
	"context"
	"slices"
	"time"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// What making a case smaller may cost: one for each candidate that is played,
// one more for each megabyte that it sends, and three where a session is opened
// for it since the one before was ended. A case of many steps gets more; what sends a great
// deal, or hangs, costs as much as many others each time, so it gets little.
const (
	shrinkBudget     = 60
	budgetPerStep    = 2
	budgetPerSession = 3
	slowShrinkBudget = 12
)

// shrink plays simpler cases than a suspect's and keeps the simplest that shows the
// same finding, until none does or the budget is used up. The candidates share a
// session as long as it lives, also with those of other suspects, which costs far
// less than a process each: what is left must still show the finding alone.
func (c *collector) shrink(ctx context.Context, p *player, s *suspect) {
	s.smallest, s.seen = s.first.c, s.first.seen
	if c.acquire(ctx) != nil {
		return
	}
	defer c.release()
	reused := p.session != nil
	o, err := p.gently(ctx, s.smallest, s.first.revision, noOvertime)
	if reused && (err != nil || !c.same(o, s.finding)) {
		p.close() // what others left behind may hide it
		o, err = p.gently(ctx, s.smallest, s.first.revision, noOvertime)
	}
	if err == nil && c.same(o, s.finding) {
		s.smallest, s.shrunk = c.smaller(ctx, p, s)
		s.tried = ctx.Err() == nil
	}
}

// minimise makes the case of a suspect smaller that is confirmed, each candidate of one
// with a history on a session of its own; what is left at the end must show the finding
// alone on a fresh one.
func (c *collector) minimise(ctx context.Context, p *player, s *suspect) {
	if s.confirmed == record.Flaky || s.confirmed == record.Unconfirmed || c.acquire(ctx) != nil {
		return
	}
	smallest, found := c.smaller(ctx, p, s)
	if s.history || c.Target.Kind().Exclusive {
		p.close()
	}
	c.release()
	if !found {
		return
	}
	if o, ok := c.observe(ctx, smallest, s.first.revision, overtime); ok && c.same(o, s.finding) {
		s.smallest, s.seen = smallest, lean(o)
	}
}

// smaller is the simplest case that shows a suspect's finding on the session of
// the search, if there is a simpler one.
func (c *collector) smaller(ctx context.Context, p *player, s *suspect) (smallest scenarios.Case, found bool) {
	smallest = s.smallest
	budget := shrinkBudget + budgetPerStep*len(smallest.Steps)
	if slow(s.seen) || generators.Weight(smallest) > heavyWeight {
		budget = slowShrinkBudget
	}
	for again := true; again; {
		again = false
		for _, candidate := range generators.Shrinks(smallest) {
			if budget <= 0 || ctx.Err() != nil {
				return smallest, found
			}
			budget -= 1 + int(generators.Weight(candidate)>>20)
			if s.history {
				p.close() // what one candidate left behind would show with the next
			}
			if p.session == nil || !p.session.Usable() {
				budget -= budgetPerSession
			}
			o, err := p.gently(ctx, candidate, s.first.revision, noOvertime)
			if err == nil && c.same(o, s.finding) {
				smallest, found, again = candidate, true, true
				break
			}
		}
	}
	return smallest, found
}

// same reports whether what was seen shows a finding again, for the same
// reason: a smaller case that breaks another rule is another finding.
func (c *collector) same(o oracles.Observation, finding oracles.Finding) bool {
	return slices.ContainsFunc(c.found(o), func(f oracles.Finding) bool {
		return f.Signature == finding.Signature && f.ID() == finding.ID()
	})
}

// slowPlay is how long a case that is played many times over may take.
const slowPlay = time.Second

// slow reports whether playing a case cost a deadline, or else much time.
func slow(o oracles.Observation) bool {
	for _, s := range o.Seen {
		if s.Expired || s.Write.Stalled {
			return true
		}
	}
	return o.Probe.Tried > 0 && !o.Probe.Alive || o.Took >= slowPlay
}
