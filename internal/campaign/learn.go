package campaign

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/mcpfuzz/mcpfuzz/generators"
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
	// known are the values of valid calls that worked: "tool/param/0".
	known map[string]scenarios.Value
	// without says why a tool has no control.
	without []record.Inconclusive
}

// lookup gives learnt values to the cases that name them.
func (l learned) lookup(ref scenarios.Ref) (scenarios.Value, bool) {
	v, ok := l.known[ref.Arg]
	return v, ok && ref.Op == "known"
}

const (
	// controlTries is how many valid calls are made up for a tool before it is
	// said that none works.
	controlTries = 8
	// baselineCalls is how many valid calls the deadline is measured on, and
	// baselineFactor how many times their median an answer may take.
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
	defer func() { s.Close() }()
	for i, tool := range r.learned.catalog.Tools() {
		if !r.learned.may[tool.Name] || tool.Unusable {
			continue
		}
		if tool.Trouble != "" {
			r.learned.without = append(r.learned.without, record.Inconclusive{
				What: tool.Name, Why: "what it has to refuse is not known: " + tool.Trouble,
			})
			continue
		}
		if s, err = r.usable(ctx, s); err != nil {
			return err
		}
		r.control(ctx, s, i, tool)
	}
	if s, err = r.usable(ctx, s); err != nil {
		return err
	}
	r.measure(ctx, s)
	r.judge = &oracles.Context{
		Catalog: r.learned.catalog, Controls: r.learned.controls, Secrets: r.Secrets, Shown: r.Shown,
	}
	return ctx.Err()
}

// list opens the first session and reads the tools on it.
func (r *run) list(ctx context.Context) (*execute.Session, error) {
	l := &r.learned
	l.may, l.controls, l.known = map[string]bool{}, map[string]oracles.Control{}, map[string]scenarios.Value{}
	if err := r.chooseRevision(ctx); err != nil {
		return nil, err
	}
	s, err := r.dial(ctx, false)
	if err != nil {
		return nil, err
	}
	r.set.Revision = s.Revision()
	if l.catalog, err = s.List(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("%w: %w", ErrTarget, err)
	}
	r.sortTools()
	return s, nil
}

// chooseRevision settles which revision is spoken.
func (r *run) chooseRevision(ctx context.Context) (err error) {
	if r.Protocol != "" {
		rev, ok := protocol.Lookup(r.Protocol)
		if !ok {
			return fmt.Errorf("protocol %q is not known", r.Protocol)
		}
		r.set.Revision = rev
		return nil
	}
	// A target that is on its way up is waited for; the session is not needed.
	r.set.Revision, _ = protocol.Lookup(protocol.Legacy)
	s, err := r.dial(ctx, true)
	if err != nil {
		return err
	}
	s.Close()
	if r.set.Revision, err = execute.Choose(ctx, r.Target, r.set); err != nil {
		return fmt.Errorf("%w: %w", ErrTarget, err)
	}
	return nil
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
	return r.dial(ctx, false)
}

// control looks for a valid call that works: the first answer that is a
// success and does not read like a refusal.
func (r *run) control(ctx context.Context, s *execute.Session, index int, tool scenarios.Tool) {
	l := &r.learned
	subject := generators.NewSubject(l.catalog, tool)
	why := "no valid call could be made up from its schema"
	extra := overtime
	for try := range controlTries {
		if !s.Usable() {
			break
		}
		args, ok := generators.Valid(generators.FromSeed(generators.Derive(r.Seed, learnStream, uint64(index), uint64(try))), subject)
		if !ok {
			continue
		}
		call := scenarios.Call{Tool: tool.Name, Args: args}
		c := scenarios.Case{Name: "learning", Steps: []scenarios.Step{call}}
		r.announce(c)
		o := s.Play(ctx, c, l.lookup, extra)
		if len(o.Seen) == 0 {
			break
		}
		seen := o.Seen[0]
		if seen.Expired {
			extra = noOvertime // what did not come then will not come later
		}
		if oracles.OutcomeOf(o, seen) != oracles.Accepted {
			why = fmt.Sprintf("none of %d valid calls made up from its schema was accepted", try+1)
			continue
		}
		text := seen.Answers[len(seen.Answers)-1].Reply.Text
		if oracles.ReadsLikeRefusal(text) {
			why = fmt.Sprintf("%d valid calls made up from its schema were answered like refusals", try+1)
			continue
		}
		call = seen.Sent.(scenarios.Call)
		l.controls[tool.Name] = oracles.Control{Call: call, Text: text}
		l.remember(call)
		return
	}
	l.without = append(l.without, record.Inconclusive{What: tool.Name, Why: why})
}

// remember keeps the arguments of a call that worked.
func (l *learned) remember(call scenarios.Call) {
	for _, m := range call.Args.Members() {
		name := generators.KnownName(call.Tool, m.Key)
		if _, has := l.known[name]; !has {
			l.known[name] = m.Value
		}
	}
}

// measure sets the deadline from how long valid calls take, unless one was
// given.
func (r *run) measure(ctx context.Context, s *execute.Session) {
	if r.Deadline > 0 || len(r.learned.controls) == 0 {
		return
	}
	var took []time.Duration
	names := make([]string, 0, len(r.learned.controls))
	for name := range r.learned.controls {
		names = append(names, name)
	}
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

// learnStream is the stream of choices that valid calls are made up from, apart
// from those of the deck.
const learnStream = 1000
