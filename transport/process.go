package transport

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"
)

// child is a process that we started, in a group of its own.
type child struct {
	cmd    *exec.Cmd
	stderr *ring
	// done is closed when the process was reaped; exit is set before.
	done       chan struct{}
	exit       Exit
	overMemory atomic.Bool
	stopping   sync.Once
	report     ClosedReport
}

// start runs a command with those files as its input and output; nil for none.
func start(argv []string, opts CommandOptions, stdin, stdout *os.File) (*child, error) {
	c := &child{cmd: exec.Command(argv[0], argv[1:]...), done: make(chan struct{})}
	c.stderr = &ring{keep: opts.Limits.Stderr}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", argv[0], err)
	}
	c.cmd.Env, c.cmd.Dir, c.cmd.Stderr = opts.Env, opts.Dir, w
	if stdin != nil {
		c.cmd.Stdin = stdin
	}
	if stdout != nil {
		c.cmd.Stdout = stdout
	} else {
		c.cmd.Stdout = w
	}
	ownGroup(c.cmd)
	err = c.cmd.Start()
	w.Close()
	if err != nil {
		r.Close()
		return nil, fmt.Errorf("start %s: %w", argv[0], err)
	}
	niceGroup(c.cmd.Process.Pid, opts.Nice)
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		c.stderr.drain(r)
	}()
	go c.reap(r, drained)
	if opts.Limits.TargetMemory > 0 {
		go c.watch(opts.Limits.TargetMemory)
	}
	return c, nil
}

// lastWords is how long what a process wrote before it ended may take to
// arrive, when something else still holds its pipes.
const lastWords = 200 * time.Millisecond

// reap waits for the process and for what it wrote last.
func (c *child) reap(stderr *os.File, drained chan struct{}) {
	defer close(c.done)
	defer stderr.Close()
	state, err := c.cmd.Process.Wait()
	within(lastWords, drained)
	c.exit = Exit{OverMemory: c.overMemory.Load(), Code: -1}
	if err == nil {
		c.exit.Code, c.exit.Signal = state.ExitCode(), signalOf(state)
	}
}

// gone reports whether the process was reaped.
func (c *child) gone() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// family is the process and what it has started.
func (c *child) family(ctx context.Context) family { return familyOf(ctx, c.cmd.Process.Pid) }

// watchEvery is how often the memory of a child is looked at; at the firstLook of those
// times, and each lookEvery behind it, it is seen what it has started, which takes longer.
const (
	watchEvery = 100 * time.Millisecond
	firstLook  = 2
	lookEvery  = 50
)

// watch ends the process when it, or one that it has started, uses too much memory.
func (c *child) watch(limit int64) {
	ctx := context.Background() // it ends with the process
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	all := alone(c.cmd.Process.Pid)
	for i := 0; ; i++ {
		select {
		case <-c.done:
			return
		case <-tick.C:
		}
		if i%lookEvery == firstLook {
			all = c.family(ctx)
		}
		if all.resident(ctx) > limit {
			c.overMemory.Store(true)
			killGroup(c.cmd.Process)
			return
		}
	}
}

// stop ends the process: it has grace to end by itself (its input was closed),
// again after being asked, and is then killed with its whole group.
func (c *child) stop(grace time.Duration, step string) ClosedReport {
	c.stopping.Do(func() {
		start := time.Now()
		if step == "" || !within(grace, c.done) {
			step = "term"
			termGroup(c.cmd.Process)
			if !within(grace, c.done) {
				step = "kill"
				killGroup(c.cmd.Process)
				<-c.done
			}
		}
		// What the process started may have outlived it.
		killGroup(c.cmd.Process)
		exit := c.exit
		c.report = ClosedReport{Took: time.Since(start), Step: step, Exit: &exit}
	})
	return c.report
}

var errNoProcess = errors.New("the target has no process that we started")

// within waits for done at most that long and reports whether it came.
func within(limit time.Duration, done <-chan struct{}) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}

// String tells how a process ended, for people.
func (e Exit) String() string {
	switch {
	case e.OverMemory:
		return "being stopped for using more memory than --max-target-memory"
	case e.Signal != "":
		return "signal " + e.Signal
	}
	return fmt.Sprintf("exit code %d", e.Code)
}
