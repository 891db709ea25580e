package limits

import (
	"context"
	"fmt"
	"math"
	"net/netip"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// found is what came of a look.
type found string

// What may come of one: not tried; the limit holds there, too; it does not; or neither
// can be told.
const (
	notTried found = ""
	shares   found = "limited, too"
	escapes  found = "not limited"
	untold   found = "not told apart"
)

// look is another client, or the same in another guise, that calls while the usual one
// is limited.
type look struct {
	name, doc string
	// who is that client; false where there is none.
	who func(p *prober) (client, bool)
	// guise are more headers of its nth call.
	guise func(n int) []string
}

// The names of the looks that something is concluded from.
const (
	lookSession = "session"
	lookKey     = "key"
	lookAddress = "address"
	lookOther   = "other"
	lookGuise   = "guise"
)

func lookRows() []look {
	return []look{
		{lookSession, "the same client in another session, on another connection", func(p *prober) (client, bool) {
			return client{as: p.base.as, from: p.base.from}, true
		}, plain},
		{lookKey, "another key from the same address", func(p *prober) (client, bool) {
			return client{p.key(1), p.base.from}, p.keys() > 1
		}, plain},
		{lookAddress, "the same key, if any, from another address", func(p *prober) (client, bool) {
			return client{p.base.as, p.address(1)}, len(p.Addresses) > 1
		}, plain},
		{lookOther, "another key from another address", func(p *prober) (client, bool) {
			return client{p.key(1), p.address(1)}, p.keys() > 1 && len(p.Addresses) > 1
		}, plain},
		{lookGuise, "the same client, which says that it forwards for another address each time", func(p *prober) (client, bool) {
			return p.base, true
		}, forwarded},
	}
}

func plain(int) []string { return nil }

// forwarded are the headers by which a proxy tells for whom it calls, of addresses that
// nobody has (RFC 5737).
func forwarded(n int) []string {
	address := fmt.Sprintf("203.0.113.%d", n%254+1)
	return []string{"X-Forwarded-For: " + address, "Forwarded: for=" + address, "X-Real-IP: " + address}
}

// looker is a client that takes a look.
type looker struct {
	look
	*caller
}

// looks has all of them call while the usual client is limited. They were served before.
func (p *prober) looks(ctx context.Context, base *caller) error {
	few := p.few()
	if !p.http() || few > p.limit.least {
		return nil // each client has a process of its own, or comes too slowly
	}
	lookers, err := p.lookers(ctx, base)
	if err == nil && manyLooks*(few+1) > p.limit.least {
		err = p.settle(ctx)
	}
	if err != nil {
		return err
	}
	for _, l := range lookers {
		what := p.seen[l.name]
		if what == notTried {
			if what, err = p.tried(ctx, base, l, few); err != nil {
				return err
			}
		}
		p.seen[l.name] = what
		p.told = append(p.told, record.Look{Name: l.name, Doc: l.doc, Found: string(what)})
	}
	return nil
}

// manyLooks is how many looks are taken by one key, or from one address, that is not the
// usual one.
const manyLooks = 2

// lookers are those that there are. Of who is not served while nobody is limited nothing
// can be told.
func (p *prober) lookers(ctx context.Context, base *caller) (list []looker, err error) {
	if err := p.settle(ctx); err != nil {
		return nil, err
	}
	for _, l := range lookRows() {
		who, there := l.who(p)
		if !there {
			continue
		}
		c := base
		if l.name != lookGuise {
			c, err = p.open(ctx, who)
		}
		if err = p.unless(ctx, err); err != nil {
			return nil, err
		}
		if p.seen[l.name], err = p.introduced(ctx, c, l); err != nil {
			return nil, err
		}
		list = append(list, looker{l, c})
	}
	return list, nil
}

// introduced has a client call for the first time.
func (p *prober) introduced(ctx context.Context, c *caller, l look) (found, error) {
	if c == nil {
		return untold, nil
	}
	first, err := c.call(ctx, l.guise(0)...)
	switch {
	case err != nil:
		return notTried, err
	case !p.settles() && first.manner == p.refusal() && first.IsBusy():
		return shares, nil // nothing was let through since the limit was met
	case first.manner != served:
		return untold, nil
	}
	return notTried, nil
}

// tried compares a client with the usual one until that can be told, by the more calls the
// more the limit came to allow meanwhile.
func (p *prober) tried(ctx context.Context, base *caller, l looker, few int) (what found, err error) {
	what = untold
	for n := 0; what == untold && n < lookTries; n++ {
		if what, err = p.compare(ctx, base, l.caller, min(few<<n, p.limit.least), l.guise); err != nil {
			return notTried, err
		}
		if n == 0 && what != untold {
			break // the next one finds as much as this one did
		}
		if err := p.settle(ctx); err != nil {
			return what, err
		}
	}
	return what, nil
}

// lookTries is how often clients are compared.
const lookTries = 4

// compare has one client call when the other was just refused: it escapes the limit where
// more was let through than that came to allow in the time, by a rate that may be a tenth more
// than was measured. What a limit allows at a time it may have come to allow meanwhile, unless
// the other is still refused.
func (p *prober) compare(ctx context.Context, base, other *caller, few int, guise func(int) []string) (found, error) {
	before, err := base.drain(ctx)
	if err != nil {
		return notTried, err
	}
	n, last, err := other.few(ctx, few, guise)
	if err != nil {
		return notTried, err
	}
	after, err := base.call(ctx)
	allowed := 1
	if after.manner == served {
		allowed = p.limit.pace.most
	}
	switch {
	case err != nil:
		return notTried, err
	case !before.refused(), allowed == 0:
		return untold, nil
	case float64(n) > float64(allowed)+1.1*p.limit.pace.perSecond*after.came.Sub(before.refusal.began).Seconds():
		return escapes, nil
	case n < few && last.manner == before.refusal.manner:
		return shares, nil
	}
	return untold, nil
}

// few is how many calls are more than a shared limit comes to allow while they are made,
// with one before and one after them, where they are made as fast as they may be.
func (p *prober) few() int {
	part := p.limit.pace.perSecond / p.Budget.perSecond
	if part >= 1 {
		return math.MaxInt
	}
	return int((1+2*part)/(1-part)) + 1
}

// few calls so often, or until it is refused, and tells how often it was served and what
// came last.
func (c *caller) few(ctx context.Context, most int, guise func(int) []string) (n int, last reply, err error) {
	for n < most {
		if last, err = c.call(ctx, guise(n)...); err != nil || last.manner != served {
			return n, last, err
		}
		n++
	}
	return n, last, nil
}

// alive asks, while a client is limited, for a sign of life and for a session.
func (p *prober) alive(ctx context.Context, base *caller) error {
	if r, err := base.drain(ctx); err != nil || !r.refused() {
		return err
	}
	replies, err := base.ask(ctx, base.sign())
	if err != nil {
		return err
	}
	p.pinged = word(replies[0].manner)
	p.told = append(p.told, record.Look{Name: "life", Doc: "a sign of life of the client that is limited", Found: string(p.pinged)})
	if p.Sessions.Revision.Stateless {
		return nil
	}
	_, err = p.open(ctx, p.base)
	opened := escapes
	if err != nil {
		opened = shares
	}
	p.told = append(p.told, record.Look{Name: "opening", Doc: "a new session of the client that is limited", Found: string(opened)})
	return p.unless(ctx, err)
}

// sign asks for a sign of life.
func (p *prober) sign() scenarios.Step { return scenarios.Request{Method: p.Sessions.Revision.Probe} }

func word(m manner) found {
	if m == served {
		return escapes
	}
	return shares
}

// http reports whether requests have headers.
func (p *prober) http() bool { return p.Target(p.base.from).Kind().HTTP }

// keys is how many clients with keys there are, key the name of one of them: "" for the
// first, which is used by default.
func (p *prober) keys() int { return p.Sessions.Identities.Len() }

func (p *prober) key(i int) string {
	if i == 0 || i >= p.keys() {
		return ""
	}
	return p.Sessions.Identities.Names()[i]
}

// address is one of those that clients may come from; the zero one where there are none.
func (p *prober) address(i int) (a netip.Addr) {
	if i < len(p.Addresses) {
		a = p.Addresses[i]
	}
	return a
}
