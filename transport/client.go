package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// maxConnections bounds how many idle connections a client keeps.
const maxConnections = 256

// httpConn is a client of its own, with its own connections.
type httpConn struct {
	url    string
	limits Limits
	reach  Reach
	client *http.Client
	// unpooled opens a connection for each request.
	unpooled *http.Client
	q        *queue
	ctx      context.Context
	cancel   context.CancelFunc
	group    sync.WaitGroup
	sends    int
	// doubt: the last response failed, so the server may be gone.
	doubt atomic.Bool
	// events is set where answers come on an event stream of the connection, and source
	// is where that was asked for.
	events *eventStream
	source string
	close  sync.Once
}

func newHTTPConn(address string, limits Limits, reach Reach) *httpConn {
	ctx, cancel := context.WithCancel(context.Background())
	return &httpConn{
		url: address, limits: limits, reach: reach, q: newQueue(limits.Queue), ctx: ctx, cancel: cancel,
		client: newClient(reach.round(true)), unpooled: newClient(reach.round(false)),
	}
}

func newClient(t *http.Transport) *http.Client {
	return &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Send posts the messages, all at once, and returns when each was written, was
// answered or failed.
func (c *httpConn) Send(ctx context.Context, ms ...Message) ([]Sent, error) {
	sent := make([]Sent, len(ms))
	var group sync.WaitGroup
	for i, m := range ms {
		of := c.sends + i
		group.Go(func() { sent[i] = c.post(ctx, of, m) })
	}
	c.sends += len(ms)
	group.Wait()
	for _, s := range sent {
		if s.Err != nil {
			return sent, s.Err
		}
	}
	return sent, nil
}

// post starts one request and returns when it was written.
func (c *httpConn) post(ctx context.Context, of int, m Message) Sent {
	written := make(chan error, 1)
	tell := func(err error) {
		select {
		case written <- err:
		default:
		}
	}
	life, give := context.WithCancel(c.ctx)
	if m.Abandon != nil {
		c.group.Go(func() { abandon(life, m.Abandon, give) })
	}
	var reused atomic.Bool
	traced := httptrace.WithClientTrace(life, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) { reused.Store(info.Reused) },
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err == nil || !reused.Load() {
				tell(info.Err)
			}
		},
	})
	s := Sent{Start: time.Now()}
	req, err := c.request(traced, m)
	if err != nil {
		give()
		s.Err = err
		c.q.put(Frame{Of: of, Last: true, Err: err, At: time.Now()})
		return s
	}
	c.group.Go(func() {
		defer give()
		tell(c.exchange(req, of, &reused))
	})
	select {
	case s.Err = <-written:
	case <-ctx.Done():
		s.Err, s.Stalled = ctx.Err(), errors.Is(context.Cause(ctx), context.DeadlineExceeded)
		give()
	}
	if s.Err == nil {
		s.End = time.Now()
	}
	return s
}

// abandon ends a request as soon as it is abandoned, if it is not over before.
func abandon(life context.Context, told <-chan struct{}, end context.CancelFunc) {
	select {
	case <-told:
		end()
	case <-life.Done():
	}
}

// do sends a request. A server may close an idle connection at the moment we use
// it, so what fails on a reused one is sent once more on a new one.
func (c *httpConn) do(req *http.Request, reused *atomic.Bool) (*http.Response, error) {
	res, err := c.client.Do(req)
	if err == nil || c.reach.lone || !reused.Load() || req.Context().Err() != nil {
		return res, err
	}
	again := req.Clone(req.Context())
	if req.GetBody != nil {
		if again.Body, err = req.GetBody(); err != nil {
			return nil, fmt.Errorf("make the body again: %w", err)
		}
	}
	return c.unpooled.Do(again)
}

// exchange sends a request and queues what comes for it. Its error is why no
// response came.
func (c *httpConn) exchange(req *http.Request, of int, reused *atomic.Bool) error {
	res, err := c.do(req, reused)
	if err != nil {
		err = unwrapURL(err)
		c.doubt.Store(true)
		c.q.put(Frame{Of: of, Last: true, Err: err, At: time.Now()})
		return err
	}
	defer res.Body.Close()
	c.doubt.Store(false)
	put := func(f Frame) {
		f.Of, f.Status, f.Header = of, res.StatusCode, res.Header
		if f.Err != nil {
			c.doubt.Store(true)
		}
		c.q.put(f)
	}
	switch {
	case c.events != nil && isSuccess(res):
		put(Frame{Last: true, At: time.Now()})
		if !isEvents(res) {
			// What is read to its end leaves a connection that can be used again.
			_, _ = io.CopyN(io.Discard, res.Body, headSize)
		}
	case c.events == nil && isEvents(res):
		if req.Method == http.MethodGet {
			put(Frame{At: time.Now()}) // it may stay open for ever and hold nothing
		}
		readEvents(res.Body, c.limits.Frame, func(_ string, f Frame) { put(f) })
	default:
		put(readBody(res.Body, c.limits.Frame))
	}
	return nil
}

func isSuccess(res *http.Response) bool { return res.StatusCode/100 == 2 }

func isEvents(res *http.Response) bool {
	return strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream")
}

// readBody reads a whole body in bounded memory.
func readBody(r io.Reader, limit int64) Frame {
	g, buf := Gather{Limit: limit}, make([]byte, 64<<10)
	for {
		n, err := r.Read(buf)
		g.Add(buf[:n])
		if err == nil {
			continue
		}
		f := g.Frame(0, time.Now())
		f.Last = true
		if err != io.EOF {
			f.Err, f.Torn = err, true
		}
		return f
	}
}

// unwrapURL takes the address off an error: it may hold credentials.
func unwrapURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func (c *httpConn) Recv(ctx context.Context) (Frame, error) { return c.q.get(ctx) }
func (c *httpConn) Peak(context.Context) int64              { return 0 }
func (c *httpConn) CPU(context.Context) time.Duration       { return 0 }
func (c *httpConn) Written() int64                          { return 0 }
func (c *httpConn) Address() string                         { return c.url }
func (c *httpConn) Stderr() []byte                          { return nil }

// State dials when the server may be gone: only that tells a handler that died
// from a server that did.
func (c *httpConn) State() State {
	if c.inDoubt() && c.reach.refused(c.url) {
		return State{Phase: Refused}
	}
	return c.stream()
}

// inDoubt reports whether the last response failed, or the event stream ended.
func (c *httpConn) inDoubt() bool { return c.doubt.Load() || c.stream().Phase == Closed }

// DropIdle closes what the pool holds.
func (c *httpConn) DropIdle() { c.client.CloseIdleConnections() }

// Close drops all connections.
func (c *httpConn) Close() ClosedReport {
	c.close.Do(func() {
		c.cancel()
		c.group.Wait()
		c.q.end()
		c.client.CloseIdleConnections()
	})
	return ClosedReport{}
}

// Kill drops all connections.
func (c *httpConn) Kill() { c.Close() }
