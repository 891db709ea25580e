package transport

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Started is a command that listens at a URL; each Dial starts it anew and
// waits at most that long until it listens. With PortPlaceholder in the URL each Dial
// takes a port of its own; otherwise only one Conn may exist at a time.
func Started(address string, argv []string, opts CommandOptions, wait time.Duration) Target {
	opts.Limits = opts.Limits.orDefault()
	return &started{url: address, argv: argv, opts: opts, wait: wait}
}

type started struct {
	url  string
	argv []string
	opts CommandOptions
	wait time.Duration
	ports
	newest
}

func (s *started) Kind() Kind {
	return Kind{HTTP: true, Stream: s.opts.SSE != nil, Fresh: true, Exclusive: !s.movable()}
}

// movable reports whether each process listens at a port of its own.
func (s *started) movable() bool { return strings.Contains(s.url, PortPlaceholder) }

func (s *started) String() string {
	return safeURL(AnyPort(s.url)) + " (" + strings.Join(s.argv, " ") + ")"
}

// pollEvery is how often it is tried whether a started server listens.
const pollEvery = 25 * time.Millisecond

// Dial starts the command and waits until it listens.
func (s *started) Dial(ctx context.Context) (Conn, error) {
	at, err := s.place()
	if err != nil {
		return nil, err
	}
	child, err := start(at.argv, at.opts, nil, nil)
	if err != nil {
		return nil, err
	}
	s.set(child)
	conn, err := s.open(ctx, at.url, child)
	if err != nil {
		child.stop(DefaultLimits().CloseGrace, "")
		return nil, err
	}
	return &startedConn{httpConn: conn, child: child}, nil
}

// place finds where the next process may listen: where the port is left open, one that
// is taken is left alone, since a server may have moved there by itself.
func (s *started) place() (place, error) {
	at := place{s.url, s.argv, s.opts}
	for range placeTries {
		if s.movable() {
			port, err := s.free()
			if err != nil {
				return at, fmt.Errorf("start %s: %w", s.argv[0], err)
			}
			at = place{s.url, s.argv, s.opts}.with(port)
		}
		if s.opts.Reach.try(at.url) != nil {
			return at, nil
		}
	}
	return at, fmt.Errorf("something listens at %s already; stop it, or test it without a command", safeURL(at.url))
}

// placeTries is how often a place is looked for.
const placeTries = 3

// place is where one process listens, and how it is told so.
type place struct {
	url  string
	argv []string
	opts CommandOptions
}

func (p place) with(port string) place {
	p.url, p.argv, p.opts.Env = withPort(p.url, port), allWithPort(p.argv, port), allWithPort(p.opts.Env, port)
	return p
}

// open waits until the server listens, and connects.
func (s *started) open(ctx context.Context, address string, c *child) (*httpConn, error) {
	if err := s.ready(ctx, address, c); err != nil {
		return nil, err
	}
	return openHTTP(ctx, address, s.opts.Limits, s.opts.Reach, s.opts.SSE)
}

// ready waits until the server listens.
func (s *started) ready(ctx context.Context, address string, c *child) error {
	limit := time.NewTimer(s.wait)
	defer limit.Stop()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		if s.opts.Reach.listens(address) {
			return nil
		}
		select {
		case <-tick.C:
		case <-c.done:
			return fmt.Errorf("%s ended with %s before it listened at %s; it wrote %.300q",
				s.argv[0], c.exit, safeURL(address), c.stderr.take())
		case <-limit.C:
			return fmt.Errorf("%s does not listen at %s after %v", s.argv[0], safeURL(address), s.wait)
		case <-ctx.Done():
			return fmt.Errorf("wait until %s listens at %s: %w", s.argv[0], safeURL(address), ctx.Err())
		}
	}
}

// listens reports whether a port is listened at, and still is a moment later: some
// servers try it before they take it for good.
func (r Reach) listens(address string) bool {
	for i := range settledDials {
		if i > 0 {
			time.Sleep(pollEvery)
		}
		if r.try(address) != nil {
			return false
		}
	}
	return true
}

// settledDials is how many dials in a row must succeed.
const settledDials = 3

// startedConn is a client of a server that we started.
type startedConn struct {
	*httpConn
	child *child
}

// Peak is that of the process, or of the largest that it has started.
func (c *startedConn) Peak(ctx context.Context) int64 { return c.child.family(ctx).peak(ctx) }

// CPU is that of the process and of what it has started.
func (c *startedConn) CPU(ctx context.Context) time.Duration { return c.child.family(ctx).cpu(ctx) }

// Stderr is the kept tail of what the process wrote to its standard error.
func (c *startedConn) Stderr() []byte { return c.child.stderr.take() }

// reapTime is how long a process that no longer listens has to be gone, before
// it is said that it lives on.
const reapTime = 2 * time.Second

// State is that of the process, or Refused where it lives and listens no more.
func (c *startedConn) State() State {
	// A process that is ending drops its connections before it stops to listen.
	deaf := c.inDoubt() && !within(lastWords, c.child.done) && c.reach.refused(c.url)
	if deaf {
		within(reapTime, c.child.done)
	}
	if c.child.gone() {
		exit := c.child.exit
		return State{Phase: Exited, Exit: &exit}
	}
	if deaf {
		return State{Phase: Refused}
	}
	return c.httpConn.stream()
}

// Close drops all connections and ends the process.
func (c *startedConn) Close() ClosedReport {
	c.httpConn.Close()
	return c.child.stop(DefaultLimits().CloseGrace, "")
}

// Kill ends the process and all that it started.
func (c *startedConn) Kill() {
	killGroup(c.child.cmd.Process)
	c.Close()
}
