package campaign

import (
	"context"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// What making a case smaller may cost: one for each candidate that is played,
// and one more for each megabyte that it sends. A case of many steps gets more;
// what hangs costs a whole deadline each time, so it gets little.
const (
	shrinkBudget     = 60
	budgetPerStep    = 2
	slowShrinkBudget = 3
)

// minimise plays simpler cases and keeps the simplest that shows the same
// finding, until none does or the budget is used up.
func (c *collector) minimise(ctx context.Context, s *suspect) {
	if s.confirmed == record.Flaky || s.confirmed == record.Unconfirmed {
		return
	}
	budget := shrinkBudget + budgetPerStep*len(s.smallest.Steps)
	if slow(s.seen) {
		budget = slowShrinkBudget
	}
	for again := true; again; {
		again = false
		for _, candidate := range generators.Shrinks(s.smallest) {
			if budget <= 0 || ctx.Err() != nil {
				return
			}
			budget -= 1 + int(generators.Weight(candidate)>>20)
			if o, ok := c.shows(ctx, candidate, s.finding.Signature); ok {
				s.smallest, s.seen, again = candidate, o, true
				break
			}
		}
	}
}

// slow reports whether playing a case cost a deadline.
func slow(o oracles.Observation) bool {
	for _, s := range o.Seen {
		if s.Expired || s.Write.Stalled {
			return true
		}
	}
	return o.Probe.Tried > 0 && !o.Probe.Alive
}
