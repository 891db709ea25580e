package execute

import (
	"context"
	"slices"
	"time"

	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// wait waits for the answers to frames: for what is owed one until the
// deadline; for the rest, on a stream, until a sign of life has overtaken it. Each
// answer to one of many gives the others another deadline.
func (p *play) wait(ctx context.Context, fs []*flight) {
	start := time.Now()
	open := func(f *flight) bool { return !f.settled() && (f.owed || p.wire.http) }
	left := count(fs, open)
	for left > 0 {
		before := left
		answered := func() bool { left = count(fs, open); return left < before }
		if !p.wire.await(ctx, p.patience(fs), answered) || p.wire.ended || ctx.Err() != nil {
			break
		}
	}
	expired := left > 0 && !p.wire.ended && ctx.Err() == nil
	for _, f := range fs {
		f.seen.Waited = time.Since(start)
		f.seen.Expired = expired && !f.settled()
		p.expired = p.expired || f.seen.Expired && f.owed
	}
}

func count(fs []*flight, is func(*flight) bool) int {
	n := 0
	for _, f := range fs {
		if is(f) {
			n++
		}
	}
	return n
}

// perMegabyte is how much longer than others an answer to a large frame may
// take: the server has to read it.
const perMegabyte = 250 * time.Millisecond

// patience is how long answers to frames are waited for.
func (p *play) patience(fs []*flight) time.Duration {
	var size int64
	for _, f := range fs {
		size += f.seen.Message.Size
	}
	return p.deadline + time.Duration(size>>20)*perMegabyte
}

// most is how long an answer is waited for beyond its deadline.
func (p *play) most() time.Duration {
	return min(p.deadline*time.Duration(p.extra), maxOvertime)
}

// overtime waits on for the answers of a server that is slow. It waits for none
// that is one of two requests with one id, since its answer cannot be told from
// the other's. What was cancelled may be answered late as well. A malformed frame that
// nobody answers gets two deadlines at most, unless a tool may be at work on it.
func (p *play) overtime(ctx context.Context, probe oracles.Probe) {
	limit := p.most()
	p.waitOn(ctx, p.grace(probe)+limit, func(f *flight) bool { return p.mayBeLate(f) && !idle(f.seen.Sent) })
	p.waitOn(ctx, p.grace(probe)+min(2*p.deadline, limit), func(f *flight) bool {
		unowed := !p.wire.http && !f.owed && len(f.seen.Answers) == 0 && malformed(f.seen.Sent)
		return unowed || p.mayBeLate(f) && idle(f.seen.Sent)
	})
}

// mayBeLate reports whether an answer was owed to a frame, or was before it was
// cancelled, and none came in time.
func (p *play) mayBeLate(f *flight) bool {
	return (f.owed || f.seen.Cancelled) && f.seen.Expired && len(f.seen.Answers) == 0 && !p.sharesID(f)
}

// waitOn waits until nothing is missing any more, and notes what came so late.
func (p *play) waitOn(ctx context.Context, limit time.Duration, missing func(*flight) bool) {
	var late []*flight
	for _, f := range p.flights {
		if missing(f) {
			late = append(late, f)
		}
	}
	came := func(f *flight) bool { return f.settled() || len(f.seen.Answers) > 0 }
	if len(late) > 0 {
		ctx, cancel := p.given(ctx, limit)
		defer cancel()
		p.wire.awaitUntil(ctx, func() bool {
			return !slices.ContainsFunc(late, func(f *flight) bool { return !came(f) })
		})
	}
	for _, f := range late {
		f.seen.Expired, f.seen.Late = f.seen.Expired && !came(f), came(f)
	}
}

func (p *play) sharesID(f *flight) bool {
	return slices.ContainsFunc(p.flights, func(other *flight) bool { return other != f && other.seen.ID == f.seen.ID })
}

// cancelled reports whether the step after i cancels it, or closes its connection, be
// it after a pause, so that its answer is not to be waited for.
func (p *play) cancelled(i int) bool {
	for _, next := range p.c.Steps[i:] {
		switch next := next.(type) {
		case scenarios.Pause:
			continue
		case scenarios.Cancel:
			return next.Of == i
		case scenarios.Disconnect:
			return next.Of == i
		}
		return false
	}
	return false
}

// disconnected reports whether a step closes the connection of step i.
func (p *play) disconnected(i int) bool {
	return slices.Contains(p.c.Steps, scenarios.Step(scenarios.Disconnect{Of: i}))
}
