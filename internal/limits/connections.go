package limits

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// seating is what is known of how many connections one client may have open.
type seating struct {
	// state is a word of record.Layer.State, "" where nothing was found.
	state string
	// most are served at once by a limit, else so many were without one.
	most int
	why  string
	// refusal is what came on one more, the zero reply where that was served.
	refusal reply
}

func unknownSeating(format string, args ...any) seating {
	return seating{state: record.LayerUnknown, why: fmt.Sprintf(format, args...)}
}

// heldPart is which part of what may still be sent connections are opened by at most: each
// is asked again, and there are more of them from another address.
const heldPart = 4

// connections finds how many connections of one client are served at once: each is kept
// open when it served a request, and must serve another when all are there.
func (p *prober) connections(ctx context.Context, base *caller) error {
	if p.Lone == nil || !p.http() {
		return nil
	}
	most := min(manyConnections, p.Budget.remaining()/heldPart)
	switch {
	case !p.settles():
		p.seating = unknownSeating("not tried: the limit that was met lets none through in time")
		return nil
	case most < 2:
		p.seating = unknownSeating("not tried: too few requests are left")
		return nil
	}
	p.seating = unknownSeating("not tried to the end")
	h, err := p.holder(ctx, base, most)
	if err != nil {
		return p.unless(ctx, err)
	}
	defer h.release()
	found, err := h.look(ctx)
	if err != nil {
		return err
	}
	p.seating = found
	if found.state != record.LayerUnknown {
		return nil
	}
	// Connections that end may be all that is seen of a server that does. What is still held
	// may be why one that lives takes no more.
	h.release()
	if err := h.quota.take(ctx, 1); err != nil {
		return err
	}
	_, err = h.ask(ctx, h.step)
	return p.unless(ctx, err)
}

// looksAtRoom is how often room is made until as many are served as before.
const looksAtRoom = 5

// look fills all places, and does so again when one was made free: a limit lets as many in.
func (h *holder) look(ctx context.Context) (seating, error) {
	began, before := h.Budget.now(), 0
	for range looksAtRoom {
		refusal, err := h.fill(ctx, h.most)
		if err != nil {
			return seating{}, err
		}
		dead, err := h.dead(ctx)
		n := len(h.held)
		switch {
		case err != nil:
			return seating{}, err
		case h.cannot != "":
			return unknownSeating("%s", h.cannot), nil
		case n == 0:
			return unknownSeating("no request was served on a connection of its own"), nil
		case len(dead) == n:
			return unknownSeating("none of %d connections served a second request", n), nil
		case len(dead) > 0 && refusal.refused():
			return unknownSeating("%d of %d connections that were held were served no more before all were there", len(dead), n), nil
		case len(dead) > 0:
			return h.replaces(ctx, n-len(dead), h.Budget.now().Sub(began))
		case !refusal.refused():
			return seating{state: record.LayerNone, most: n, why: "all served a request, and another when all were there"}, nil
		case n == before:
			return h.limited(ctx, refusal)
		}
		before = n
		if err := h.makeRoom(ctx, refusal); err != nil {
			return seating{}, err
		}
	}
	return unknownSeating("some were refused, but not behind as many each time"), nil
}

// makeRoom closes a connection, while one more waits where that is left without an answer.
func (h *holder) makeRoom(ctx context.Context, refusal reply) error {
	if !refusal.silent {
		h.drop(len(h.held) - 1)
		return nil
	}
	type arrival struct {
		*caller
		reply
		err error
	}
	came := make(chan arrival, 1)
	go func() {
		c, r, err := h.another(ctx)
		came <- arrival{c, r, err}
	}()
	err := h.Budget.wait(ctx, breath)
	h.drop(len(h.held) - 1)
	a := <-came
	if h.waited = a.manner == served; h.waited {
		h.held = append(h.held, a.caller)
	}
	return errors.Join(err, a.err)
}

// limited is the limit that lets in as many as are held.
func (h *holder) limited(ctx context.Context, refusal reply) (seating, error) {
	s := seating{state: record.LayerLimited, most: len(h.held), why: "one more " + h.turned(refusal), refusal: refusal}
	if h.other == nil {
		return s, nil
	}
	if _, err := h.other.fill(ctx, s.most+1); err != nil {
		return s, err
	}
	switch n := len(h.other.held); {
	case h.other.cannot != "":
	case n == 0:
		s.why += "; for all addresses together"
	case n == s.most:
		s.why += "; for each address"
	default:
		s.why += fmt.Sprintf("; %d more were served from another address", n)
	}
	return s, nil
}

// turned tells in words how one more was turned away.
func (h *holder) turned(r reply) string {
	switch {
	case r.silent && h.waited:
		return "waits until another is closed"
	case r.silent:
		return "is left without an answer, and a new one is served when another is closed"
	case r.Status >= firstRefusal && r.Retry:
		return fmt.Sprintf("is answered by HTTP %d and when to come again", r.Status)
	case r.Status >= firstRefusal:
		return fmt.Sprintf("is answered by HTTP %d", r.Status)
	case r.Status > 0:
		return "is answered by a JSON-RPC error"
	}
	return "is closed without an answer"
}

// firstRefusal is the first HTTP status that is one.
const firstRefusal = 400

// replaces holds anew as many as were left, for as long as all took: where they live so
// long, and one more costs another its place, it was not for the time that some were closed.
func (h *holder) replaces(ctx context.Context, n int, took time.Duration) (seating, error) {
	h.release()
	if err := h.Budget.wait(ctx, breath); err != nil {
		return seating{}, err
	}
	refusal, err := h.fill(ctx, n)
	if err != nil {
		return seating{}, err
	}
	if err := h.Budget.wait(ctx, took); err != nil {
		return seating{}, err
	}
	before, err := h.dead(ctx)
	if err != nil || refusal.refused() || len(before) > 0 {
		return unknownSeating("connections were closed after %.3g s or less, and %d open ones were served", took.Seconds(), n), err
	}
	if _, err = h.fill(ctx, n+1); err != nil {
		return seating{}, err
	}
	lost, err := h.lost(ctx)
	if err != nil || len(lost) != 1 || len(h.held) != n {
		return unknownSeating("of %d connections some were closed, but not one for each that came", n+1), err
	}
	s := seating{state: record.LayerLimited, most: n, why: "for one more another is closed"}
	if lost[0] == 0 {
		s.why = "for one more the oldest is closed"
	}
	return h.replacesFor(ctx, s)
}

// replacesFor finds out whether one from another address costs a place, too.
func (h *holder) replacesFor(ctx context.Context, s seating) (seating, error) {
	if h.other == nil {
		return s, nil
	}
	if _, err := h.other.fill(ctx, 1); err != nil || len(h.other.held) == 0 {
		return s, err
	}
	lost, err := h.lost(ctx)
	switch {
	case err != nil, h.cannot != "":
	case len(lost) == 0:
		s.why += "; for each address"
	default:
		s.why += "; for all addresses together"
	}
	return s, err
}
