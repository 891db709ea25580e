package limits

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/mcpfuzz/mcpfuzz/transport"
)

// Budget is how many requests may still be sent, and how fast; all that is sent for a
// look at limits is taken from one. It is safe for concurrent use.
type Budget struct {
	perSecond float64
	now       func() time.Time
	sleep     func(context.Context, time.Duration) error

	mu   sync.Mutex
	left int
	sent int
	// next is when the next one may be sent.
	next time.Time
}

// NewBudget is of so many requests, so many of them a second at most. Sleep returns the
// error of a context that ends first.
func NewBudget(perSecond float64, requests int, now func() time.Time, sleep func(context.Context, time.Duration) error) (*Budget, error) {
	switch {
	case !(perSecond > 0) || math.IsInf(perSecond, 1):
		return nil, fmt.Errorf("--max-rate %g: want a finite number above 0", perSecond)
	case requests < 1:
		return nil, fmt.Errorf("--max-calls %d: want a number above 0", requests)
	}
	return &Budget{perSecond: perSecond, left: requests, now: now, sleep: sleep}, nil
}

// errSpent says that nothing is left.
var errSpent = errors.New("as many requests were sent as may be; give a higher --max-calls to go on")

// spend waits until so many may be sent at once, and takes them off what is left.
func (b *Budget) spend(ctx context.Context, n int) error {
	wait, err := b.take(n)
	if err != nil {
		return err
	}
	return b.wait(ctx, wait)
}

// take takes requests off what is left, and tells how long it is until they may be sent.
func (b *Budget) take(n int) (time.Duration, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n > b.left {
		return 0, errSpent
	}
	b.left, b.sent = b.left-n, b.sent+n
	now := b.now()
	if b.next.Before(now) {
		b.next = now
	}
	wait := b.next.Sub(now)
	b.next = b.next.Add(time.Duration(float64(n) / b.perSecond * float64(time.Second)))
	return wait, nil
}

// spent is how many requests were sent, remaining how many still may be.
func (b *Budget) spent() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sent
}

func (b *Budget) remaining() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.left
}

// wait lets that time pass, or until the context ends.
func (b *Budget) wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	return b.sleep(ctx, d)
}

// Bound is a target of which every message is taken from the budget.
func (b *Budget) Bound(t transport.Target) transport.Target { return bound{t, b} }

type bound struct {
	transport.Target
	budget *Budget
}

func (t bound) Dial(ctx context.Context) (transport.Conn, error) {
	conn, err := t.Target.Dial(ctx)
	if err != nil {
		return nil, err
	}
	return boundConn{conn, t.budget}, nil
}

type boundConn struct {
	transport.Conn
	budget *Budget
}

func (c boundConn) Send(ctx context.Context, ms ...transport.Message) ([]transport.Sent, error) {
	if err := c.budget.spend(ctx, len(ms)); err != nil {
		return nil, err
	}
	return c.Conn.Send(ctx, ms...)
}
