package campaign

import (
	"context"
	"fmt"

	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// begin opens a session as dial does, on a server that was set up where it was started for
// that. On a stream a bare one is the first thing that a server hears, so that there it is
// as it comes.
func (r *run) begin(ctx context.Context, rev protocol.Revision, bare bool) (*execute.Session, error) {
	kind := r.Target.Kind()
	if r.Setup == nil || !kind.Fresh || bare && (!kind.HTTP || kind.Stream) {
		return r.dial(ctx, rev, bare)
	}
	s, err := r.dial(ctx, rev, false)
	if err != nil {
		return nil, err
	}
	if err = r.setUp(ctx, s); err == nil && bare && !s.Reopen(ctx, rev, true) {
		err = fmt.Errorf("%w: behind --setup it opens no other session", ErrTarget)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// setUp plays what is to precede all else on a server, if there is such; each of its
// requests must be served.
func (r *run) setUp(ctx context.Context, s *execute.Session) error {
	if r.Setup == nil {
		return nil
	}
	c, err := r.Setup(s.Conn().Address())
	if err != nil {
		return err
	}
	r.announce(c)
	o := s.Play(ctx, c, nil, overtime)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if o.CannotRun != "" {
		return fmt.Errorf("%w: --setup cannot be played: %s", ErrTarget, o.CannotRun)
	}
	for _, seen := range o.Seen {
		if out := oracles.OutcomeOf(o, seen); seen.Owed() && out != oracles.Accepted {
			return fmt.Errorf("%w: step %s of --setup was not served, but %s: %.200q", ErrTarget, seen.Step, out, oracles.TextOf(seen))
		}
	}
	return nil
}
