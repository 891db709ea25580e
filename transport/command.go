package transport

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// CommandOptions say how a command is started.
type CommandOptions struct {
	// Env is the whole environment of the command; nil for ours.
	Env []string
	// Dir is its working folder; "" for ours.
	Dir string
	// Limits bound what it may cost; the zero Limits are the default ones.
	Limits Limits
	// Nice is how many steps of nice(1) its priority is below ours, where the system has
	// such and ours is not the lowest (see Nicer).
	Nice int
	// Name names the target in reports; "" for the command line.
	Name string
	// SSE is set where a Started command speaks HTTP+SSE.
	SSE *SSE
	// Reach says how a Started command is reached at its URL.
	Reach Reach
}

// Command is a server that speaks on its standard input and output; each Dial
// starts it anew. The first word of argv is the program.
func Command(argv []string, opts CommandOptions) Target {
	opts.Limits = opts.Limits.orDefault()
	return &command{argv: argv, opts: opts}
}

type command struct {
	argv []string
	opts CommandOptions
	newest
}

// newest is the process of the newest Dial.
type newest struct {
	mu    sync.Mutex
	child *child
}

func (n *newest) set(c *child) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.child = c
}

// Sample measures the newest process and what it has started.
func (n *newest) Sample(ctx context.Context) (Sample, error) {
	n.mu.Lock()
	c := n.child
	n.mu.Unlock()
	if c == nil || c.gone() {
		return Sample{}, errNoProcess
	}
	return c.family(ctx).sample(ctx)
}

func (c *command) Kind() Kind { return Kind{Fresh: true} }

func (c *command) String() string {
	if c.opts.Name != "" {
		return c.opts.Name
	}
	return strings.Join(c.argv, " ")
}

// Dial starts the command.
func (c *command) Dial(ctx context.Context) (Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	stdin, in, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", c.argv[0], err)
	}
	out, stdout, err := os.Pipe()
	if err != nil {
		stdin.Close()
		in.Close()
		return nil, fmt.Errorf("start %s: %w", c.argv[0], err)
	}
	child, err := start(c.argv, c.opts, stdin, stdout)
	stdin.Close()
	stdout.Close()
	if err != nil {
		in.Close()
		out.Close()
		return nil, err
	}
	c.set(child)
	conn := &commandConn{stream: newStream(in, out, c.opts.Limits), child: child, out: out, limits: c.opts.Limits}
	go conn.untie()
	return conn, nil
}

// commandConn is a child's standard input and output.
type commandConn struct {
	*stream
	child  *child
	out    *os.File
	limits Limits
	mu     sync.Mutex
	held   bool
}

// untie ends the reading when the process is gone but something that it started
// still holds the pipe.
func (c *commandConn) untie() {
	<-c.child.done
	if !within(lastWords, c.ended) {
		c.mu.Lock()
		c.held = true
		c.mu.Unlock()
		c.out.Close()
	}
}

func (c *commandConn) Send(ctx context.Context, ms ...Message) ([]Sent, error) {
	return c.send(ctx, ms)
}

func (c *commandConn) Recv(ctx context.Context) (Frame, error) { return c.recv(ctx) }

func (c *commandConn) Peak(ctx context.Context) int64 {
	return c.child.family(ctx).peak(ctx)
}

func (c *commandConn) CPU(ctx context.Context) time.Duration {
	return c.child.family(ctx).cpu(ctx)
}

func (c *commandConn) Written() int64 { return c.written.Load() }

// Address is none: it has pipes.
func (c *commandConn) Address() string { return "" }
func (c *commandConn) Stderr() []byte  { return c.child.stderr.take() }

func (c *commandConn) State() State {
	s := State{Phase: Open}
	if c.over() {
		s.Phase, s.Torn = Closed, c.torn
	}
	if c.child.gone() {
		exit := c.child.exit
		s.Phase, s.Exit = Exited, &exit
		c.mu.Lock()
		s.HeldOpen = c.held
		c.mu.Unlock()
	}
	return s
}

func (c *commandConn) Close() ClosedReport {
	c.closeInput()
	report := c.child.stop(c.limits.CloseGrace, "eof")
	c.out.Close()
	return report
}

// Kill ends the process and all that it started.
func (c *commandConn) Kill() {
	killGroup(c.child.cmd.Process)
	c.Close()
}
