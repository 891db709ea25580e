package loadgen

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// pool is the lanes of an open load: the one that was used last is used first, and more
// are opened when all are taken, up to a bound.
type pool struct {
	*engine
	most int

	mu     sync.Mutex
	freed  *sync.Cond
	idle   []lane
	opened int
}

func newPool(e *engine, most int) *pool {
	p := &pool{engine: e, most: most}
	p.freed = sync.NewCond(&p.mu)
	return p
}

// warm opens so many lanes that are connected.
func (p *pool) warm(n int) {
	for p.opened < min(n, p.most) {
		p.opened++
		p.idle = append(p.idle, p.open(true, p.free))
	}
}

func (p *pool) free(l lane, f finished) {
	if p.follow(l, f) {
		return
	}
	p.put(l)
	p.ended(f.talk)
}

func (p *pool) put(l lane) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, l)
	p.freed.Signal()
}

// wake lets those who wait for a lane see whether it is too late for that.
func (p *pool) wake() { p.freed.Broadcast() }

// take waits for a lane, until then at most. It returns nil if there was none in time, or
// the load is over.
func (p *pool) take(until time.Duration) lane {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.idle) == 0 {
		if p.opened < p.most {
			p.opened++
			return p.open(false, p.free)
		}
		if p.over.Load() || p.now() > until {
			return nil
		}
		p.flush()
		p.freed.Wait()
	}
	if p.now() > until {
		return nil
	}
	l := p.idle[len(p.idle)-1]
	p.idle = p.idle[:len(p.idle)-1]
	return l
}

// run starts the prompts of the schedule when they are due, counted from when the load
// began. It keeps the goroutine's thread.
func (p *pool) run(ctx context.Context, began time.Duration) {
	fine()
	var fires []int
	for prompt := range p.plan.Prompts() {
		fires = p.plan.fires(prompt.Number, p.work.right, fires[:0])
		due := began + prompt.At
		if !until(ctx, p.start.Add(due)) || p.over.Load() || !p.send(fires, due, p.talkOf(prompt.Number)) {
			return
		}
		p.prompts.Add(1)
	}
}

// send fires the calls of a prompt, and reports false where the load is over.
func (p *pool) send(fires []int, due time.Duration, t *talk) bool {
	if p.fired.Add(int64(len(fires))) > p.plan.MaxCalls {
		return false
	}
	if t != nil {
		t.left.Store(int64(len(fires)))
	}
	for _, template := range fires {
		s := shot{template, due, t}
		l := p.take(due + p.limits.timeout)
		switch {
		case l != nil:
			l.fire(s)
		case p.over.Load():
			return false
		default:
			p.count(0, s, 0, due+p.limits.timeout, verdict{outcome: oracles.Unsent})
			p.ended(t)
		}
	}
	p.flush()
	return true
}

// talk is a prompt whose answers others follow, one after the other.
type talk struct {
	number uint64
	// round counts the prompts that followed, of as many as there are to be; left are the calls
	// of the last that have not ended.
	round, rounds int
	left          atomic.Int64
}

// talkOf is the talk that a prompt begins; nil where none follows it.
func (p *pool) talkOf(number uint64) *talk {
	if rounds := p.plan.rounds(number); rounds > 0 {
		return &talk{number: number, rounds: rounds}
	}
	return nil
}

// ended takes part in the end of a prompt; the one who ends its last call starts what follows.
func (p *pool) ended(t *talk) {
	if t == nil || t.left.Add(-1) > 0 || t.round == t.rounds {
		return
	}
	t.round++
	p.under.Add(1)
	go func() { // it may have to wait for lanes, which whoever ends a call must not
		defer p.under.Done()
		now := p.now()
		if now >= p.plan.For || p.over.Load() {
			return
		}
		if p.send(p.plan.fires(t.number+uint64(t.round)*roundStep, p.work.right, nil), now, t) {
			p.followUps.Add(1)
		}
	}()
}
