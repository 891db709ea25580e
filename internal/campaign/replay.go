package campaign

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

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
	Findings []Shown
	// Problem is why it could not be run, "" when it was.
	Problem string
}

// Replay plays saved scenarios, each on a fresh session. A scenario that calls a
// tool which is not playable cannot be run; what is learnt before the first is
// learnt of callable tools alone. The error is ours: the target could not be
// reached at all.
func Replay(ctx context.Context, cfg Config, entries []corpus.Entry) ([]Replayed, error) {
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

// unplayable says why a scenario cannot tell anything of the target, or must not
// be played on it; "" where it can.
func (r *run) unplayable(c scenarios.Case) string {
	playable := r.Playable
	if playable == nil {
		playable = r.Callable
	}
	listed := false
	for _, step := range scenarios.Singly(c.Steps) {
		call, calls := step.(scenarios.Call)
		tool, ok := r.learned.catalog.Tool(call.Tool)
		if may, why := playable(tool); calls && ok && !may {
			return fmt.Sprintf("calls the tool %q, which is left alone: %s", call.Tool, why)
		}
		listed = listed || !unlisted(r.learned.catalog.LabelOf(step))
	}
	if c.Finding == nil {
		return ""
	}
	_, about, _ := strings.Cut(c.Finding.Signature, "/")
	if !unlisted(about) && !listed && !r.lists(about) {
		return fmt.Sprintf("its finding is about %q, which the target does not list", about)
	}
	return ""
}

// lists reports whether a text is, or starts with, the name of a tool of the target.
func (r *run) lists(about string) bool {
	return slices.ContainsFunc(r.learned.catalog.Tools(), func(t scenarios.Tool) bool {
		return about == t.Name || strings.HasPrefix(about, t.Name+"/")
	})
}

// unlisted reports whether a text is, or starts with, a label of what no server
// lists; the empty text is one.
func unlisted(text string) bool {
	for f := scenarios.FeatureTool; f <= scenarios.FeatureCompletion; f++ {
		label := f.Label(scenarios.Unlisted)
		if text == label || strings.HasPrefix(text, label+"/") {
			return true
		}
	}
	return text == ""
}

func (r *run) replay(ctx context.Context, entry corpus.Entry) Replayed {
	result := Replayed{Path: entry.Path, Problem: r.unplayable(entry.Case)}
	if result.Problem != "" {
		return result
	}
	rev, err := r.revisionOf(entry.Case)
	if err != nil {
		result.Problem = err.Error()
		return result
	}
	p := &player{run: r}
	defer p.close()
	o, err := p.play(ctx, entry.Case, rev, overtime)
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
	if len(result.Findings) == 0 {
		result.Problem = oracles.Moot(o)
	}
	return result
}

// revisionOf is the revision that a saved scenario is played in: its own, unless
// others were asked for.
func (r *run) revisionOf(c scenarios.Case) (protocol.Revision, error) {
	if c.Protocol == "" || len(r.Protocols) > 0 {
		return r.eras[0].revision, nil
	}
	rev, ok := protocol.Lookup(c.Protocol)
	if !ok {
		return rev, fmt.Errorf("needs protocol %q, which is not known", c.Protocol)
	}
	return rev, nil
}
