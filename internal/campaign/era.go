package campaign

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// era is a revision that is spoken in a run, and what is dealt in it.
type era struct {
	revision protocol.Revision
	deck     *generators.Deck
}

// chooseTransport settles which transport and which revisions are asked for.
func (r *run) chooseTransport(ctx context.Context) ([]protocol.Revision, error) {
	revisions, err := r.chooseRevisions(ctx)
	var status execute.StatusError
	if r.Older == nil || !errors.As(err, &status) || status < 400 || status >= 500 || status == http.StatusUnauthorized {
		return revisions, err // who is not let in is not let in elsewhere either
	}
	newer := r.Target
	r.Target = r.Older
	revisions, older := r.chooseRevisions(ctx)
	if older != nil {
		r.Target = newer
		return nil, fmt.Errorf("%w; over HTTP+SSE: %s", err, strings.TrimPrefix(older.Error(), ErrTarget.Error()+": "))
	}
	return revisions, nil
}

// chooseRevisions settles which revisions are asked for.
func (r *run) chooseRevisions(ctx context.Context) ([]protocol.Revision, error) {
	asked, err := lookup(r.Protocols)
	switch {
	case err != nil || len(asked) > 0 && r.Older == nil:
		return asked, err
	case len(asked) > 0:
		// Whether the transport is the right one shows in the opening of a session.
		s, err := r.dial(ctx, asked[0], false)
		if err != nil {
			return nil, err
		}
		s.Close()
		return asked, nil
	}
	// A target that is on its way up is waited for; the session is not needed.
	s, err := r.dial(ctx, execute.First(r.Target.Kind()), true)
	if err != nil {
		return nil, err
	}
	s.Close()
	revisions, err := execute.Choose(ctx, r.Target, r.set)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTarget, err)
	}
	return revisions, nil
}

func lookup(names []string) ([]protocol.Revision, error) {
	var revisions []protocol.Revision
	for _, name := range names {
		rev, ok := protocol.Lookup(name)
		if !ok {
			return nil, fmt.Errorf("protocol %q is not known", name)
		}
		revisions = append(revisions, rev)
	}
	return revisions, nil
}

// addEra adds a revision to those that are spoken, if the target speaks it and it
// is not among them.
func (r *run) addEra(ctx context.Context, asked protocol.Revision) {
	s, err := r.dial(ctx, asked, false)
	if err != nil {
		r.omit(asked, err.Error())
		return
	}
	defer s.Close()
	settled := s.Revision()
	if slices.ContainsFunc(r.eras, func(e era) bool { return e.revision == settled }) {
		r.omit(asked, "the server settles on "+settled.Name)
		return
	}
	r.eras = append(r.eras, era{revision: settled})
}

// keepReached leaves out the eras that no block is left for, and all but the first
// in the quick form, which deals one case of each class.
func (r *run) keepReached() {
	blocks := (r.Cases + BlockSize - 1) / BlockSize
	if r.Quick {
		blocks = 1
	}
	for i, e := range r.eras {
		if i >= blocks {
			r.omit(e.revision, "there are too few cases to play it, too")
		}
	}
	r.eras = r.eras[:min(len(r.eras), blocks)]
}

func (r *run) omit(rev protocol.Revision, why string) {
	r.learned.without = append(r.learned.without, record.Inconclusive{What: "protocol " + rev.Name, Why: why})
}

// spoken names the revisions of the run.
func (r *run) spoken() string {
	var names []string
	for _, e := range r.eras {
		names = append(names, e.revision.Name)
	}
	return strings.Join(names, ", ")
}

// setting is where a case of an era is played.
func (r *run) setting(e era) oracles.Setting {
	kind := r.Target.Kind()
	return oracles.Setting{Revision: e.revision.Name, HTTP: kind.HTTP, Stream: kind.Stream, Clients: r.Identities.Len()}
}

// pairsKnown is how many pairs there are to deal, over all eras.
func (r *run) pairsKnown() int {
	n := 0
	for _, e := range r.eras {
		if e.deck != nil {
			n += e.deck.Len()
		}
	}
	return n
}

// caseAt is case i of the run, and the revision that it is played in: the eras take
// turns, a block each.
func (r *run) caseAt(i int) (scenarios.Case, generators.Pair, protocol.Revision) {
	block, place := i/BlockSize, i%BlockSize
	e := r.eras[block%len(r.eras)]
	c, pair := e.deck.Case(block/len(r.eras)*BlockSize + place)
	c.Name, c.Origin.Seed, c.Origin.Index = generators.CaseName(i), r.Seed, i
	return c, pair, e.revision
}
