package limits

import (
	"context"
	"fmt"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// The names of the layers.
const (
	perKey     = "key"
	perAddress = "address"
	inFlight   = "in flight"
	connected  = "connections"
	// perClient is that of a server over standard input, which has one.
	perClient = "client"
)

// whose says for what the limit that was met counts, as far as the looks tell.
func (p *prober) whose() string {
	key, address := p.seen[lookKey], p.seen[lookAddress]
	switch {
	case !p.limit.met():
		return ""
	case !p.http():
		return perClient
	case p.seen[lookSession] == escapes:
		return "session"
	case key == escapes && address == escapes:
		return "key and address"
	case key == escapes && address == shares:
		return perKey
	case address == escapes:
		return perAddress
	case p.seen[lookOther] == shares, address == shares && p.keys() == 0:
		return "all clients"
	}
	return ""
}

// most is how many clients call in turn at most.
const most = 8

// hidden looks for the layer behind the limit that was met, by many clients that each
// stay below that: other keys from one address, or one key from other addresses.
func (p *prober) hidden(ctx context.Context, _ *caller) error {
	var clients []client
	layer := perAddress
	switch p.whose() {
	case perKey, "key and address":
		for i := range min(p.keys(), most) {
			clients = append(clients, client{p.key(i), p.base.from})
		}
	case perAddress:
		layer = perKey
		for i := range min(len(p.Addresses), most) {
			clients = append(clients, client{p.base.as, p.address(i)})
		}
	}
	if len(clients) < 2 || p.limit.least < 2 || !p.settles() || layer == perKey && p.keys() == 0 {
		return nil
	}
	return p.inTurn(ctx, layer, clients)
}

// inTurn has clients call in turn, each one time less than the limit that was met lets it.
func (p *prober) inTurn(ctx context.Context, layer string, clients []client) error {
	var callers []*caller
	for _, c := range clients {
		caller, err := p.open(ctx, c)
		if err != nil {
			return p.unless(ctx, err)
		}
		callers = append(callers, caller)
	}
	if err := p.settle(ctx); err != nil {
		return err
	}
	each := p.limit.least - 1
	r, err := p.until(ctx, each*len(callers), func(i int) *caller { return callers[i%len(callers)] })
	if err != nil {
		return err
	}
	found := record.Layer{Name: layer, State: record.LayerNone, Calls: r.served, Why: fmt.Sprintf("%d clients in turn, %d calls each", len(callers), each)}
	if r.refused() {
		found.State, found.AtMost = record.LayerLimited, true
		found.Why = fmt.Sprintf("%d clients in turn, none of which made more than %d calls", len(callers), each)
	}
	p.second[layer] = found
	return nil
}
