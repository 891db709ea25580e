package campaign

import (
	"cmp"
	"context"
	"slices"
	"sync"
)

// settle finds who is to blame for each suspect, confirms all, worst first,
// and then makes what is confirmed smaller. With the dealing it may take seven
// quarters of the time of the dealing; what is not done by then is left
// unconfirmed, or as large as it was.
func (c *collector) settle(ctx context.Context) {
	if c.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, c.dealt.Add(c.For*7/4))
		defer cancel()
	}
	c.blame(ctx)
	list := c.worstFirst()
	c.each(list, func(_ *player, s *suspect) { c.confirm(ctx, s) })
	c.dismiss()
	list = c.worstFirst()
	c.each(list, func(p *player, s *suspect) { c.minimise(ctx, p, s) })
	c.each(list, func(_ *player, s *suspect) { c.conclude(s) })
	c.converse(ctx)
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

// each does something for every suspect, with a player that those of one worker
// share. Those that cost a deadline each time mostly wait, so they have a lane of
// their own and hold up no others.
func (c *collector) each(list []*suspect, do func(*player, *suspect)) {
	waits := func(s *suspect) bool { return slow(s.first.seen) || s.missesAnswer() }
	var lanes sync.WaitGroup
	lanes.Go(func() { c.lane(list, waitFactor, waits, do) })
	lanes.Go(func() { c.lane(list, busyFactor, func(s *suspect) bool { return !waits(s) }, do) })
	lanes.Wait()
}

// lane does something for every suspect that is in it, so many at once for each worker.
func (c *collector) lane(list []*suspect, factor int, in func(*suspect) bool, do func(*player, *suspect)) {
	next := make(chan *suspect)
	var workers sync.WaitGroup
	for range factor * c.Workers {
		workers.Go(func() {
			p := &player{run: c.run}
			defer p.close()
			for s := range next {
				do(p, s)
			}
		})
	}
	for _, s := range list {
		if in(s) {
			next <- s
		}
	}
	close(next)
	workers.Wait()
}
