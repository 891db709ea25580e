package campaign

import (
	"context"

	"github.com/mcpfuzz/mcpfuzz/corpus"
	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Trial plays and judges single cases on a target that was learnt once, for
// those who choose the cases themselves: the native fuzzer, a benchmark. It is
// not safe for concurrent use.
type Trial struct {
	p player
	// stuck: the session's server still works on what it did not answer.
	stuck bool
}

// Shown is a finding as it is recorded, and the case that shows it as it is
// saved.
type Shown struct {
	record.Finding
	Case scenarios.Case
}

// NewTrial learns the target and shuffles the deck of its seed. Close must be
// called in the end. Its errors are those of Run.
func NewTrial(ctx context.Context, cfg Config) (*Trial, error) {
	r, err := prepare(ctx, cfg)
	if err == nil {
		err = r.plan()
	}
	if err != nil {
		return nil, err
	}
	return &Trial{p: player{run: r}}, nil
}

// Deck makes the cases that fit the target.
func (t *Trial) Deck() *generators.Deck { return t.p.eras[0].deck }

// Try plays a case on the session of the case before, or on a new one where
// that can no longer be used, and returns what was seen and what it shows. The
// error is ours: the target cannot be reached, or the context has ended.
func (t *Trial) Try(ctx context.Context, c scenarios.Case) (oracles.Observation, []Shown, error) {
	o, err := t.p.play(ctx, c, t.p.eras[0].revision, trialOvertime)
	t.stuck = err != nil || slow(o)
	if err != nil {
		return o, nil, err
	}
	return o, t.p.shown(c, o), nil
}

// shown judges an observation of a case.
func (r *run) shown(c scenarios.Case, o oracles.Observation) []Shown {
	var list []Shown
	for _, f := range r.found(oracles.Labelled(r.learned.catalog, o)) {
		list = append(list, Shown{r.describe(f, o), r.marked(c, f, o.Revision)})
	}
	return list
}

// Replay plays a saved scenario on a session of its own.
func (t *Trial) Replay(ctx context.Context, entry corpus.Entry) Replayed {
	return t.p.replay(ctx, entry)
}

// Renew ends the session, so that the next case is played on a new one. A server
// that still works on something is not waited for.
func (t *Trial) Renew() {
	if t.stuck && t.p.session != nil {
		t.p.session.Kill()
		t.p.session = nil
	}
	t.p.close()
}

// Close ends the session.
func (t *Trial) Close() { t.Renew() }
