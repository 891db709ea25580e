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
	// took are the times of valid calls.
	took []time.Duration
}

func (l learned) callable() int { return len(l.may) }

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
	if err := r.chooseRevision(ctx); err != nil {
		return err
	}
	s, err := r.dial(ctx, false)
	if err != nil {
		return err
	}
	defer func() { s.Close() }()
	r.set.Revision = s.Revision()
	l := &r.learned
	l.may, l.controls, l.known = map[string]bool{}, map[string]oracles.Control{}, map[string]scenarios.Value{}
	if l.catalog, err = s.List(ctx); err != nil {
		return err
	}
	r.sortTools()
	for i, tool := range l.catalog.Tools() {
		if !l.may[tool.Name] {
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
	return ctx.Err()
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
	r.set.Revision, err = execute.Choose(ctx, r.Target, r.set)
	return err
}

// sortTools parts the tools that may be called from those that may not.
func (r *run) sortTools() {
	l := &r.learned
	r.set.Mirrors = map[string][]protocol.Mirror{}
	for _, tool := range l.catalog.Tools() {
		if ms := protocol.Mirrors(tool.Input); len(ms) > 0 {
			r.set.Mirrors[tool.Name] = ms
		}
		if ok, why := r.Callable(tool); !ok {
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
	for try := range controlTries {
		if !s.Usable() {
			break
		}
		args, ok := generators.Valid(generators.FromSeed(mix(r.Seed, learnStream, index*controlTries+try)), subject)
		if !ok {
			continue
		}
		call := scenarios.Call{Tool: tool.Name, Args: args}
		o := s.Play(ctx, scenarios.Case{Steps: []scenarios.Step{call}}, l.lookup)
		seen := o.Seen[0]
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
		name := call.Tool + "/" + m.Key + "/0"
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
		o := s.Play(ctx, scenarios.Case{Name: strconv.Itoa(i), Steps: []scenarios.Step{call}}, nil)
		took = append(took, o.Took)
	}
	if len(took) == 0 {
		return
	}
	slices.Sort(took)
	r.set.Deadline = max(execute.DefaultDeadline, baselineFactor*took[len(took)/2])
}

// The streams of choices that are derived from the seed of a run.
const (
	caseStream uint64 = iota + 1
	learnStream
)

// mix derives the seed of one draw (splitmix64, Steele et al. 2014).
func mix(seed, stream uint64, index int) uint64 {
	z := seed + stream*0x9e3779b97f4a7c15 + uint64(index)*0xbf58476d1ce4e5b9
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
