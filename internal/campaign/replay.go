package campaign

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/corpus"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Replayed is what a saved scenario showed.
type Replayed struct {
	Path string
	// Findings are what it shows; for a scenario that was saved with a finding,
	// that finding alone.
	Findings []oracles.Finding
	// Problem is why it could not be run, "" when it was.
	Problem string
}

// Replay plays saved scenarios, each on a fresh session. The error is ours: the
// target could not be reached at all.
func Replay(ctx context.Context, cfg Config, entries []corpus.Entry) ([]Replayed, error) {
	cfg.Callable = func(scenarios.Tool) (bool, string) { return true, "" }
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
	o, err := p.play(ctx, entry.Case)
	switch {
	case err != nil:
		result.Problem = err.Error()
	case o.CannotRun != "":
		result.Problem = o.CannotRun
	}
	if result.Problem != "" {
		return result
	}
	result.Findings = r.found(o)
	if mark := entry.Case.Finding; mark != nil {
		result.Findings = slices.DeleteFunc(result.Findings, func(f oracles.Finding) bool {
			return f.Signature != mark.Signature
		})
	}
	return result
}
