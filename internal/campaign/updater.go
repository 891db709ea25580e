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

// updaterTries is how many calls are tried for one that changes what was written, and
// updates how many such calls with marks of their own are kept beside the first.
const (
	updaterTries = 6
	updates      = 10
)

// findUpdater looks for a tool that changes what a call has written, so that what becomes
// of many changes at once can be told by what another tool then shows. They are known by
// the step that writes what they change, and their number: "updater-3-0".
func (k *seeker) findUpdater(ctx context.Context, writer, reader scenarios.Call) error {
	tries := 0
	for _, tool := range harmlessFirst(k.learned.catalog.Tools()) {
		destroyer, _ := k.learned.known[fmt.Sprintf("destroyer-%d/name", firstWrite)].Text()
		if tool.IsReadOnly() || !k.learned.may[tool.Name] || tool.Unusable || tool.Name == writer.Tool || tool.Name == destroyer {
			continue
		}
		for _, place := range k.handles(tool) {
			if tries++; tries > updaterTries {
				return nil
			}
			calls := k.updaters(tool, place)
			if len(calls) == 0 {
				continue
			}
			found, err := k.changes(ctx, writer, reader, calls[0])
			if err != nil {
				return err
			}
			if found {
				for i, call := range calls {
					k.learned.name(fmt.Sprintf("updater-%d-%d", firstWrite, i), call)
				}
				return nil
			}
		}
	}
	return ctx.Err()
}

// updaterStream is the stream of choices that their marks are derived from.
const updaterStream = 1003

// updaters are calls of a tool that change what was written, each with a mark of its own
// wherever a text may stand; none where there is no such place.
func (k *seeker) updaters(tool scenarios.Tool, place scenarios.Handle) []scenarios.Call {
	var calls []scenarios.Call
	for i := range updates + 1 {
		mark := oracles.Mark(generators.Derive(k.Seed, updaterStream, uint64(i)))
		args, ok := generators.MarkedWhole(generators.NewSubject(k.learned.catalog, tool), place.Pointer, mark)
		if !ok {
			return nil
		}
		place.Args = args
		calls = append(calls, scenarios.Call{Tool: tool.Name, Args: place.On(firstWrite)})
	}
	return calls
}

// changes reports whether a call changes what a writer has written in more than one place,
// by the marks that it leaves there: of one place there can be no mix.
func (k *seeker) changes(ctx context.Context, writer, reader, updater scenarios.Call) (bool, error) {
	var err error
	if k.session, err = k.usable(ctx, k.session); err != nil {
		return false, err
	}
	read := asRequest(reader)
	c := scenarios.Case{Name: "learning", Steps: []scenarios.Step{read, read, asRequest(writer), asRequest(updater), read}}
	k.announce(c)
	o := k.session.Play(ctx, c, k.learned.lookup, noOvertime)
	mark := []byte(oracles.MarkIn(updater.Args))
	found := slices.ContainsFunc(o.Seen, func(s oracles.Seen) bool {
		return s.Step == "5" && oracles.OutcomeOf(o, s) == oracles.Accepted &&
			slices.ContainsFunc(s.Answers, func(a oracles.Answer) bool { return bytes.Count(a.Reply.Body, mark) > 1 })
	})
	return found, ctx.Err()
}
