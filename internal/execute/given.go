package execute

import (
	"context"
	"time"
)

// A process on a busy machine is given little of it, and would seem to hang. It is at work
// where it uses more than one part in idleParts of the time on the wall; then it is looked
// at again, each lookAgain or in less, until it has used as much as it may, and takes no
// more of what it is sent, or that has taken mostStarved times as long.
const (
	idleParts   = 50
	lookAgain   = time.Second
	mostStarved = 16
)

// bounding makes a context that ends after some time.
type bounding func(context.Context, time.Duration) (context.Context, context.CancelFunc)

// onTheWall is a context that ends when that much time has passed.
func onTheWall(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, limit)
}

// given is a context that ends when the server has had that much time: on the wall, and
// where it is decided what is late and what is lost, of a processor, as long as its
// process is at work. Who still reads what it is sent does not hang.
func (p *play) given(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if p.extra == 0 {
		return onTheWall(ctx, limit)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		p.starve(ctx, limit)
		cancel(context.DeadlineExceeded)
	}()
	return ctx, func() { cancel(context.Canceled) }
}

// starve waits until the server has had that much time. What is soon over costs no look,
// for which all processes must be read.
func (p *play) starve(ctx context.Context, limit time.Duration) {
	start := time.Now()
	if !sleep(ctx, limit/2) {
		return
	}
	before, taken := p.wire.conn.CPU(ctx), p.wire.conn.Written()
	for used, pause := time.Duration(0), limit-limit/2; ; pause = min(limit, lookAgain) {
		if !sleep(ctx, pause) {
			return
		}
		now, reads := p.wire.conn.CPU(ctx), p.wire.conn.Written() > taken
		more := now - before
		used, before, taken = used+more, now, p.wire.conn.Written()
		working := more*idleParts >= pause && used < limit
		if !working && !reads || time.Since(start) >= mostStarved*limit {
			return
		}
	}
}

// sleep waits that long and reports whether the context lasted.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
