package campaign

import (
	"context"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// The number of candidates that are played to make a case smaller. What hangs
// costs a whole deadline each time, so it gets few.
const (
	shrinkBudget     = 60
	slowShrinkBudget = 3
)

// minimise plays simpler cases and keeps the simplest that shows the same
// finding, until none does or the budget is used up.
func (c *collector) minimise(ctx context.Context, s *suspect) {
	if s.confirmed == record.Flaky || s.confirmed == record.Unconfirmed {
		return
	}
	budget := shrinkBudget
	if slow(s.seen) {
		budget = slowShrinkBudget
	}
	for again := true; again; {
		again = false
		for _, candidate := range generators.Shrinks(s.smallest) {
			if budget == 0 || ctx.Err() != nil {
				return
			}
			budget--
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
