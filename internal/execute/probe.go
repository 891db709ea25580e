package execute

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// probeStep is the place of a probe among the flights.
const probeStep = "probe"

// probe asks for a sign of life: any answer with its id, of whatever kind, on
// the same session. A frame that was owed nothing stays open meanwhile, so that
// a late error without an id still finds it.
func (p *play) probe(ctx context.Context) oracles.Probe {
	var result oracles.Probe
	if p.set.Probe <= 0 || p.wire.over() {
		p.awaitEnd(ctx)
		if p.wire.broken && !p.wire.ended {
			result.Tried = 1 // the frame that could not be written
		}
		return result
	}
	for range probes {
		result.Tried++
		f, took := p.probeOnce(ctx, p.set.Probe, onTheWall)
		if f.answered || spoke(f) {
			result.Alive, result.Took = true, took
		}
		if gone(f) && p.reopen(ctx) {
			continue
		}
		if p.wire.over() || (result.Alive && !p.unheard()) {
			break
		}
	}
	if !result.Alive && p.extra > 0 {
		result.Alive, result.Took = p.insist(ctx)
	}
	if result.Alive && p.unheard() {
		p.wire.await(ctx, p.grace(result), func() bool { return !p.unheard() })
	}
	if result.Alive {
		p.wire.await(ctx, cancelGrace, func() bool { return !p.abandoned() })
	}
	if !result.Alive && !p.wire.ended && p.wire.http {
		result.Elsewhere = p.elsewhere(ctx)
	}
	if p.wire.over() {
		p.awaitEnd(ctx)
	}
	return result
}

// probeOnce sends one probe and waits that long for its answer: longer where the
// server may still be at work on what was large. Bound says how that time is measured.
func (p *play) probeOnce(ctx context.Context, patience time.Duration, bound bounding) (*flight, time.Duration) {
	id := p.set.IDs.Next()
	f := &flight{seen: oracles.Seen{Step: probeStep, ID: id, Message: p.proto.Probe(id)}, owed: true}
	if p.expired {
		patience += p.patience(p.flights) - p.deadline
	}
	start := time.Now()
	ctx, cancel := bound(ctx, patience)
	defer cancel()
	p.wire.putUntil(ctx, f)
	done := f.settled
	if err := f.seen.Write.Err; err != nil && !f.seen.Write.Stalled && !p.wire.http {
		// Nobody reads any more; how its output ends tells why.
		done = func() bool { return false }
	}
	p.wire.awaitUntil(ctx, done)
	return f, time.Since(start)
}

// spoke reports whether an HTTP response came, of whatever kind: who answers
// is alive.
func spoke(f *flight) bool {
	for _, a := range f.seen.Answers {
		if a.Frame.Status != 0 {
			return true
		}
	}
	return false
}

// gone reports whether the server no longer knows the session; 400 for a ping
// says so too, though the specification asks for 404.
func gone(f *flight) bool {
	for _, a := range f.seen.Answers {
		lost := a.Frame.Status == http.StatusNotFound || a.Frame.Status == http.StatusBadRequest
		if lost && a.Reply.Kind != protocol.Result {
			return true
		}
	}
	return false
}

// reopen initialises again after the server forgot the session, once. A session
// that is an event stream is not opened again on it.
func (p *play) reopen(ctx context.Context) bool {
	p.dead = p.dead || p.proto.Stream
	if p.proto.ID == "" || p.proto.Revision.Stateless {
		return false
	}
	var err error
	p.wire.aside(func() { err = p.open(ctx) })
	return err == nil
}

// elsewhere asks on a new session, which tells a stuck session from a server
// that is gone.
func (p *play) elsewhere(ctx context.Context) bool {
	limit, cancel := context.WithTimeout(ctx, p.set.Probe)
	defer cancel()
	if p.proto.Stream {
		return p.another(limit)
	}
	alive := false
	p.wire.aside(func() { alive = p.showsLife(limit) })
	return alive
}

// showsLife reports whether the server answers on a new session.
func (p *play) showsLife(ctx context.Context) bool {
	fresh := p.proto
	fresh.ID, fresh.Version = "", ""
	if fresh.Revision.Stateless {
		f, _ := p.probeOnce(ctx, p.set.Probe, onTheWall)
		return f.answered || spoke(f)
	}
	_, err := p.handshake(ctx, fresh)
	return err == nil
}

// another reports whether a new connection to the same server can be used.
func (p *play) another(ctx context.Context) bool {
	if p.target.Kind().Exclusive {
		return false // it would be to a new server
	}
	s, err := Dial(ctx, p.target, p.set)
	if err == nil {
		s.Close()
	}
	return err == nil
}

// A sign of life may overtake an answer, one to a frame that is owed none
// included. Such an answer is given this much longer than the sign of life took.
const (
	leastGrace  = 50 * time.Millisecond
	graceFactor = 20
)

func (p *play) grace(probe oracles.Probe) time.Duration {
	return min(p.set.Probe, max(leastGrace, graceFactor*probe.Took))
}

// insist asks once more. A server that does one thing after the other has the time that
// a late answer has, and as much again behind each that came meanwhile.
func (p *play) insist(ctx context.Context) (alive bool, took time.Duration) {
	for heard := -1; !alive && !p.wire.over(); {
		before := heard
		if heard = p.heard(ctx); heard == before {
			break
		}
		var f *flight
		f, took = p.probeOnce(ctx, p.most(), p.given)
		alive = f.answered || spoke(f)
	}
	return alive, took
}

// heard is how many frames have had an answer by now.
func (p *play) heard(ctx context.Context) int {
	p.wire.await(ctx, leastGrace, func() bool { return false })
	return count(p.flights, func(f *flight) bool { return len(f.seen.Answers) > 0 })
}

// cancelGrace is how long the answer to a request that was cancelled is waited for,
// which should not come.
const cancelGrace = time.Second

// abandoned reports whether a request was cancelled and has had no answer yet.
func (p *play) abandoned() bool {
	return !p.wire.carried && slices.ContainsFunc(p.flights, func(f *flight) bool {
		return f.seen.Cancelled && len(f.seen.Answers) == 0
	})
}

// unheard reports whether a frame that was owed nothing has had no answer yet.
func (p *play) unheard() bool {
	if p.wire.carried {
		return false
	}
	for _, f := range p.flights {
		if !f.owed && len(f.seen.Answers) == 0 {
			return true
		}
	}
	return false
}

// A stream that ended is only called closed, and one that takes no more bytes
// only called stuck, when its process has had this long to be gone; it is
// looked at this often.
const (
	endLimit = 2 * time.Second
	endPause = 5 * time.Millisecond
	// dialPause is endPause where looking takes a connection.
	dialPause = 100 * time.Millisecond
)

// awaitEnd waits until it is known how the connection ended. A process that is
// on its way out may refuse bytes before its output ends; what it said before
// is still taken.
func (s *Session) awaitEnd(ctx context.Context) {
	if s.wire.broken {
		s.wire.await(ctx, endLimit, func() bool { return false })
	}
	limit := time.NewTimer(endLimit)
	defer limit.Stop()
	pause := endPause
	if s.wire.http {
		pause = dialPause
	}
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for s.wire.conn.State().Phase == transport.Closed {
		select {
		case <-tick.C:
		case <-limit.C:
			return
		case <-ctx.Done():
			return
		}
	}
}
