package loadgen

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// dialer opens connections to a server.
type dialer func(context.Context) (net.Conn, error)

// conn is a lane over HTTP/1.1: a connection that is kept warm, and a goroutine that
// reads what comes on it. Whoever fires a call writes it, so that many calls go out one
// right after the other, whatever the scheduler does.
type conn struct {
	*engine
	number int
	dial   dialer
	free   func(lane, Class)
	// Only the reader uses these.
	in    *input
	judge *judge

	// wake tells the reader that a call waits for it to connect.
	wake chan struct{}
	ctx  context.Context // ends with the lane
	end  context.CancelFunc
	// expires is when the call in flight is given up, as a time.Duration; 0 for none.
	expires atomic.Int64

	mu sync.Mutex
	// net is nil where there is no connection; only the reader sets it.
	net net.Conn
	// busy: a call is in flight. spent: the connection will not do for another.
	busy, spent bool
	flight      flight
	out         []byte
	// idle is since when no call is in flight.
	idle time.Duration
}

// flight is a call under way. Begun is when its write began, sent when that ended.
type flight struct {
	template         int
	due, begun, sent time.Duration
}

const (
	// smallRequest is the size of requests that a connection takes at once.
	smallRequest = 32 << 10
	// staleAfter is how long a connection idles before its end is no answer to what is
	// sent on it: a server may end it at any moment (RFC 9112, section 9.5).
	staleAfter = time.Second
	// eventsGrace is how long the rest of an event stream is waited for that has
	// brought the answer.
	eventsGrace = 200 * time.Millisecond
)

// newConn makes a lane, which connects when it must, or at once where it is to be warm.
func newConn(ctx context.Context, e *engine, number int, warm bool, dial dialer, asked func(protocol.Reply), free func(lane, Class)) *conn {
	c := &conn{engine: e, number: number, dial: dial, free: free, wake: make(chan struct{}, 1)}
	c.ctx, c.end = context.WithCancel(ctx)
	c.in = newInput(nil)
	c.judge = newJudge(e.now, &e.problem, asked)
	c.judge.answered = func() {
		c.expires.Store(int64(min(time.Duration(c.expires.Load()), c.now()+eventsGrace)))
	}
	if warm {
		dialling, cancel := context.WithTimeout(c.ctx, e.limits.timeout)
		defer cancel()
		// Where it fails, the first call tries again, and is counted.
		c.net, _ = dial(dialling)
		c.in.r = c.net
	}
	e.running.Go(c.run)
	return c
}

func (c *conn) fire(template int, due time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx.Err() != nil {
		return
	}
	c.under.Add(1)
	c.busy = true
	c.flight = flight{template: template, due: due}
	c.out = c.work.templates[template].request(c.out[:0], c.ids.Add(1)+firstID)
	c.expires.Store(int64(due + c.limits.timeout))
	switch {
	case c.net == nil:
		c.wake <- struct{}{}
	case len(c.out) <= smallRequest:
		c.write()
	default:
		go func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.write()
		}()
	}
}

// write sends the call. That it cannot be sent the reader finds out.
func (c *conn) write() {
	c.flight.begun = c.now()
	if len(c.out) > smallRequest {
		_ = c.net.SetWriteDeadline(c.start.Add(c.flight.due + c.limits.timeout))
	}
	if _, err := c.net.Write(c.out); err != nil {
		c.net.Close()
	}
	c.flight.sent = c.now()
}

func (c *conn) check(now time.Duration) {
	if !c.isLate(now) || !c.mu.TryLock() {
		return
	}
	defer c.mu.Unlock()
	if c.net != nil && c.busy && c.isLate(now) {
		c.spent = true
		_ = c.net.SetReadDeadline(time.Unix(1, 0)) // a connection that is gone needs none
	}
}

func (c *conn) isLate(now time.Duration) bool {
	expires := time.Duration(c.expires.Load())
	return expires != 0 && now >= expires
}

func (c *conn) close() {
	c.end()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.net != nil {
		c.net.Close()
	}
}

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
	ctx, cancel := context.WithDeadline(c.ctx, c.start.Add(c.flight.due+c.limits.timeout))
	defer cancel()
	n, err := c.dial(ctx)
	if err == nil {
		c.in.r, c.in.from, c.in.to = n, 0, 0
		c.mu.Lock()
		defer c.mu.Unlock()
		c.net, c.idle, c.spent = n, 0, false
		if c.ctx.Err() != nil {
			n.Close() // nobody else will
		}
		c.write()
		return verdict{}, true
	}
	c.judge.begin(nil, 0)
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE), errors.Is(err, syscall.EADDRNOTAVAIL):
		return verdict{outcome: oracles.Unsent}, false
	case errors.As(err, &timeout) && timeout.Timeout():
		return c.judge.end(endedByTime), false
	}
	return c.judge.end(endedUndialled), false
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
	c.judge.begin(id, len(c.out))
	how, closes := c.read(err)
	if closes || how != endingUnset {
		c.mu.Lock()
		c.hangUp()
		c.mu.Unlock()
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
	case errors.Is(err, os.ErrDeadlineExceeded):
		return endedByTime, true
	case errors.Is(err, errNoHTTP):
		return endedBadly, true
	}
	return endedByPeer, true
}

// hangUp drops the connection.
func (c *conn) hangUp() {
	c.net.Close()
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
	if c.spent && c.net != nil {
		c.hangUp()
	}
	c.mu.Unlock()
	class := c.count(c.number, f.template, f.due, f.sent, done, v)
	c.free(c, class)
	c.under.Done()
}
