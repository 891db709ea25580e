package campaign

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// How many valid calls are tried for a tool in one pass, and how many of them
// with values that other answers named, where there are any.
const (
	controlTries = 8
	learntTries  = 4
	// A tool that answers none of so many in time is left.
	lostTries = 3
)

// learnStream is the stream of choices that valid calls are made up from, apart
// from those of the deck.
const learnStream = 1000

// seeker looks for a valid call of each tool that works.
type seeker struct {
	*run
	session *execute.Session
	seen    harvest
	// why says of a tool what became of the calls that were tried, texts what they
	// were answered.
	why, texts map[string]string
	// written are the values that the answer to the writer names.
	written []leaf
	// upon are the ways in which tools are called upon what the writer has written.
	upon []scenarios.Handle
}

// findControls tries the calls that were given, then made-up ones in catalogue
// order, and those of tools that have none yet once more with what was seen since.
// It returns the session, or the one that took its place.
func (r *run) findControls(ctx context.Context, s *execute.Session) (*execute.Session, error) {
	k := &seeker{run: r, session: s, seen: harvest{}, why: map[string]string{}, texts: map[string]string{}}
	if err := k.given(ctx); err != nil {
		return k.session, err
	}
	for pass := range 2 {
		for i, tool := range harmlessFirst(r.learned.catalog.Tools()) {
			_, has := r.learned.controls[tool.Name]
			if has || !r.learned.may[tool.Name] || tool.Unusable {
				continue
			}
			if tool.Trouble != "" {
				k.why[tool.Name] = "what it has to refuse is not known: " + tool.Trouble
				continue
			}
			if err := k.seek(ctx, uint64(pass), uint64(i), tool); err != nil {
				return k.session, err
			}
		}
	}
	k.conclude()
	return k.session, k.findWitness(ctx)
}

// harmlessFirst are tools that only read, then those that add, then those that may
// destroy what the others need.
func harmlessFirst(tools []scenarios.Tool) []scenarios.Tool {
	rank := func(t scenarios.Tool) int {
		switch {
		case t.IsReadOnly():
			return 0
		case t.Annotations.Destructive != nil && !*t.Annotations.Destructive:
			return 1
		}
		return 2
	}
	tools = slices.Clone(tools)
	slices.SortStableFunc(tools, func(a, b scenarios.Tool) int { return rank(a) - rank(b) })
	return tools
}

// conclude names the tools that have no control.
func (k *seeker) conclude() {
	l := &k.learned
	l.refused = map[string]string{}
	for _, tool := range l.catalog.Tools() {
		if why, tried := k.why[tool.Name]; tried && l.controls[tool.Name].Call.Tool == "" {
			l.without = append(l.without, record.Inconclusive{What: tool.Name, Why: why, Tool: tool.Name})
			l.refused[tool.Name] = k.texts[tool.Name]
		}
	}
}

// given plays the scenarios that the user gave: each of their calls that works is
// a control.
func (k *seeker) given(ctx context.Context) (err error) {
	for _, c := range k.Given {
		for _, step := range scenarios.Singly(c.Steps) {
			if call, ok := step.(scenarios.Call); ok && !k.learned.may[call.Tool] {
				return fmt.Errorf("the calls of the scenario %q: the tool %q is not among those that may be called", c.Name, call.Tool)
			}
		}
		if k.session, err = k.usable(ctx, k.session); err != nil {
			return err
		}
		k.announce(c)
		o := k.session.Play(ctx, c, k.learned.lookup, overtime)
		for _, seen := range o.Seen {
			if call, ok := seen.Sent.(scenarios.Call); ok && !k.takes(o, seen) {
				k.learned.without = append(k.learned.without, record.Inconclusive{
					What: fmt.Sprintf("step %s of the scenario %q", seen.Step, c.Name),
					Why:  fmt.Sprintf("the call of %s that was given did not work: %s", call.Tool, oracles.OutcomeOf(o, seen)),
				})
			}
		}
	}
	return nil
}

