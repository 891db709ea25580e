package execute

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// Lookup gives what was learnt before the first case; false for what was not.
type Lookup func(scenarios.Ref) (scenarios.Value, bool)

// play is one case under way.
type play struct {
	*Session
	c    scenarios.Case
	look Lookup
	// flights holds all that was sent, byStep the first frame of each step.
	flights  []*flight
	byStep   map[int]*flight
	deadline time.Duration
	// extra is how many deadlines more a late answer is waited for.
	extra int
	// number is one that no other play of the run has.
	number uint64
	cannot string
	// opened are the ids of the sessions that open steps opened.
	opened []string
	// expired: an answer that was owed did not come; what is sent after it
	// would tell nothing and cost as much again.
	expired bool
}

// Play plays a case on the session and returns all that was seen. It judges
// nothing and returns when every answer came, or its time was up, and the sign
// of life after it was asked for. Where the server shows life without an answer,
// overtime is how many deadlines more that is waited for, at most 25 s: a slow
// tool has lost nothing.
func (s *Session) Play(ctx context.Context, c scenarios.Case, look Lookup, overtime int) oracles.Observation {
	c = s.byOneName(c)
	p := &play{Session: s, c: c, look: look, byStep: map[int]*flight{}, deadline: s.set.Deadline, extra: overtime, number: s.set.IDs.play()}
	if c.Deadline > 0 {
		p.deadline = c.Deadline
	}
	start := time.Now()
	for i := range c.Steps {
		if p.cannot != "" || p.expired || s.wire.over() || ctx.Err() != nil {
			break
		}
		p.step(ctx, i)
	}
	took := time.Since(start)
	probe := p.probe(ctx)
	if probe.Alive {
		p.overtime(ctx, probe)
	}
	return p.observation(start, took, probe)
}

// step plays step i.
func (p *play) step(ctx context.Context, i int) {
	if p.moot(p.c.Steps[i]) {
		return
	}
	switch step := p.c.Steps[i].(type) {
	case scenarios.Call, scenarios.Request, scenarios.Notify, scenarios.Fetch:
		p.send(ctx, i, []scenarios.Step{step})
	case scenarios.Raw:
		p.send(ctx, i, p.split(step))
	case scenarios.Burst:
		p.send(ctx, i, lines(step))
	case scenarios.Answer:
		p.script(step)
	case scenarios.Cancel:
		p.cancel(ctx, i, step)
	case scenarios.Revoke:
		p.revoke(ctx, i, step)
	case scenarios.Disconnect:
		p.disconnect(ctx, i, step)
	case scenarios.Open:
		p.openStep(ctx, step)
	case scenarios.Pause:
		p.wire.await(ctx, step.For, func() bool { return false })
	default:
		p.cannot = fmt.Sprintf("step %d: needs expanding: %T is for templates", i+1, step)
	}
}

func (p *play) cancel(ctx context.Context, i int, step scenarios.Cancel) {
	of := p.byStep[step.Of]
	if of == nil || of.seen.ID == "" {
		p.cannot = fmt.Sprintf("step %d: cancels step %d, which sent no request", i+1, step.Of)
		return
	}
	f := &flight{seen: oracles.Seen{Step: strconv.Itoa(i + 1), Sent: step, Message: p.proto.Cancelled(of.seen.ID)}}
	p.flights = append(p.flights, f)
	// A server that does one thing after the other reads it when the request is done.
	p.wire.put(ctx, p.deadline+p.most(), f)
	of.owed, of.seen.Cancelled = false, true
	p.wait(ctx, []*flight{of, f})
}

func (p *play) revoke(ctx context.Context, i int, step scenarios.Revoke) {
	if err := p.set.Identities.Revoke(ctx, step.Name, p.wire.conn.Address()); err != nil {
		p.cannot = fmt.Sprintf("step %d: %v", i+1, err)
	}
}

// disconnect closes the connection of a step, and waits until it is closed. What was
// answered by then stays so.
func (p *play) disconnect(ctx context.Context, i int, step scenarios.Disconnect) {
	of := p.byStep[step.Of]
	if of == nil || of.abandon == nil || !p.wire.carried {
		p.cannot = fmt.Sprintf("step %d: closes the connection of step %d, which has none of its own", i+1, step.Of)
		return
	}
	p.flights = append(p.flights, &flight{seen: oracles.Seen{Step: strconv.Itoa(i + 1), Sent: step}})
	if of.settled() {
		return
	}
	of.owed, of.seen.Abandoned = false, true
	close(of.abandon)
	p.wire.await(ctx, p.deadline, of.settled)
}

func (p *play) script(step scenarios.Answer) {
	if p.wire.scripts == nil {
		p.wire.scripts = map[string]scenarios.Value{}
	}
	p.wire.scripts[step.Method] = step.Result
}

// openStep opens a further session; a nameless one takes the place of the
// session that the next steps use.
func (p *play) openStep(ctx context.Context, step scenarios.Open) {
	fresh := p.proto
	fresh.ID, fresh.Version, fresh.Can = "", "", step.Can
	if rev, ok := protocol.Lookup(step.Protocol); ok {
		fresh.Revision = rev
	}
	if fresh.Stream && fresh.Revision.Stateless {
		p.cannot = fmt.Sprintf("open: revision %s is not spoken on an event stream", fresh.Revision.Name)
		return
	}
	var err error
	if fresh.As, err = p.who(step.As, fresh.As); err != nil {
		p.cannot = "open: " + err.Error()
		return
	}
	if !fresh.Revision.Stateless {
		opened := fresh
		p.wire.aside(func() { opened, err = p.handshake(ctx, fresh) })
		if err != nil {
			p.cannot = "open: " + err.Error()
			return
		}
		fresh = opened
		p.opened = append(p.opened, opened.ID)
	}
	if step.Session != "" {
		p.named[step.Session] = fresh
		return
	}
	p.proto = fresh
}

// observation gathers what was seen and retires the case.
func (p *play) observation(start time.Time, took time.Duration, probe oracles.Probe) oracles.Observation {
	o := oracles.Observation{
		Case: p.c, Revision: p.proto.Revision.Name, HTTP: p.wire.http, Stream: p.proto.Stream,
		CannotRun: p.cannot, Started: start, Took: took, Probe: probe,
		Opened: p.opened, Told: p.wire.told, Overdue: p.wire.overdue, Keys: p.set.Identities.Keys(),
	}
	o.Strays, o.Unkept = p.wire.retire()
	o.Early, p.early = p.early, nil
	for _, f := range p.flights {
		o.Seen = append(o.Seen, f.seen)
	}
	o.State = p.wire.conn.State()
	o.Stderr = p.wire.conn.Stderr()
	p.dead = p.dead || p.wire.over() || !probe.Alive || o.State.Phase != transport.Open
	return o
}
