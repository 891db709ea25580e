package limits

import (
	"context"
	"time"
)

// honesty are how often a limit is asked again when it said to, until it lets in.
const honesty = 3

// slack is how much later than it was told a client comes: a date is of a whole second.
func slack(told time.Duration) time.Duration {
	if told%time.Second != 0 {
		return time.Second
	}
	return 100 * time.Millisecond
}

// honest waits as long as a refusal says and calls again, and tells what came of that: ""
// where no refusal said. It begins right behind a limit that was used up after it was left
// alone, so that one which says too little is not about to let calls through by chance.
func (c *caller) honest(ctx context.Context) (string, error) {
	for i := range honesty {
		r, err := c.drain(ctx)
		switch {
		case err != nil:
			return "", err
		case !r.refusal.Retry:
			return "", nil
		case i > 0 && r.served > 0:
			return kept, nil // it was let in, only not at once
		case r.refusal.After > c.Patience:
			return untried, nil
		}
		if err := c.Budget.wait(ctx, r.refusal.After+slack(r.refusal.After)); err != nil {
			return "", err
		}
		again, err := c.call(ctx)
		if err != nil {
			return "", err
		}
		if again.manner == served {
			return kept, nil
		}
	}
	return broken, nil
}

// What became of clients that came again when they were told to.
const (
	kept    = "let in when it said"
	broken  = "refused three times of three when it said"
	untried = "not tried: it said to come again too late for that"
)

// settle waits until a limit that was met lets as many through at once as at first.
func (p *prober) settle(ctx context.Context) error { return p.rest(ctx, p.limit.most) }

// settles reports whether that can be waited for.
func (p *prober) settles() bool {
	return !p.limit.met() || p.limit.pace.perSecond > 0 && p.restOf(p.limit.most) <= p.Patience
}

// rest leaves a limit that was met alone until it came to allow so many calls, if that is
// known.
func (p *prober) rest(ctx context.Context, calls int) error {
	return p.Budget.wait(ctx, min(p.restOf(calls), p.Patience))
}

// restOf is how long that takes.
func (p *prober) restOf(calls int) time.Duration {
	d := p.limit.pace.gap
	if p.limit.pace.perSecond > 0 && !p.limit.pace.windowed {
		d = max(d, time.Duration(float64(calls)/p.limit.pace.perSecond*float64(time.Second)))
	}
	return d
}
