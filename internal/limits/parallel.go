package limits

import (
	"context"
	"slices"
	"time"
)

// parallel is what was seen of calls that were sent at once.
type parallel struct {
	// sent is how many there were, 0 for none; served how many are served however often as
	// many are sent.
	sent, served int
	// together: so many were under way together, each time.
	together bool
	// unrecovered: a call was refused afterwards.
	unrecovered bool
}

// How often calls are sent at once: as many are too many where some were refused twice, and
// they are not where all were served once, or five times where more were too many.
const (
	refusedBursts = 2
	servedBursts  = 5
	// So many for one of those that count: others were answered too soon.
	burstsForOne = 3
)

// atOnce sends calls at once, no more than the limit that was met lets through, and than
// may be sent in a second. Of more than a server takes it serves as many as it takes, or
// more, since places become free; so as many are sent as were served, until all are.
func (p *prober) atOnce(ctx context.Context, base *caller) error {
	if !p.settles() {
		return nil
	}
	n := min(p.Parallel, max(int(p.Budget.perSecond), 1))
	if p.limit.met() {
		n = min(n, p.limit.least)
	}
	most, enough, b := n, 1, &burster{base, quota{prober: p}}
	for {
		taken, together, err := b.holds(ctx, n, enough)
		if err != nil {
			return err
		}
		p.parallel = parallel{sent: most, served: taken, together: together}
		if taken == n || taken == 0 {
			break
		}
		n, enough = taken, servedBursts
	}
	return p.recovers(ctx, base)
}

// recovers calls when that is over and the limit that was met has been left alone.
func (p *prober) recovers(ctx context.Context, base *caller) error {
	if err := p.settle(ctx); err != nil {
		return err
	}
	if err := p.Budget.wait(ctx, breath); err != nil {
		return err
	}
	last, err := base.call(ctx)
	p.parallel.unrecovered = err == nil && last.manner != served
	return err
}

// burster sends calls at once, when the limit that was met lets as many through.
type burster struct {
	*caller
	quota quota
}

// breath is how long a server has to be done with calls that it has answered.
const breath = 100 * time.Millisecond

// holds sends so many calls at once until they are too many, or all were served so often
// while they were under way together. It tells how many of them are served, and whether so
// many surely were under way.
func (b *burster) holds(ctx context.Context, n, enough int) (taken int, together bool, err error) {
	refused, whole := 0, 0
	for tries := 0; tries < burstsForOne*enough; tries++ {
		in, at, err := b.burst(ctx, n)
		switch {
		case err != nil:
			return 0, false, err
		case in < n:
			refused, enough, taken = refused+1, servedBursts, max(taken, in)
		case at:
			whole++
		}
		if refused == refusedBursts {
			return taken, false, nil
		}
		if whole == enough {
			return n, true, nil
		}
	}
	return n, false, nil
}

// burst sends so many calls at once, and tells how many were served, and whether all were
// under way together: they were out in half the time until the first answer came, so that
// even those which the server was late to read were there before a place became free.
func (b *burster) burst(ctx context.Context, n int) (in int, together bool, err error) {
	if err := b.quota.take(ctx, n); err != nil {
		return 0, false, err
	}
	if err := b.Budget.wait(ctx, breath); err != nil {
		return 0, false, err
	}
	replies, err := b.ask(ctx, b.copies(n)...)
	if err != nil {
		return 0, false, err
	}
	for _, r := range replies {
		if r.manner == served {
			in++
		}
	}
	began := slices.MinFunc(replies, func(a, b reply) int { return a.began.Compare(b.began) }).began
	out := slices.MaxFunc(replies, func(a, b reply) int { return a.sent.Compare(b.sent) }).sent
	first := slices.MinFunc(replies, func(a, b reply) int { return a.came.Compare(b.came) }).came
	return in, 2*out.Sub(began) < first.Sub(began), nil
}
