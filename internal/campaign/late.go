package campaign

import (
	"context"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// maxLate is how many calls are waited for at once.
const maxLate = 16

// excuse dismisses those that only seemed to get no answer: single calls are sent again,
// many at once on one fresh session, and waited for as long as one alone. What comes late
// was not lost. What does not come proves nothing, since others were in its way. It
// returns the suspects that are left.
func (c *collector) excuse(ctx context.Context, waiting []*suspect) []*suspect {
	for _, era := range c.eras {
		alike := slices.DeleteFunc(slices.Clone(waiting), func(s *suspect) bool {
			return s.first.revision != era.revision || !s.missesAnswer() || !isOneCall(s.first.c)
		})
		for some := range slices.Chunk(alike, maxLate) {
			c.excuseLate(ctx, some)
		}
	}
	return slices.DeleteFunc(waiting, func(s *suspect) bool { return s.confirmed == dismissed })
}

// excuseLate dismisses those of some suspects whose answers are late. One by itself is
// told when it is confirmed.
func (c *collector) excuseLate(ctx context.Context, some []*suspect) {
	if len(some) < 2 {
		return
	}
	lines := make([]scenarios.Step, len(some))
	for i, s := range some {
		lines[i] = s.first.c.Steps[0]
	}
	all := scenarios.Case{Steps: []scenarios.Step{scenarios.Burst{N: len(lines), Lines: lines}}}
	o, ok := c.observe(ctx, all, some[0].first.revision, overtime)
	if !ok || len(o.Seen) != len(some) {
		return
	}
	for i, s := range some {
		if o.Seen[i].Late {
			s.confirmed = dismissed
		}
	}
}

// isOneCall reports whether a case is one call of a usual size, under no id or session
// of its own.
func isOneCall(c scenarios.Case) bool {
	if len(c.Steps) != 1 || generators.Weight(c) > heavyWeight || c.Deadline > 0 {
		return false
	}
	call, ok := c.Steps[0].(scenarios.Call)
	return ok && call.ID == "" && call.Session == "" && call.Handshake == ""
}
