package loadgen

import (
	"slices"
	"sync/atomic"
	"time"
)

// agent is a model that sends the next prompt when all calls of the last are answered.
type agent struct {
	*engine
	lanes []lane
	// fires is what the prompt fires.
	fires []int
	// left are the calls of the prompt that are not answered, served those of all prompts
	// that got what they should.
	left, served atomic.Int64
}

// agents starts so many.
func (e *engine) agents(n int) {
	e.under.Add(1) // so that none is the last before all have begun
	defer e.under.Done()
	all, served := make([]agent, n), make([]*atomic.Int64, n)
	for i := range all {
		all[i].engine = e
		served[i] = &all[i].served
	}
	e.mu.Lock()
	e.served = served
	e.mu.Unlock()
	for i := range all {
		all[i].next()
	}
}

// jain is how alike some counts are (Jain, Chiu, Hawe 1984); 0 where nothing was counted.
func jain(counts []*atomic.Int64) float64 {
	var sum, squares float64
	for _, c := range counts {
		n := float64(c.Load())
		sum += n
		squares += n * n
	}
	if squares == 0 {
		return 0
	}
	return sum * sum / (float64(len(counts)) * squares)
}

// refusedPause is how long an agent waits that could not connect.
const refusedPause = 20 * time.Millisecond

// caller is a lane of an agent, for one call after the other.
type caller struct {
	*agent
	// tries is how often the call was sent again, waits: it was told when to come.
	tries int
	waits bool
}

// free sends a call again that was not served, as models do, or takes part in the end of
// its prompt.
func (c *caller) free(l lane, f finished) {
	if c.waits && f.class != RejectClean && f.class != RejectBare {
		c.kept.Add(1)
	}
	c.waits = false
	if c.follow(l, f) || c.again(l, f) {
		return
	}
	c.tries = 0
	c.ended(f.class)
}

// unserved are the classes of calls that models send again.
var unserved = []Class{ToolError, RejectClean, RejectBare, RPCError, Timeout, Reset}

// again sends a call again, at once or when the server said to, and reports whether it
// does.
func (c *caller) again(l lane, f finished) bool {
	var wait time.Duration
	if c.patient {
		wait = f.after
	}
	switch {
	case c.tries >= c.retries || !slices.Contains(unserved, f.class):
		return false
	case c.now()+wait >= c.plan.For || c.over.Load() || c.fired.Add(1) > c.plan.MaxCalls:
		return false
	}
	c.tries++
	c.retried.Add(1)
	if c.waits = wait > 0; c.waits {
		c.waited.Add(1)
	}
	c.under.Add(1)
	go func() {
		defer c.under.Done()
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
			l.fire(shot{template: f.template, due: c.now()})
			c.flush()
		case <-c.ctx.Done(): // what was to be sent again is no call
		}
	}()
	return true
}

// follow sends what a model makes of a refusal or a failure where it is in a loop, and
// reports whether it is.
func (e *engine) follow(l lane, f finished) bool {
	next := e.work.templates[f.template].next
	switch {
	case next == 0, f.class != Denied && !slices.Contains(unserved, f.class):
		return false
	case e.now() >= e.plan.For || e.over.Load() || e.fired.Add(1) > e.plan.MaxCalls:
		return false
	}
	e.followed.Add(1)
	l.fire(shot{next, e.now(), f.talk})
	e.flush()
	return true
}

// ended takes part in the end of a prompt; the one who ends its last call starts the next.
func (a *agent) ended(c Class) {
	if c == OK || c == Denied {
		a.served.Add(1)
	}
	switch {
	case a.left.Add(-1) > 0:
	case c == Refused:
		a.pause(refusedPause)
	default:
		a.next()
	}
}

// pause starts the next prompt in a while.
func (a *agent) pause(d time.Duration) {
	a.under.Add(1)
	time.AfterFunc(d, func() {
		defer a.under.Done()
		a.next()
	})
}

// leastAhead is how far a closed load may be ahead of its highest rate.
const leastAhead = time.Millisecond

// ahead is how long it takes until no more was fired than may be in a second.
func (e *engine) ahead(now time.Duration) time.Duration {
	return time.Duration(float64(e.fired.Load())/e.maxRate*float64(time.Second)) - now
}

// next starts a prompt, unless the load is over or is to wait.
func (a *agent) next() {
	now := a.now()
	if now >= a.plan.For || a.over.Load() {
		return
	}
	if wait := a.ahead(now); wait > leastAhead {
		a.pause(min(wait, a.plan.For-now))
		return
	}
	number := uint64(a.prompts.Add(1) - 1)
	a.fires = a.plan.fires(number, a.work.right, a.fires[:0])
	n := len(a.fires)
	if a.fired.Add(int64(n)) > a.plan.MaxCalls {
		a.prompts.Add(-1)
		a.over.Store(true)
		return
	}
	for len(a.lanes) < n {
		a.lanes = append(a.lanes, a.open(false, (&caller{agent: a}).free))
	}
	a.left.Store(int64(n))
	for i, l := range a.lanes[:n] {
		l.fire(shot{template: a.fires[i], due: now})
	}
	a.flush()
}
