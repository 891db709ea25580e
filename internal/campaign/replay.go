package campaign

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/corpus"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Replayed is what a saved scenario showed.
type Replayed struct {
	Path string
	// Findings are what it shows; for a scenario that was saved with a finding,
	// that finding alone.
	Findings []Shown
	// Problem is why it could not be run, "" when it was.
	Problem string
}

// Replay plays saved scenarios, each on a fresh session. What a run learns
// before its first case is learnt of the tools that the configuration lets be
// called, and of those that the scenarios call themselves; no other is called.
// The error is ours: the target could not be reached at all.
func Replay(ctx context.Context, cfg Config, entries []corpus.Entry) ([]Replayed, error) {
	called, callable := calledBy(entries), cfg.Callable
	cfg.Callable = func(tool scenarios.Tool) (bool, string) {
		if called[tool.Name] {
			return true, ""
		}
		return callable(tool)
	}
	r, err := prepare(ctx, cfg)
	if err != nil && !errors.Is(err, ErrNothingCallable) {
		return nil, err
	}
	var results []Replayed
	for _, entry := range entries {
		if ctx.Err() != nil {
			break
		}
		results = append(results, r.replay(ctx, entry))
	}
	return results, nil
}

// calledBy are the names that scenarios call tools by.
func calledBy(entries []corpus.Entry) map[string]bool {
	names := map[string]bool{}
	add := func(step scenarios.Step) {
		if call, ok := step.(scenarios.Call); ok {
			names[call.Tool] = true
		}
	}
	for _, entry := range entries {
		for _, step := range entry.Case.Steps {
			add(step)
			if burst, ok := step.(scenarios.Burst); ok {
				for _, line := range burst.Lines {
					add(line)
				}
			}
		}
	}
	return names
}

func (r *run) replay(ctx context.Context, entry corpus.Entry) Replayed {
	result := Replayed{Path: entry.Path}
	one := *r
	if name := entry.Case.Protocol; name != "" && r.Protocol == "" {
		rev, ok := protocol.Lookup(name)
		if !ok {
			result.Problem = fmt.Sprintf("needs protocol %q, which is not known", name)
			return result
		}
		one.set.Revision = rev
	}
	p := &player{run: &one}
	defer p.close()
	o, err := p.play(ctx, entry.Case, overtime)
	switch {
	case err != nil:
		result.Problem = err.Error()
	case o.CannotRun != "":
		result.Problem = o.CannotRun
	}
	if result.Problem != "" {
		return result
	}
	result.Findings = r.shown(entry.Case, o)
	if mark := entry.Case.Finding; mark != nil {
		result.Findings = slices.DeleteFunc(result.Findings, func(f Shown) bool {
			return f.Signature != mark.Signature
		})
	}
	return result
}
