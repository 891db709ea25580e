package campaign

import (
	"bytes"
	"context"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// viewerTries is how many calls are tried for one that shows one thing alone.
const viewerTries = 6

// findViewer looks for tools that show the one thing which they are asked for, of several
// that were written, so that what is shown of things that are gone can be told.
func (k *seeker) findViewer(ctx context.Context, writer, other scenarios.Call) error {
	tries := 0
	for _, tool := range harmlessFirst(k.learned.catalog.Tools()) {
		if tool.Name == writer.Tool || !k.mayView(tool) {
			continue
		}
		for _, place := range k.handles(tool) {
			if tries++; tries > viewerTries {
				return nil
			}
			found, err := k.views(ctx, writer, other, place)
			if err != nil {
				return err
			}
			if found {
				place.Does = scenarios.DeedShows
				k.upon = append(k.upon, place)
				break
			}
		}
	}
	return ctx.Err()
}

// mayView reports whether a tool may be one that shows, and is not known for something else.
func (k *seeker) mayView(tool scenarios.Tool) bool {
	destroys := tool.Annotations.Destructive != nil && *tool.Annotations.Destructive
	return k.learned.may[tool.Name] && !tool.Unusable && !destroys &&
		!slices.ContainsFunc(k.upon, func(h scenarios.Handle) bool { return h.Tool == tool.Name })
}

// views reports whether a call upon each of two things shows that one, and not the other,
// and does so again.
func (k *seeker) views(ctx context.Context, writer, other scenarios.Call, place scenarios.Handle) (bool, error) {
	var err error
	if k.session, err = k.usable(ctx, k.session); err != nil {
		return false, err
	}
	view := func(step int) scenarios.Step {
		return asRequest(scenarios.Call{Tool: place.Tool, Args: place.On(step)})
	}
	c := scenarios.Case{Name: "learning", Steps: []scenarios.Step{asRequest(writer), asRequest(other), view(1), view(2), view(1)}}
	k.announce(c)
	o := k.session.Play(ctx, c, k.learned.lookup, noOvertime)
	if len(o.Seen) != len(c.Steps) {
		return false, ctx.Err()
	}
	first, second := oracles.MarkIn(writer.Args), oracles.MarkIn(other.Args)
	return showsOne(o.Seen[2], first, second) && showsOne(o.Seen[3], second, first) && showsOne(o.Seen[4], first, second), ctx.Err()
}

// showsOne reports whether a result holds one mark, and not another.
func showsOne(s oracles.Seen, mark, other string) bool {
	return slices.ContainsFunc(s.Answers, func(a oracles.Answer) bool {
		return a.Reply.Kind == protocol.Result && !a.Reply.IsError &&
			bytes.Contains(a.Reply.Body, []byte(mark)) && !bytes.Contains(a.Reply.Body, []byte(other))
	})
}
