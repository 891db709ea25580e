package limits

import "context"

// parallel is what was seen of calls that were sent at once.
type parallel struct {
	// sent is how many there were, served how many of them were; 0 for none.
	sent, served int
	// together: all were out before the first answer came.
	together bool
	// recovers: a call was served afterwards.
	recovers bool
}

// bursts are how often calls are sent at once: what is refused must be each time.
const bursts = 2

// atOnce sends calls at once, no more than the limit that was met lets through, and than
// may be sent in a second.
func (p *prober) atOnce(ctx context.Context, base *caller) error {
	if !p.settles() {
		return nil
	}
	n := min(p.Parallel, max(int(p.Budget.perSecond), 1))
	if p.limit.burst > 0 {
		n = min(n, p.limit.burst)
	}
	for range bursts {
		if err := p.settle(ctx); err != nil {
			return err
		}
		b, err := base.atOnce(ctx, n)
		if err != nil {
			return err
		}
		if b.served >= p.parallel.served {
			p.parallel = b
		}
		if b.served == n {
			break
		}
	}
	if err := p.settle(ctx); err != nil {
		return err
	}
	last, err := base.call(ctx)
	p.parallel.recovers = err != nil || last.manner == served // what was not seen is no fault
	return err
}

// atOnce sends so many calls at once.
func (c *caller) atOnce(ctx context.Context, n int) (parallel, error) {
	replies, err := c.ask(ctx, c.copies(n)...)
	if err != nil {
		return parallel{}, err
	}
	b := parallel{sent: n}
	out, in := replies[0].sent, replies[0].came
	for _, r := range replies {
		if r.manner == served {
			b.served++
		}
		if r.sent.After(out) {
			out = r.sent
		}
		if r.came.Before(in) {
			in = r.came
		}
	}
	b.together = out.Before(in)
	return b, nil
}
