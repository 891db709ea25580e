package transport

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// InMemory is a server in our own process: each Dial runs serve anew on one end
// of a pipe. Its panic is ours.
func InMemory(serve func(context.Context, io.ReadWriteCloser) error) Target {
	return memory{serve: serve, limits: DefaultLimits()}
}

// SDK is a server made with the official Go SDK, run in our own process.
func SDK(newServer func() *mcp.Server) Target {
	return InMemory(func(ctx context.Context, rwc io.ReadWriteCloser) error {
		err := newServer().Run(ctx, &mcp.IOTransport{Reader: rwc, Writer: rwc})
		return errors.Join(err, rwc.Close())
	})
}

// Dialed is a server that is reached by whatever stream dial gives: a socket,
// a pipe, a tunnel. Its process is not seen.
func Dialed(name string, dial func(context.Context) (io.ReadWriteCloser, error)) Target {
	return dialed{name: name, dial: dial, limits: DefaultLimits()}
}

type memory struct {
	serve  func(context.Context, io.ReadWriteCloser) error
	limits Limits
}

func (m memory) String() string                         { return "a server in memory" }
func (m memory) Kind() Kind                             { return Kind{Fresh: true, InProcess: true} }
func (m memory) Sample(context.Context) (Sample, error) { return Sample{}, errNoProcess }

// Dial starts the server.
func (m memory) Dial(context.Context) (Conn, error) {
	ours, theirs := net.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	c := &memoryConn{stream: newStream(ours, ours, m.limits), cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(c.done)
		c.reason = m.serve(ctx, theirs)
		theirs.Close()
	}()
	return c, nil
}

// memoryConn is a connection to a server in our own process.
type memoryConn struct {
	*stream
	cancel context.CancelFunc
	// done is closed when serve returned; reason is set before.
	done   chan struct{}
	reason error
	close  sync.Once
}

func (c *memoryConn) Send(ctx context.Context, ms ...Message) ([]Sent, error) {
	return c.send(ctx, ms)
}
func (c *memoryConn) Recv(ctx context.Context) (Frame, error) { return c.recv(ctx) }
func (c *memoryConn) Peak(context.Context) int64              { return 0 }
func (c *memoryConn) CPU(context.Context) time.Duration       { return 0 }
func (c *memoryConn) Written() int64                          { return c.written.Load() }
func (c *memoryConn) Address() string                         { return "" }
func (c *memoryConn) Stderr() []byte                          { return nil }

func (c *memoryConn) State() State {
	select {
	case <-c.done:
		s := State{Phase: Exited, Reason: c.reason}
		if c.over() {
			s.Torn = c.torn
		}
		return s
	default:
	}
	if c.over() {
		return State{Phase: Closed, Torn: c.torn}
	}
	return State{Phase: Open}
}

// Close ends the stream, waits for the server to return as long as a process
// would be given, and then leaves it: nothing can end a goroutine.
func (c *memoryConn) Close() ClosedReport {
	c.close.Do(func() {
		c.closeInput()
		if !within(DefaultLimits().CloseGrace, c.done) {
			c.cancel()
			within(DefaultLimits().CloseGrace, c.done)
		}
		c.cancel()
	})
	return ClosedReport{}
}

// Kill ends the stream and leaves the server.
func (c *memoryConn) Kill() {
	c.closeInput()
	c.cancel()
}

type dialed struct {
	name   string
	dial   func(context.Context) (io.ReadWriteCloser, error)
	limits Limits
}

func (d dialed) String() string                         { return d.name }
func (d dialed) Kind() Kind                             { return Kind{} }
func (d dialed) Sample(context.Context) (Sample, error) { return Sample{}, errNoProcess }

func (d dialed) Dial(ctx context.Context) (Conn, error) {
	rwc, err := d.dial(ctx)
	if err != nil {
		return nil, err
	}
	return dialedConn{newStream(rwc, rwc, d.limits)}, nil
}

// dialedConn is a stream of which nothing is known but its bytes.
type dialedConn struct{ *stream }

func (c dialedConn) Send(ctx context.Context, ms ...Message) ([]Sent, error) {
	return c.send(ctx, ms)
}
func (c dialedConn) Recv(ctx context.Context) (Frame, error) { return c.recv(ctx) }
func (c dialedConn) Peak(context.Context) int64              { return 0 }
func (c dialedConn) CPU(context.Context) time.Duration       { return 0 }
func (c dialedConn) Written() int64                          { return 0 }
func (c dialedConn) Address() string                         { return "" }
func (c dialedConn) Stderr() []byte                          { return nil }

func (c dialedConn) State() State {
	if c.over() {
		return State{Phase: Closed, Torn: c.torn}
	}
	return State{Phase: Open}
}

func (c dialedConn) Close() ClosedReport {
	c.closeInput()
	return ClosedReport{}
}

// Kill ends the stream; the server, which nothing can end, is left.
func (c dialedConn) Kill() { c.closeInput() }
