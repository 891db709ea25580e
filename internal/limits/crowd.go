package limits

import (
	"context"
	"fmt"
	"net"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// crowd is what became of a client while another held connections open and said nothing.
type crowd struct {
	// held is how many there were.
	held int
	// out: the client was not served then, and was before and afterwards.
	out bool
}

// manyConnections is how many are held.
const manyConnections = 64

// crowd holds connections open and has another client call, which is served before and
// afterwards: each time when the limit that was met has been left alone.
func (p *prober) crowd(ctx context.Context, _ *caller) error {
	if p.Connect == nil || !p.http() || !p.settles() {
		return nil
	}
	if err := p.dropIdle(ctx); err != nil {
		return err
	}
	before, err := p.answers(ctx)
	if err != nil || !before {
		return err
	}
	c, within, err := p.whileHeld(ctx)
	if err != nil {
		return err
	}
	if !within {
		c.out, err = p.answers(ctx)
	}
	p.crowded = c
	p.told = append(p.told, record.Look{
		Name: "crowd", Doc: fmt.Sprintf("a client that comes while %d connections are held open", c.held),
		Found: map[bool]string{true: "served", false: "not served"}[within],
	})
	return err
}

// whileHeld has a client call while connections are held open.
func (p *prober) whileHeld(ctx context.Context) (c crowd, within bool, err error) {
	held, err := p.hold(ctx)
	defer func() {
		for _, conn := range held {
			conn.Close()
		}
	}()
	if c.held = len(held); err != nil {
		return c, false, err
	}
	within, err = p.answers(ctx)
	return c, within, err
}

// hold opens connections, as many as there can be.
func (p *prober) hold(ctx context.Context) (held []net.Conn, err error) {
	for range manyConnections {
		if err := p.Budget.spend(ctx, 1); err != nil {
			return held, err
		}
		conn, err := p.Connect(ctx, p.base.from)
		if err != nil {
			return held, nil // no more are taken
		}
		held = append(held, conn)
	}
	return held, nil
}

// answers reports whether a client that comes anew is served.
func (p *prober) answers(ctx context.Context) (bool, error) {
	if err := p.settle(ctx); err != nil {
		return false, err
	}
	c, err := p.open(ctx, client{p.base.as, p.address(1)})
	if err != nil {
		return false, p.unless(ctx, err)
	}
	r, err := c.call(ctx)
	return r.manner == served, p.unless(ctx, err)
}
