package campaign

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// learned is what is known before the first case; frozen then.
type learned struct {
	catalog *scenarios.Catalog
	// may holds the tools that may be called, skipped those that may not.
	may     map[string]bool
	skipped []record.Skip
	// controls are the valid calls that worked, by tool.
	controls map[string]oracles.Control
	// refused are the texts by which valid calls were refused, of the tools without a
	// control.
	refused map[string]string
	// known are the values of valid calls that worked: "tool/param/0".
	known map[string]scenarios.Value
	// slow are the tools whose valid calls took longer than the deadline.
	slow map[string]bool
	// without says why a tool has no control.
	without []record.Inconclusive
}

// lookup gives learnt values to the cases that name them.
func (l learned) lookup(ref scenarios.Ref) (scenarios.Value, bool) {
	v, ok := l.known[ref.Arg]
	return v, ok && ref.Op == scenarios.RefKnown
}

// baselineCalls is how many valid calls the deadline is measured on, and
// baselineFactor how many times their median an answer may take.
const (
	baselineCalls  = 20
	baselineFactor = 50
)

// learn lists the tools, tries valid calls in catalogue order and measures how
// long they take.
func (r *run) learn(ctx context.Context) error {
	s, err := r.list(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if s != nil { // none is left where it is interrupted
			s.Close()
		}
	}()
	if s, err = r.findControls(ctx, s); err != nil {
		return err
	}
	if s, err = r.usable(ctx, s); err != nil {
		return err
	}
	r.measure(ctx, s)
	r.judge = r.context()
	return ctx.Err()
}

// context is what the oracles are told of what was learnt.
func (r *run) context() *oracles.Context {
	return &oracles.Context{
		Catalog: r.learned.catalog, Controls: r.learned.controls, Refused: r.learned.refused, Secrets: r.Secrets, Shown: r.repeatable(),
		Rooted: r.Rooted,
	}
}

// list opens the first session and reads on it what the server offers.
func (r *run) list(ctx context.Context) (*execute.Session, error) {
	l := &r.learned
	l.may, l.controls, l.known = map[string]bool{}, map[string]oracles.Control{}, map[string]scenarios.Value{}
	l.slow = map[string]bool{}
	asked, err := r.chooseTransport(ctx)
	if err != nil {
		return nil, err
	}
	s, err := r.begin(ctx, asked[0], false)
	if err == nil && !r.Target.Kind().Fresh {
		err = r.setUp(ctx, s) // once: it is the same server all the time
	}
	if err != nil {
		return nil, err
	}
	catalog, unread, err := s.List(ctx)
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("%w: %w", ErrTarget, err)
	}
	l.catalog = catalog
	for _, u := range unread {
		l.without = append(l.without, record.Inconclusive{What: u.Method, Why: u.Why.Error()})
	}
	r.eras = []era{{revision: s.Revision()}}
	r.sortTools()
	if len(asked) == 1 {
		return s, nil
	}
	s.Close() // not every target has two sessions at once
	for _, rev := range asked[1:] {
		r.addEra(ctx, rev)
	}
	return r.begin(ctx, r.eras[0].revision, false)
}

// sortTools parts the tools that may be called from those that may not.
func (r *run) sortTools() {
	l := &r.learned
	r.set.Mirrors = map[string][]protocol.Mirror{}
	for _, tool := range l.catalog.Tools() {
		if ms := protocol.Mirrors(tool.Input); len(ms) > 0 {
			r.set.Mirrors[tool.Name] = ms
		}
		ok, why := r.Callable(tool)
		if tool.Unusable {
			ok, why = false, tool.Trouble
		}
		if !ok {
			l.skipped = append(l.skipped, record.Skip{Tool: tool.Name, Why: why})
			continue
		}
		l.may[tool.Name] = true
	}
}

// usable returns the session, or a new one when it can no longer be used.
func (r *run) usable(ctx context.Context, s *execute.Session) (*execute.Session, error) {
	if s.Usable() {
		return s, nil
	}
	s.Close()
	return r.begin(ctx, r.eras[0].revision, false)
}

// measure sets the deadline from how long valid calls take that are not slow, unless
// one was given.
func (r *run) measure(ctx context.Context, s *execute.Session) {
	var names []string
	for name := range r.learned.controls {
		if !r.learned.slow[name] {
			names = append(names, name)
		}
	}
	if r.Deadline > 0 || len(names) == 0 {
		return
	}
	var took []time.Duration
	slices.Sort(names)
	for i := range baselineCalls {
		if !s.Usable() {
			break
		}
		call := r.learned.controls[names[i%len(names)]].Call
		o := s.Play(ctx, scenarios.Case{Name: strconv.Itoa(i), Steps: []scenarios.Step{call}}, nil, noOvertime)
		took = append(took, o.Took)
	}
	if len(took) == 0 {
		return
	}
	slices.Sort(took)
	r.set.Deadline = max(r.Floor, baselineFactor*took[len(took)/2])
}
