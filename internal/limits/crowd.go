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

// crowd holds connections open, has another client call, and lets go of them. Behind calls
// at once the limit that was met has been left alone.
func (p *prober) crowd(ctx context.Context, _ *caller) error {
	if p.Connect == nil || !p.http() || !p.settles() {
		return nil
	}
	held, err := p.hold(ctx)
	c := crowd{held: len(held)}
	within := err == nil && p.answers(ctx)
	for _, conn := range held {
		conn.Close()
	}
	if err != nil {
		return err
	}
	if !within {
		if err := p.settle(ctx); err != nil {
			return err
		}
		c.out = p.answers(ctx)
	}
	p.crowded = c
	p.told = append(p.told, record.Look{Name: "crowd", Doc: fmt.Sprintf("a client that comes while %d connections are held open", c.held), Found: string(map[bool]found{true: escapes, false: shares}[within])})
	return ctx.Err()
}

// hold opens connections, as many as there can be.
func (p *prober) hold(ctx context.Context) (held []net.Conn, err error) {
	for range manyConnections {
		if err := p.budget.spend(ctx, 1); err != nil {
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
func (p *prober) answers(ctx context.Context) bool {
	c, err := p.open(ctx, client{p.base.as, p.address(1)})
	if err != nil {
		return false
	}
	r, err := c.call(ctx)
	return err == nil && r.manner == served
}
