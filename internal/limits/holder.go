package limits

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// holder is a client that holds connections open, all of one session, each of which has
// served a request.
type holder struct {
	*caller
	from netip.Addr
	// step is what is asked on each, which the quota lets through.
	step  scenarios.Step
	quota *quota
	// most are held at once.
	most int
	held []*caller
	// other is one at another address, nil where there is none.
	other *holder
	// waited: one that was left without an answer was served when another was closed.
	waited bool
	// cannot is why nothing can be told.
	cannot string
}

// holder readies the usual client, and one at another address, and closes all connections
// that were used so far: they count, too. It asks for signs of life where they are served;
// one that a limit of calls is not for may be asked for as often as it takes.
func (p *prober) holder(ctx context.Context, base *caller, most int) (*holder, error) {
	if err := p.settle(ctx); err != nil {
		return nil, err
	}
	h := &holder{caller: base, from: p.base.from, step: base.sign(), most: most, quota: &quota{prober: p, free: p.pinged == escapes}}
	replies, err := base.ask(ctx, h.step)
	if err != nil {
		return nil, err
	}
	if replies[0].manner != served {
		h.step, h.quota.free = base.Call, false
	}
	if h.other, err = p.elsewhere(ctx, *h); err != nil {
		return nil, err
	}
	return h, p.dropIdle(ctx)
}

// elsewhere is the same at another address, nil where that is not served.
func (p *prober) elsewhere(ctx context.Context, h holder) (*holder, error) {
	if len(p.Addresses) < 2 {
		return nil, nil
	}
	h.from = p.address(1)
	var err error
	if h.caller, err = p.open(ctx, client{p.base.as, h.from}); err != nil {
		return nil, p.unless(ctx, err)
	}
	if err := h.quota.take(ctx, 1); err != nil {
		return nil, err
	}
	replies, err := h.ask(ctx, h.step)
	if err != nil || replies[0].manner != served {
		return nil, err
	}
	return &h, nil
}

// dropIdle closes all connections on which nothing is under way, and lets the server notice.
func (p *prober) dropIdle(ctx context.Context) error {
	if err := p.Budget.wait(ctx, breath); err != nil {
		return err
	}
	for _, s := range p.opened {
		s.Conn().DropIdle()
	}
	return p.Budget.wait(ctx, breath)
}

// another asks on a connection more, which is closed where that is not served.
func (h *holder) another(ctx context.Context) (*caller, reply, error) {
	session, err := h.session.Beside(ctx, h.Lone(h.from))
	if err != nil {
		return nil, reply{}, err
	}
	c := &caller{h.prober, session}
	r, err := h.on(ctx, c)
	if err != nil || r.manner != served {
		session.Kill()
	}
	return c, r, err
}

// on asks on a connection.
func (h *holder) on(ctx context.Context, c *caller) (reply, error) {
	if err := h.quota.take(ctx, 1); err != nil {
		return reply{}, err
	}
	replies, err := c.ask(ctx, h.step)
	if err != nil {
		return reply{}, err
	}
	return replies[0], nil
}

// So often in a row one more is refused until it counts: a server may be late to notice that
// others were closed. One without an answer has had its time.
const (
	refusedHeld = 4
	silentHeld  = 2
)

// fill opens connections until so many are held, or one more is refused each time: then it
// tells how.
func (h *holder) fill(ctx context.Context, most int) (reply, error) {
	for times := 0; len(h.held) < most; {
		c, r, err := h.another(ctx)
		switch {
		case err != nil:
			return r, err
		case r.manner == served:
			h.held, times = append(h.held, c), 0
			continue
		case isOurs(r.lost):
			h.cannot = "no more connections could be opened here: " + r.lost.Error()
			return r, nil
		}
		if times++; times == refusedHeld || times == silentHeld && r.silent {
			return r, nil
		}
		if err := h.Budget.wait(ctx, breath<<times); err != nil {
			return r, err
		}
	}
	return reply{}, nil
}

// isOurs reports whether a connection could not be made for a reason of this machine.
func isOurs(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial" && !op.Timeout() && !transport.IsRefused(err) && !transport.IsReset(err)
}

// dead asks on all that are held, and tells which are not served; a few that give no answer
// in time are enough.
func (h *holder) dead(ctx context.Context) (list []int, err error) {
	silent := 0
	for i, c := range h.held {
		r, err := h.on(ctx, c)
		if err != nil {
			return nil, err
		}
		if r.manner != served {
			list = append(list, i)
		}
		if r.silent {
			silent++
		}
		if silent == silentHeld {
			h.cannot = "connections that were held gave no answer any more"
			break
		}
	}
	return list, nil
}

// lost are those that the server has closed, which are held no longer.
func (h *holder) lost(ctx context.Context) ([]int, error) {
	if err := h.Budget.wait(ctx, breath); err != nil {
		return nil, err
	}
	list, err := h.dead(ctx)
	for _, i := range slices.Backward(list) {
		h.drop(i)
	}
	return list, err
}

// drop closes one of them.
func (h *holder) drop(i int) {
	h.held[i].session.Kill()
	h.held = slices.Delete(h.held, i, i+1)
}

// release closes all, those at the other address, too.
func (h *holder) release() {
	for _, c := range h.held {
		c.session.Kill()
	}
	h.held = nil
	if h.other != nil {
		h.other.release()
	}
}

// quota are calls that the limit which was met lets through, until it is left alone again.
type quota struct {
	*prober
	left int
	// free: the limit is not for what is asked.
	free bool
}

// take waits until so many are let through.
func (q *quota) take(ctx context.Context, n int) error {
	if q.free || !q.limit.met() {
		return nil
	}
	if q.left < n {
		if err := q.settle(ctx); err != nil {
			return err
		}
		q.left = q.limit.least
	}
	q.left -= n
	return nil
}
