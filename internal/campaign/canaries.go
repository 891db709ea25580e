package campaign

import (
	"slices"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// repeatable is what a server may repeat: it is told of the folder that things are planted in.
func (r *run) repeatable() []string {
	if r.Canaries == nil {
		return r.Shown
	}
	return append(slices.Clone(r.Shown), r.Canaries.Dir())
}

// plants reports whether what the cases of a class name is planted, and seen.
func (r *run) plants(class string) bool {
	switch {
	case !generators.NeedsCanaries(class):
		return true
	case r.Canaries == nil:
		return false
	case generators.NeedsStandIns(class):
		return r.Canaries.StandsIn()
	}
	return r.Backed || !generators.NeedsBackend(class)
}

// unstarted tells of the stand-ins that the server has started not once: nothing is known
// of what it would hand to them.
func (c *collector) unstarted() {
	if c.Canaries == nil {
		return
	}
	for _, name := range c.Canaries.Unstarted() {
		c.learned.without = append(c.learned.without, record.Inconclusive{
			What: "the stand-in for " + name, Why: "the server did not start it, so that nothing can be told of what it would be handed",
		})
	}
}

// watched plays a case and sees what becomes of what is planted for it.
func (r *run) watched(c scenarios.Case, play func(execute.Lookup) oracles.Observation) oracles.Observation {
	if r.Canaries == nil || len(scenarios.CanariesOf(c)) == 0 {
		return play(r.learned.lookup)
	}
	watch := r.Canaries.Watch()
	defer watch.Close()
	o := play(func(ref scenarios.Ref) (scenarios.Value, bool) {
		if ref.Op == scenarios.RefCanary {
			text, ok := watch.Text(ref.Arg)
			return scenarios.Str(text), ok
		}
		return r.learned.lookup(ref)
	})
	o.Planted = watch.Planted()
	return o
}
