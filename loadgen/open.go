package loadgen

import (
	"context"
	"sync"
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
		if !until(ctx, p.start.Add(due)) || p.over.Load() || p.fired.Add(int64(len(fires))) > p.plan.MaxCalls {
			return
		}
		for _, template := range fires {
			l := p.take(due + p.limits.timeout)
			switch {
			case l != nil:
				l.fire(template, due)
			case p.over.Load():
				return
			default:
				p.count(0, template, due, 0, due+p.limits.timeout, verdict{outcome: oracles.Unsent})
			}
		}
		p.flush()
		p.prompts.Add(1)
	}
}
