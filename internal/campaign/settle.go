package campaign

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// settle finds who is to blame for each suspect, makes their cases smaller, and
// confirms what is left of each alone: the grave ones first, then the others. Those
// that cost a deadline each time are confirmed meanwhile, and made smaller when all
// else is done. With the dealing it may take seven quarters of the time of the dealing,
// and an eighth of what is left behind that for making smaller what is not confirmed
// yet; what is not done by then is left unconfirmed, or as large as it was.
func (c *collector) settle(ctx context.Context) {
	shrinking := ctx
	if c.For > 0 {
		var cancel, stop context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, c.dealt.Add(c.For*7/4))
		defer cancel()
		shrinking, stop = context.WithDeadline(ctx, c.dealt.Add(c.For+c.For*3/32))
		defer stop()
	}
	c.blame(ctx)
	grave, quick, waiting := c.parted()
	waiting = c.excuse(ctx, waiting)
	confirm := func(p *player, s *suspect) { c.confirm(ctx, p, s) }
	c.both(func() {
		for _, list := range [][]*suspect{grave, quick} {
			c.each(list, busyFactor, func(p *player, s *suspect) { c.shrink(shrinking, p, s) })
			c.each(list, busyFactor, confirm)
		}
	}, func() { c.each(waiting, waitFactor, confirm) })
	c.dismiss()
	c.each(c.large(), waitFactor, func(p *player, s *suspect) { c.minimise(ctx, p, s) })
	c.each(c.worstFirst(), busyFactor, func(_ *player, s *suspect) { c.conclude(s) })
	for _, s := range c.worstFirst() {
		c.save(s)
	}
	c.converse(ctx)
}

// both does two things at once, or one after the other where all sessions are with one
// process: what ends it for one would be blamed on what another is waiting for.
func (c *collector) both(one, other func()) {
	if kind := c.Target.Kind(); kind.Exclusive || !kind.Fresh {
		one()
		other()
		return
	}
	var done sync.WaitGroup
	done.Go(one)
	done.Go(other)
	done.Wait()
}

// parted are the suspects, the grave ones apart, and those that cost a deadline each
// time: they mostly wait, and would hold up the others.
func (c *collector) parted() (grave, quick, waiting []*suspect) {
	for _, s := range c.worstFirst() {
		switch {
		case s.waits():
			waiting = append(waiting, s)
		case s.finding.Severity >= oracles.High:
			grave = append(grave, s)
		default:
			quick = append(quick, s)
		}
	}
	return grave, quick, waiting
}

func (s *suspect) waits() bool { return slow(s.first.seen) || s.missesAnswer() }

// large are the suspects whose cases nobody has tried to make smaller, or which turned
// out to need a history.
func (c *collector) large() []*suspect {
	return slices.DeleteFunc(c.worstFirst(), func(s *suspect) bool { return s.tried && !s.history })
}

// dismiss forgets the suspects that were none.
func (c *collector) dismiss() {
	c.order = slices.DeleteFunc(c.order, func(signature string) bool {
		return c.suspects[signature].confirmed == dismissed
	})
}

// worstFirst are the suspects by falling severity.
func (c *collector) worstFirst() []*suspect {
	var list []*suspect
	for _, signature := range c.order {
		list = append(list, c.suspects[signature])
	}
	slices.SortStableFunc(list, func(a, b *suspect) int { return cmp.Compare(b.finding.Severity, a.finding.Severity) })
	return list
}

// each does something for every suspect, so many at once as the factor says, with a player
// that those of one share.
func (c *collector) each(list []*suspect, factor int, do func(*player, *suspect)) {
	next := make(chan *suspect)
	var workers sync.WaitGroup
	for range c.atOnce(factor) {
		workers.Go(func() {
			p := &player{run: c.run}
			defer p.close()
			for s := range next {
				do(p, s)
			}
		})
	}
	for _, s := range list {
		next <- s
	}
	close(next)
	workers.Wait()
}
