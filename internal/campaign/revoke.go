package campaign

import (
	"context"

	"github.com/mcpfuzz/mcpfuzz/internal/identity"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// afterwards is how often a revoked key is shown: one that takes a moment to die is
// told from one that lives on.
const afterwards = 3

// revoked is a case in which the key of a client is revoked, while those of others
// stay. Each has a session of its own, or, where there is one event stream, all show their
// keys on that.
func revoked(name string, others []string, stream bool) scenarios.Case {
	var before, after []scenarios.Step
	in := func(client string) scenarios.Attrs {
		if stream {
			return scenarios.Attrs{As: client}
		}
		return scenarios.Attrs{Session: client}
	}
	ask := func(client string) scenarios.Step { return scenarios.Request{Attrs: in(client), Method: "tools/list"} }
	for _, other := range others {
		if !stream {
			before = append(before, scenarios.Open{Attrs: scenarios.Attrs{As: other, Session: other}})
		}
		before = append(before, ask(other))
		if other != name {
			after = append(after, ask(other))
		}
	}
	// What is served to everybody tells nothing of a key.
	keyless := scenarios.Request{Attrs: in(name), Method: "tools/list"}
	keyless.As = identity.None
	steps := append(before, keyless, scenarios.Revoke{Name: name})
	for range afterwards {
		steps = append(steps, ask(name))
	}
	return scenarios.Case{Name: "revoked", Note: "A key is revoked: it stops at once, and others go on.", Steps: append(steps, after...)}
}

// revoke revokes, when all else is done, the keys for which there is a way to do so:
// each once, so that what is found is not confirmed by another play, but by the
// requests of one.
func (c *collector) revoke(ctx context.Context) {
	p := &player{run: c.run}
	defer p.close()
	gone := map[string]bool{}
	for _, name := range c.Identities.Revocable() {
		if !c.Filter.asksFor("H8") || ctx.Err() != nil {
			return
		}
		var others []string
		for _, other := range c.Identities.Names() {
			if !gone[other] {
				others = append(others, other)
			}
		}
		gone[name] = true
		one := played{index: record.NoCase, since: record.NoCase, revision: c.eras[0].revision, c: revoked(name, others, c.setting(c.eras[0]).Stream)}
		o, err := p.play(ctx, one.c, one.revision, noOvertime)
		if err != nil {
			c.learned.without = append(c.learned.without, record.Inconclusive{What: "the revocation of the key of " + name, Why: err.Error()})
			continue
		}
		p.judgeInto(&one, o)
		c.conclusive(one, o)
	}
}

// conclusive takes a case that cannot be played again for what it showed.
func (c *collector) conclusive(one played, o oracles.Observation) {
	c.calls += one.calls
	for _, out := range one.outcomes {
		c.outcomes[out.String()]++
	}
	for _, id := range one.rules {
		c.rules[id] = true
	}
	if one.note != "" {
		c.notes[one.note]++
	}
	for _, f := range one.findings {
		if c.suspects[f.Signature] != nil {
			continue
		}
		s := &suspect{finding: f, first: one, count: 1, smallest: one.c, seen: o, confirmed: record.ConfirmedSession}
		c.suspects[f.Signature], c.order = s, append(c.order, f.Signature)
		c.conclude(s)
		c.save(s)
	}
}
