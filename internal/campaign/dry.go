package campaign

import (
	"context"
	"iter"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Plan is what a run would do.
type Plan struct {
	// Cases are the cases in their order.
	Cases iter.Seq[scenarios.Case]
	// Writes are the tools not marked read-only that would be called.
	Writes []string
	// Skipped are the tools that would not be called.
	Skipped []record.Skip
}

// DryRun lists the tools of the target and calls none. Its errors are those of
// Run.
func DryRun(ctx context.Context, cfg Config) (Plan, error) {
	cfg.Setup = nil
	r := newRun(cfg)
	plan := Plan{Cases: func(func(scenarios.Case) bool) {}}
	s, err := r.list(ctx)
	if err != nil {
		return plan, err
	}
	s.Close()
	r.judge = r.context()
	plan.Skipped = r.learned.skipped
	for _, tool := range r.learned.catalog.Tools() {
		if r.learned.may[tool.Name] && !tool.IsReadOnly() {
			plan.Writes = append(plan.Writes, tool.Name)
		}
	}
	if err := r.nothing(); err != nil {
		return plan, err
	}
	if err := r.plan(); err != nil {
		return plan, err
	}
	plan.Cases = func(yield func(scenarios.Case) bool) {
		for i := range r.Cases {
			if c, _, _ := r.caseAt(i); !yield(c) {
				return
			}
		}
	}
	return plan, nil
}
