package loadgen

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"

	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// run reads until the lane ends.
func (c *conn) run() {
	for {
		if c.net == nil {
			select {
			case <-c.wake:
			case <-c.ctx.Done():
				c.forget()
				return
			}
			if v, ok := c.connect(); !ok {
				c.finish(v)
				continue
			}
		}
		c.exchange()
	}
}

// forget leaves a call that is under way uncounted.
func (c *conn) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy {
		c.busy = false
		c.under.Done()
	}
}

// connect opens a connection and sends the call that waits for it. Where it cannot, it
// says what becomes of the call.
func (c *conn) connect() (verdict, bool) {
	err := c.redial()
	if err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.write()
		return verdict{}, true
	}
	if c.ctx.Err() != nil {
		return verdict{}, false
	}
	c.judge.begin(nil, 0, c.work.templates[c.flight.template].kind > 0)
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE), errors.Is(err, syscall.EADDRNOTAVAIL):
		return verdict{outcome: oracles.Unsent}, false
	case errors.As(err, &timeout) && timeout.Timeout():
		return c.judge.end(endedByTime), false
	}
	return c.judge.end(endedUndialled), false
}

// redial opens a connection for the call in flight.
func (c *conn) redial() error {
	ctx, cancel := context.WithDeadline(c.ctx, c.start.Add(c.flight.due+c.limits.timeout))
	defer cancel()
	n, err := c.dial(ctx)
	if err != nil {
		return err
	}
	n = quicken(n)
	c.in.r, c.in.from, c.in.to = n, 0, 0
	c.mu.Lock()
	defer c.mu.Unlock()
	c.net, c.idle, c.spent = n, 0, false
	if c.ctx.Err() != nil {
		n.Close() // nobody else will
	}
	return nil
}

// exchange reads one response, or sees the connection end.
func (c *conn) exchange() {
	var err error
	if c.in.from == c.in.to {
		err = c.in.more()
	}
	seen := c.now()
	c.mu.Lock()
	f := c.flight
	if !c.busy || err != nil && c.isStale(err, seen) {
		// It ended while it was idle, or speaks out of turn.
		c.hangUp()
		if c.busy {
			c.wake <- struct{}{}
		}
		c.mu.Unlock()
		return
	}
	t := c.work.templates[f.template]
	id := c.out[t.id : t.id+idWidth]
	c.mu.Unlock()
	c.judge.begin(id, len(c.out), t.kind > 0)
	how, closes := c.resume(c.read(err))
	if closes || how != endingUnset {
		c.mu.Lock()
		c.hangUp()
		c.mu.Unlock()
	}
	if c.ctx.Err() != nil {
		c.forget() // that it ended is our doing
		return
	}
	c.finish(c.judge.end(how))
}

// isStale reports whether the connection ended before the call was sent on it.
func (c *conn) isStale(err error, seen time.Duration) bool {
	return c.idle > 0 && !errors.Is(err, os.ErrDeadlineExceeded) && (seen < c.flight.begun || c.flight.begun-c.idle > staleAfter)
}

// read reads the response to the call in flight, err being that of its first bytes.
func (c *conn) read(err error) (how ending, closes bool) {
	var h head
	if err == nil {
		h, err = c.in.head()
	}
	if err == nil {
		c.judge.respond(h)
		err = c.in.body(h, c.judge.take)
	}
	switch {
	case err == nil:
		// What comes behind a response belongs to no call.
		return endingUnset, h.closes || c.in.from < c.in.to
	case errors.Is(err, os.ErrDeadlineExceeded), c.isLate(c.now()):
		return endedByTime, true
	case errors.Is(err, errNoHTTP):
		return endedBadly, true
	}
	return endedByPeer, true
}

// hangUp drops the connection, if there is one.
func (c *conn) hangUp() {
	if c.net != nil {
		c.net.Close()
	}
	c.net, c.idle = nil, 0
}

// finish counts the call and frees the lane, unless the load ended before the call did.
func (c *conn) finish(v verdict) {
	if c.ctx.Err() != nil {
		c.forget()
		return
	}
	done := c.now()
	if c.judge.head.events && c.judge.replies > 0 {
		done = c.judge.at
	}
	c.expires.Store(0)
	c.mu.Lock()
	f := c.flight
	c.busy = false
	c.idle = done
	if c.spent {
		c.hangUp()
	}
	c.mu.Unlock()
	ended := c.count(c.number, f.shot, f.sent, done, v)
	c.free(c, ended)
	c.under.Done()
}
