package campaign

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// How many calls that write are tried for a witness, and how many other tools are
// asked behind each.
const (
	witnessTries = 8
	witnesses    = 6
)

// findWitness looks for a tool that shows what another has written, so that calls
// which must not be run can be told by what they leave: a mark is written where a
// valid call takes any text, and looked for in what other tools answer.
func (k *seeker) findWitness(ctx context.Context) error {
	mark, tries := oracles.Mark(generators.Derive(k.Seed, learnStream)), 0
	otherMark := oracles.Mark(generators.Derive(k.Seed, learnStream, markedRoles))
	calls := k.controlled()
	for _, writer := range calls {
		tool, _ := k.learned.catalog.Tool(writer.Tool)
		if tool.IsReadOnly() || len(calls) == 1 {
			continue
		}
		subject := generators.NewSubject(k.learned.catalog, tool)
		for i, args := range generators.Marks(subject, writer.Args, mark) {
			if tries++; tries > witnessTries {
				return nil
			}
			var err error
			if k.session, err = k.usable(ctx, k.session); err != nil {
				return err
			}
			other := writer
			other.Args = generators.Marks(subject, writer.Args, otherMark)[i]
			writer.Args = args
			if reader, ok := k.witness(ctx, writer, mark, calls); ok {
				k.learned.name("writer", writer)
				k.learned.name("reader", reader)
				k.nameMarked(calls)
				k.learned.name("writer-2", other)
				return k.findOthers(ctx, writer, other, reader)
			}
		}
	}
	return ctx.Err()
}

// findOthers looks for tools that work on what a call has written, once it is known what
// shows that.
func (k *seeker) findOthers(ctx context.Context, writer, other, reader scenarios.Call) error {
	err := k.findDestroyer(ctx, writer, reader)
	if err == nil {
		err = k.findUpdater(ctx, writer, reader)
	}
	if err == nil {
		err = k.findViewer(ctx, writer, other)
	}
	k.learned.catalog = k.learned.catalog.WithHandles(k.upon...)
	return err
}

// controlled are the calls of all controls, those of harmless tools first.
func (k *seeker) controlled() []scenarios.Call {
	var calls []scenarios.Call
	for _, tool := range harmlessFirst(k.learned.catalog.Tools()) {
		if control, has := k.learned.controls[tool.Name]; has {
			calls = append(calls, control.Call)
		}
	}
	return calls
}

// witness makes a call that writes a mark and others behind it, those that only read
// first with as little as they can do with, and returns the first whose answer shows the mark.
func (k *seeker) witness(ctx context.Context, writer scenarios.Call, mark string, others []scenarios.Call) (scenarios.Call, bool) {
	c := scenarios.Case{Name: "learning", Steps: []scenarios.Step{writer}}
	others = slices.DeleteFunc(slices.Clone(others), func(other scenarios.Call) bool { return other.Tool == writer.Tool })
	for _, other := range others[:min(witnesses, len(others))] {
		if least, is := k.least(other); is {
			c.Steps = append(c.Steps, least)
		}
		c.Steps = append(c.Steps, other)
	}
	k.announce(c)
	o := k.session.Play(ctx, c, k.learned.lookup, noOvertime)
	i := slices.IndexFunc(o.Seen, func(s oracles.Seen) bool {
		return s.Step != "1" && oracles.OutcomeOf(o, s) == oracles.Accepted &&
			slices.ContainsFunc(s.Answers, func(a oracles.Answer) bool { return bytes.Contains(a.Reply.Body, []byte(mark)) })
	})
	if i < 0 {
		return scenarios.Call{}, false
	}
	reader, ok := o.Seen[i].Sent.(scenarios.Call)
	k.written = nil
	if answers := o.Seen[0].Answers; len(answers) > 0 {
		k.written = leavesOf(answers[len(answers)-1].Reply)
	}
	return reader, ok
}

// least is a call of a tool that only reads without the arguments that it can do
// without: it tells most then. False where there is no less.
func (k *seeker) least(call scenarios.Call) (scenarios.Call, bool) {
	if tool, _ := k.learned.catalog.Tool(call.Tool); !tool.IsReadOnly() {
		return call, false
	}
	is := false
	for _, m := range call.Args.Members() {
		less := call
		less.Args = call.Args.Without(scenarios.Pointer("", m.Key))
		if len(k.learned.catalog.WantOf(less).Breaches) == 0 {
			call, is = less, true
		}
	}
	return call, is
}

// markedRoles is how many tools that only read are marked by one scenario.
const markedRoles = 3

// nameMarked keeps calls of tools that say that they only read, each with a mark of
// its own; where there are fewer than roles the last has several.
func (k *seeker) nameMarked(calls []scenarios.Call) {
	role := 0
	for _, call := range calls {
		tool, _ := k.learned.catalog.Tool(call.Tool)
		mark := oracles.Mark(generators.Derive(k.Seed, learnStream, uint64(role)))
		marked := generators.Marks(generators.NewSubject(k.learned.catalog, tool), call.Args, mark)
		if !tool.IsReadOnly() || len(marked) == 0 || role == markedRoles {
			continue
		}
		call.Args = marked[0]
		for i := role; i < markedRoles; i++ {
			k.learned.name(fmt.Sprintf("marked-%d", i+1), call)
		}
		role++
	}
}

// name keeps a call for the scenarios that ask for it by its role.
func (l *learned) name(role string, call scenarios.Call) {
	l.known[role+"/name"], l.known[role+"/arguments"] = scenarios.Str(call.Tool), call.Args
}
