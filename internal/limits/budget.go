package limits

import (
	"context"
	"errors"
	"time"
)

// budget is how many requests may still be sent, and how fast.
type budget struct {
	perSecond float64
	left      int
	sent      int
	// next is when the next one may be sent.
	next  time.Time
	now   func() time.Time
	sleep func(context.Context, time.Duration) error
}

// errSpent says that nothing is left.
var errSpent = errors.New("as many requests were sent as may be; give a higher --max-calls to go on")

// spend waits until so many may be sent at once, and takes them off what is left.
func (b *budget) spend(ctx context.Context, n int) error {
	if n > b.left {
		return errSpent
	}
	b.left, b.sent = b.left-n, b.sent+n
	if err := b.wait(ctx, b.next.Sub(b.now())); err != nil {
		return err
	}
	b.next = b.now().Add(time.Duration(float64(n) / b.perSecond * float64(time.Second)))
	return nil
}

// wait lets that time pass, or until the context ends.
func (b *budget) wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	return b.sleep(ctx, d)
}