// seek tries valid calls of a tool until one works. In the second pass only calls
// with values that were seen are new.
func (k *seeker) seek(ctx context.Context, pass, index uint64, tool scenarios.Tool) error {
	subject := generators.NewSubject(k.learned.catalog, tool)
	made, lost := 0, 0
	for try := range controlTries {
		args, ok := generators.Valid(generators.FromSeed(generators.Derive(k.Seed, learnStream+pass, index, uint64(try))), subject)
		if !ok {
			continue
		}
		filled, isFilled := k.filled(tool.Name, args, try)
		switch {
		case isFilled && (pass > 0 || try < learntTries):
			args = filled
		case pass > 0:
			return nil
		}
		var err error
		if k.session, err = k.usable(ctx, k.session); err != nil {
			return err
		}
		made++
		c := scenarios.Case{Name: "learning", Steps: []scenarios.Step{scenarios.Call{Tool: tool.Name, Args: args}}}
		k.announce(c)
		extra := overtime
		if lost > 0 {
			extra = noOvertime // what did not come then will not come later
		}
		o := k.session.Play(ctx, c, k.learned.lookup, extra)
		if len(o.Seen) == 0 {
			return ctx.Err()
		}
		if o.Seen[0].Expired {
			lost++
		}
		k.learned.slow[tool.Name] = k.learned.slow[tool.Name] || lost > 0 || o.Seen[0].Late
		if k.takes(o, o.Seen[0]) {
			return ctx.Err()
		}
		k.why[tool.Name] = fmt.Sprintf("none of %d valid calls that were made up was accepted", made)
		k.texts[tool.Name] += oracles.TextOf(o.Seen[0]) + "\n"
		if lost == lostTries {
			break
		}
	}
	if made == 0 && pass == 0 {
		k.why[tool.Name] = "no valid call could be made up from its schema"
	}
	return ctx.Err()
}

// takes takes a call for its tool's control if it worked: its answer is a success
// and does not read like a refusal.
func (k *seeker) takes(o oracles.Observation, seen oracles.Seen) bool {
	call, ok := seen.Sent.(scenarios.Call)
	if !ok || oracles.OutcomeOf(o, seen) != oracles.Accepted {
		return false
	}
	reply := seen.Answers[len(seen.Answers)-1].Reply
	if oracles.ReadsLikeRefusal(reply.Text) {
		return false
	}
	k.seen.add(reply)
	if _, has := k.learned.controls[call.Tool]; !has {
		k.learned.controls[call.Tool] = oracles.Control{Call: call, Text: reply.Text}
		k.learned.remember(call)
		k.learned.first("control", call)
		if tool, _ := k.learned.catalog.Tool(call.Tool); !tool.IsReadOnly() {
			k.learned.first("control/write", call)
		}
	}
	return true
}

// filled are arguments with values in place that answers named, the nth of each
// that the schema allows there; false where there is none.
func (k *seeker) filled(tool string, args scenarios.Value, n int) (scenarios.Value, bool) {
	filled := false
	for _, m := range args.Members() {
		pointer := scenarios.Pointer("", m.Key)
		fitting := slices.DeleteFunc(k.seen.named(m.Key), func(v scenarios.Value) bool {
			return !k.allows(tool, args.With(pointer, v), pointer)
		})
		if len(fitting) > 0 {
			args, filled = args.With(pointer, fitting[n%len(fitting)]), true
		}
	}
	return args, filled
}

// allows reports whether the schema has nothing against what stands at a place.
func (k *seeker) allows(tool string, args scenarios.Value, pointer string) bool {
	l := k.learned.catalog.WantOf(scenarios.Call{Tool: tool, Args: args})
	return !slices.ContainsFunc(slices.Concat(l.Breaches, l.Loose), func(b scenarios.Breach) bool {
		return b.Pointer == pointer || strings.HasPrefix(b.Pointer, pointer+"/")
	})
}

// first keeps a call that worked under a name, unless there is one.
func (l *learned) first(name string, call scenarios.Call) {
	if _, has := l.known[name+"/name"]; !has {
		l.known[name+"/name"], l.known[name+"/arguments"] = scenarios.Str(call.Tool), call.Args
	}
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
