package limits

import (
	"context"
	"math"
	"time"
)

// How long a rate is measured: until so many calls were served, or so long.
const (
	enoughServed = 100
	enoughTime   = 30 * time.Second
)

// row is calls one after the other, until one was refused or they were enough.
type row struct {
	served int
	// first and last are those that were served, the quickest of which took that long.
	first, last reply
	quickest    time.Duration
	// refusal is the first one. Without one, whole rows are those that were enough.
	refusal reply
	whole   bool
}

func (r row) refused() bool { return r.refusal.refused() }

// enoughPart is which part of all calls is let through where there is no limit.
const enoughPart = 2

// until calls again and again until a call is refused, at most so often or so long. Who
// says who calls each time.
func (p *prober) until(ctx context.Context, most int, who func(i int) *caller) (row, error) {
	var r row
	began := p.Budget.now()
	for i := range most {
		if p.Budget.now().Sub(began) > enoughTime {
			break
		}
		reply, err := who(i).call(ctx)
		if err != nil {
			return r, err
		}
		if reply.manner != served {
			r.refusal, r.whole = reply, true
			return r, nil
		}
		if r.served == 0 {
			r.first, r.quickest = reply, reply.took()
		}
		r.served, r.last, r.quickest = r.served+1, reply, min(r.quickest, reply.took())
	}
	r.whole = true
	return r, nil
}

// drain calls until a call is refused.
func (c *caller) drain(ctx context.Context) (row, error) {
	return c.until(ctx, c.enough, func(int) *caller { return c })
}

// bounds are the fewest and the most that something may be.
type bounds struct{ least, most int }

// both is what two say of the same thing; false where they say otherwise.
func (b bounds) both(c bounds) (bounds, bool) {
	in := bounds{max(b.least, c.least), min(b.most, c.most)}
	return in, in.least <= in.most
}

// work is how much longer at least the calls that were served took than the one that was
// refused: a call is counted before it is worked on.
func (r row) work() time.Duration { return max(r.quickest-r.refusal.took(), 0) }

// burst is how many calls a limit lets through at once that let through those of a row and
// refused the next, while it came to allow more: it counted each at some time between when
// it was sent and when it was answered.
func (r row) burst(p pace) bounds {
	if p.windowed {
		return bounds{r.served, r.served}
	}
	longest := (r.last.came.Sub(r.first.began) - r.work()).Seconds()
	shortest := (r.refusal.began.Sub(r.first.came) + r.work()).Seconds()
	const rounding = 1e-6
	least := float64(r.served) - p.perSecond*(1+p.blur)*longest
	beyond := float64(r.served+1) - p.perSecond*(1-p.blur)*shortest
	b := bounds{least: max(int(math.Ceil(least-rounding)), 1)}
	b.most = max(min(int(math.Ceil(beyond+rounding))-1, r.served), b.least)
	return b
}

// run is calls that were let through one after the other, since one was refused.
type run struct {
	start  time.Time
	served int
	// late is how much later it may have started than the limit allowed it.
	late time.Duration
}

// pace is what a limit lets through in the long run.
type pace struct {
	perSecond float64
	// blur is by which part of it that may be wrong.
	blur float64
	// served calls took so long. gap is the longest time in which there were none.
	served int
	took   time.Duration
	gap    time.Duration
	// most is how many were let through one after the other.
	most int
	// windowed: it lets several through and then none, in turn.
	windowed bool
}

// pace measures a limit that was just reached. Calls are made all the time: runs of them
// begin when the limit allows more, so that whole runs, from the start of the first to
// that of the last, took as long as the limit needs for them.
func (c *caller) pace(ctx context.Context) (pace, error) {
	var runs []run
	began := c.Budget.now()
	refused := began
	poll := poller{since: began, limited: true, least: time.Duration(float64(time.Second) / c.Budget.perSecond)}
	for paceOf(runs).served < enoughServed && c.watches(c.Budget.now().Sub(began), len(runs), poll.gap) {
		reply, err := c.call(ctx)
		if err != nil {
			return paceOf(runs), err
		}
		if reply.manner != served {
			refused = reply.began
			if err := c.Budget.wait(ctx, poll.refused(reply.sent)); err != nil {
				return paceOf(runs), err
			}
			continue
		}
		if poll.served(reply.sent) {
			runs = append(runs, run{start: reply.sent, late: reply.came.Sub(refused) - c.first.work()})
		}
		runs[len(runs)-1].served++
	}
	return paceOf(runs), nil
}

// watches reports whether a limit is watched on that long after it was met: longer where
// that is of windows which are long.
func (p *prober) watches(elapsed time.Duration, runs int, gap time.Duration) bool {
	return elapsed < enoughTime+gap || runs < 2 && elapsed < time.Duration(runs+1)*p.Patience
}

// A window lets through so many calls in a run, and lasts longer than it takes to ask
// twice.
const (
	manyInRun   = 2
	shortWindow = 500 * time.Millisecond
)

// paceOf is the pace that runs show.
func paceOf(runs []run) pace {
	var p pace
	if len(runs) < 2 {
		return p
	}
	for i, r := range runs[1:] {
		p.served += runs[i].served
		p.gap, p.most = max(p.gap, r.start.Sub(runs[i].start)), max(p.most, runs[i].served)
	}
	p.windowed = p.served >= manyInRun*(len(runs)-1) && p.gap > shortWindow
	first, last := runs[0], runs[len(runs)-1]
	p.took = last.start.Sub(first.start)
	p.perSecond = float64(p.served) / p.took.Seconds()
	p.blur = max(first.late, last.late).Seconds() / p.took.Seconds()
	return p
}

// poller decides when to ask again: soon behind a call that was served, else seldom until
// the limit may allow more again, and then often. So a run is seen to begin within a
// twentieth of the time between two of them.
type poller struct {
	// since is when the last call was served, gap the time until the next was, once.
	since time.Time
	gap   time.Duration
	// limited: the last call was refused.
	limited bool
	least   time.Duration
}

const (
	// The gap is waited for that far at once, and then looked at so often.
	mostOfGap = 0.95
	looks     = 20
)

// refused tells how long to wait behind a call that was refused then.
func (p *poller) refused(at time.Time) time.Duration {
	first := !p.limited
	p.limited = true
	gone := at.Sub(p.since)
	wait := gone / looks
	switch {
	case p.gap > 0 && first:
		wait = time.Duration(mostOfGap*float64(p.gap)) - gone
	case p.gap > 0:
		wait = p.gap / looks
	}
	return max(wait-p.least, 0)
}

// served takes note of a call that was served then, and reports whether it begins a run.
func (p *poller) served(at time.Time) bool {
	begins := p.limited
	if begins {
		p.gap = at.Sub(p.since)
	}
	p.since, p.limited = at, false
	return begins
}
