package loadgen

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"
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
	// rest writes what asks for the rest of an event stream.
	rest func(event string) ([]byte, error)
	free func(lane, finished)
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
	// timed: a write has a deadline.
	timed  bool
	flight flight
	out    []byte
	// idle is since when no call is in flight.
	idle time.Duration
}

// flight is a call under way. Begun is when its write began, sent when that ended.
type flight struct {
	shot
	begun, sent time.Duration
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
func newConn(ctx context.Context, p *poster, number int, warm bool, free func(lane, finished)) *conn {
	e := p.engine
	c := &conn{engine: e, number: number, dial: p.dial, rest: p.rest, free: free, wake: make(chan struct{}, 1)}
	c.ctx, c.end = context.WithCancel(ctx)
	c.in = newInput(nil)
	c.judge = newJudge(e.now, &e.problem, p.answer)
	c.judge.blind = e.unjudged
	c.judge.answered = func() {
		c.expires.Store(int64(min(time.Duration(c.expires.Load()), c.now()+eventsGrace)))
	}
	if warm {
		dialling, cancel := context.WithTimeout(c.ctx, e.limits.timeout)
		defer cancel()
		// Where it fails, the first call tries again, and is counted.
		if n, err := c.dial(dialling); err == nil {
			c.net = quicken(n)
			c.in.r = c.net
		}
	}
	e.running.Go(c.run)
	return c
}

func (c *conn) fire(s shot) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx.Err() != nil {
		return
	}
	c.under.Add(1)
	c.busy = true
	c.flight = flight{shot: s}
	c.out = c.work.templates[s.template].request(c.out[:0], c.ids.Add(1)+firstID)
	c.expires.Store(int64(s.due + c.limits.timeout))
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
	switch large := len(c.out) > smallRequest; {
	case large:
		_ = c.net.SetWriteDeadline(c.start.Add(c.flight.due + c.limits.timeout))
		c.timed = true
	case c.timed:
		_ = c.net.SetWriteDeadline(time.Time{})
		c.timed = false
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
