package campaign

import (
	"slices"

	"github.com/mcpfuzz/mcpfuzz/internal/execute"
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
