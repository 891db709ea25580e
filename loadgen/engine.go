package loadgen

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// engine is what all lanes of one load share. Times are since the load began.
type engine struct {
	work    workload
	plan    Schedule
	limits  limits
	board   *board
	problem problem
	// newLane makes a lane, which tells free when its call has ended. One that is warm is
	// connected.
	newLane func(number int, warm bool, free func(lane, finished)) lane
	// ctx ends with the load.
	ctx context.Context
	// flush sends what was fired, where that is not sent at once.
	flush func()
	// held tells when writes had to wait for the server; nil where calls are not written to a
	// stream that they share.
	held *held
	// told is the Each of the Config.
	told func(Ended)
	// digest names what was sent; it is for those who make a Result, one after the other.
	digest *digester

	start time.Time
	// ids, prompts and fired count what was given out: fired are calls.
	ids            *atomic.Int64
	prompts, fired atomic.Int64
	// maxRate is how many calls a second a closed load sends at most.
	maxRate float64
	// strays are messages that answer no call under way.
	strays atomic.Int64
	// retries and patient are those of the Config; retried, waited and kept those of the
	// Result.
	retries               int
	patient               bool
	retried, waited, kept atomic.Int64
	// unjudged: see Unjudged.
	unjudged bool
	// followed and followUps are those of the Result.
	followed, followUps atomic.Int64
	// under are the calls under way, running what serves the lanes.
	under, running sync.WaitGroup
	// over is set when no more calls are to be sent.
	over atomic.Bool

	mu    sync.Mutex
	lanes []lane
	// served are the calls of each agent that got what they should.
	served []*atomic.Int64
}

// lane carries one call at a time.
type lane interface {
	// fire sends a call. The lane must be free.
	fire(shot)
	// check gives up the call where it is too late for it.
	check(now time.Duration)
	// close ends the lane; a call that is under way is not counted.
	close()
}

func (e *engine) now() time.Duration { return time.Since(e.start) }

// open adds a lane.
func (e *engine) open(warm bool, free func(lane, finished)) lane {
	e.mu.Lock()
	defer e.mu.Unlock()
	l := e.newLane(len(e.lanes), warm, free)
	e.lanes = append(e.lanes, l)
	return l
}

// each does something with all lanes that there are by now.
func (e *engine) each(do func(lane)) {
	e.mu.Lock()
	lanes := e.lanes[:len(e.lanes):len(e.lanes)] // others may only be added
	e.mu.Unlock()
	for _, l := range lanes {
		do(l)
	}
}

// stop ends the load at once.
func (e *engine) stop() {
	e.over.Store(true)
	e.each(lane.close)
}

// The time between two looks for calls that are too late is a share of the timeout.
const (
	looksPerTimeout = 50
	shortestLook    = time.Millisecond
	longestLook     = 50 * time.Millisecond
)

// watch gives up calls that are too late until the context ends, and then ends the
// load.
func (e *engine) watch(ctx context.Context, also func()) {
	tick := time.NewTicker(min(max(e.limits.timeout/looksPerTimeout, shortestLook), longestLook))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			e.stop()
			also()
			return
		case <-tick.C:
			now := e.now()
			e.each(func(l lane) { l.check(now) })
			also()
		}
	}
}

// shot is a call that is sent: which of the workload, when it is due, and the talk that its
// prompt is part of, nil for none.
type shot struct {
	template int
	due      time.Duration
	talk     *talk
}

// finished is what those learn who wait for a lane: the call that ended on it, and how.
// After is when the server says to come again.
type finished struct {
	shot
	class Class
	after time.Duration
}

// count counts a call that has ended: v tells how, at which time.
func (e *engine) count(worker int, s shot, sent, done time.Duration, v verdict) finished {
	t, class := &e.work.templates[s.template], v.class(done-s.due, e.limits)
	done = min(done, s.due+e.limits.timeout)
	sent = e.held.sent(s.due, sent)
	e.board.add(worker, ended{
		tool: t.tool, kind: t.kind, due: s.due, sent: sent, done: done, outcome: v.outcome, class: class,
	})
	if e.told != nil {
		e.told(Ended{Began: e.start, Due: s.due, Sent: sent, Done: done, Class: class, Status: v.code(), Out: int64(t.body), In: v.size})
	}
	return finished{s, class, v.after}
}

// tell tells once a second how the load stands, until the context ends.
func (e *engine) tell(ctx context.Context, cfg Config) {
	if cfg.Progress == nil && cfg.Snapshot == nil {
		return
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			r := Result{Tally: e.board.total(), Took: e.now()}
			if cfg.Snapshot != nil {
				r = e.result(r.Took)
			}
			if cfg.Progress != nil {
				cfg.Progress(Progress{For: r.Took, Calls: r.Calls(), OK: r.Classes[OK] + r.Classes[Denied], P99: r.Response.At(99)})
			}
			if cfg.Snapshot != nil {
				cfg.Snapshot(r)
			}
		}
	}
}
