package campaign

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// BlockSize is how many consecutive cases share a session. Blocks are the unit
// of dealing, so what is found does not depend on the number of workers.
const BlockSize = 64

// ErrNothingCallable says that no tool of the target may be called, and that it has
// nothing else to ask for; the Summary tells which were skipped and why.
var ErrNothingCallable = errors.New("no tool could be called")

// ErrTarget is wrapped by errors that say that the target could not be reached,
// or does not speak the protocol.
var ErrTarget = errors.New("the target cannot be tested")

// run is a campaign under way. Everything in it is frozen before the first
// block but what belongs to the collector.
type run struct {
	Config
	set     execute.Settings
	learned learned
	judge   *oracles.Context
	// eras are the revisions that are spoken, the one that was learnt in first.
	eras []era
	// slots bounds how many sessions exist at once.
	slots chan struct{}
	// heavy holds a place for each case that sends a great deal.
	heavy chan struct{}
}

// Run plays a campaign and returns its summary. The summary is valid, as far
// as the run came, also when an error is returned: ErrNothingCallable, an error
// of ours, or the context's when it was interrupted.
func Run(ctx context.Context, cfg Config) (record.Summary, error) {
	start := cfg.Now()
	r, err := prepare(ctx, cfg)
	if err == nil {
		err = r.plan()
	}
	c := newCollector(r, start)
	if beginErr := c.begin(); err == nil {
		err = beginErr
	}
	if err != nil {
		s := c.summary(cfg.Now().Sub(start))
		return s, errors.Join(err, c.end(s))
	}
	c.dealt = time.Now()
	err = r.deal(ctx, c)
	if err == nil {
		err = r.reset(ctx)
	}
	c.settle(ctx)
	c.revoke(ctx)
	c.unstarted()
	s := c.summary(cfg.Now().Sub(start))
	if logErr := c.end(s); err == nil {
		err = logErr
	}
	return s, err
}

// newRun settles what does not depend on the target's answers.
func newRun(cfg Config) *run {
	r := &run{Config: cfg}
	kind := cfg.Target.Kind()
	if r.Workers <= 0 {
		r.Workers = DefaultWorkers(kind)
	}
	if kind.Exclusive || r.Reset != nil {
		r.Workers = 1
	}
	r.slots = make(chan struct{}, r.atOnce(busyFactor)+r.atOnce(waitFactor))
	r.heavy = make(chan struct{}, heavies(r.Workers, kind))
	r.set = execute.Settings{Headers: cfg.Headers, Deadline: cfg.Deadline, IDs: new(execute.IDs), Identities: cfg.Identities}
	if r.Floor <= 0 {
		r.Floor = execute.DefaultDeadline
	}
	if r.set.Deadline <= 0 {
		// Who gives no deadline lets a server start as long as it needs.
		r.set.Deadline, r.set.Opening = r.Floor, r.Wait
	}
	r.set.Probe = min(r.set.Deadline, execute.DefaultProbe)
	return r
}

// The overtime of a case that decides whether an answer is late or lost, of one
// that does not, and of a trial: the native fuzzer ends an input that takes ten
// seconds.
const (
	overtime      = 5
	noOvertime    = 0
	trialOvertime = 2
)

// How many suspects are looked at at once for each worker: of those that keep it busy,
// and of those that mostly wait for a deadline.
const (
	busyFactor = 2
	waitFactor = 8
)

// atOnce is how many suspects are looked at at once, by the factor. Where each takes a
// process it is half of that, since DefaultWorkers has twice as many workers there: how
// much memory a server takes is not known.
func (r *run) atOnce(factor int) int {
	switch kind := r.Target.Kind(); {
	case kind.Exclusive:
		return 1
	case ownProcess(kind):
		return factor * r.Workers / 2
	}
	return factor * r.Workers
}

// heavies is how many cases that send a great deal are played at once: they keep a
// processor busy for as long as a deadline, and one more server would be taken for slow.
func heavies(workers int, kind transport.Kind) int {
	if !ownProcess(kind) {
		return 1
	}
	return min(workers, runtime.GOMAXPROCS(0))
}

// prepare connects, learns and freezes what every case depends on.
func prepare(ctx context.Context, cfg Config) (*run, error) {
	r := newRun(cfg)
	if err := r.learn(ctx); err != nil {
		return r, err
	}
	return r, r.nothing()
}

// nothing says why nothing may be called; nil where something may. That a server
// has other things to ask for is no answer where all its tools are left out.
func (r *run) nothing() error {
	c := r.learned.catalog
	switch {
	case len(r.learned.may) > 0:
		return nil
	case c.Len() > 0:
		return ErrNothingCallable
	case r.ToolsAlone || len(c.Prompts())+len(c.Resources()) == 0:
		return fmt.Errorf("%w: the server lists none", ErrNothingCallable)
	}
	return nil
}

// deal plays all blocks, Workers at a time, and hands them to the collector in
// their order.
func (r *run) deal(ctx context.Context, c *collector) error {
	dealing, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if r.For > 0 {
		timer := time.AfterFunc(r.For, func() { stop(errTimeUp) })
		defer timer.Stop()
	}
	blocks := make(chan int)
	done := make(chan block)
	var workers sync.WaitGroup
	for range r.Workers {
		workers.Go(func() {
			for b := range blocks {
				done <- r.play(dealing, b, c.note)
			}
		})
	}
	go func() {
		defer close(done)
		defer workers.Wait()
		defer close(blocks)
		for b := 0; b*BlockSize < r.Cases; b++ {
			select {
			case blocks <- b:
			case <-dealing.Done():
				return
			}
		}
	}()
	err := c.collect(done, func(err error) { stop(err) })
	c.stopped = reason(ctx, dealing, err)
	if err == nil {
		err = ctx.Err()
	}
	return err
}

// reset brings the data of the target back, if there is a way.
func (r *run) reset(ctx context.Context) error {
	if r.Reset == nil {
		return nil
	}
	if err := r.Reset(ctx); err != nil {
		return fmt.Errorf("%w: its data cannot be brought back: %w", ErrTarget, err)
	}
	return nil
}

// errTimeUp ends the dealing when the run's time is used up.
var errTimeUp = errors.New("time is up")

// reason says why a run ended before its cases were done.
func reason(ctx, dealing context.Context, err error) string {
	switch {
	case ctx.Err() != nil:
		return "interrupted"
	case err != nil:
		return err.Error()
	case errors.Is(context.Cause(dealing), errTimeUp):
		return "the time given by --for was used up"
	}
	return ""
}

// acquire takes the right to hold a session.
func (r *run) acquire(ctx context.Context) error {
	select {
	case r.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (r *run) release() { <-r.slots }

// dial opens a session in a revision, on a target that may need some time to come
// back.
func (r *run) dial(ctx context.Context, rev protocol.Revision, bare bool) (*execute.Session, error) {
	set, open := r.set, execute.Dial
	set.Revision = rev
	if bare {
		open = execute.DialBare
	}
	deadline := time.Now().Add(r.Wait)
	for {
		s, err := open(ctx, r.Target, set)
		switch {
		case err == nil:
			return s, nil
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case time.Now().After(deadline) || !transport.IsRefused(err):
			return nil, fmt.Errorf("%w: %w", ErrTarget, err)
		}
		select {
		case <-time.After(redialPause):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// redialPause is how long a target that refused is left alone.
const redialPause = 200 * time.Millisecond
