package limits

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// client is who calls, and from where.
type client struct {
	// as is the name of an identity, "" for the one that is used by default.
	as   string
	from netip.Addr
}

// caller is a client with a session of its own, on a connection of its own.
type caller struct {
	*prober
	session *execute.Session
}

// manner is how a call was answered.
type manner uint8

const (
	mannerUnset manner = iota
	served
	// The others are how it was turned away, the worst last.
	clean
	bare
	unclear
	failed
)

// String tells how calls are refused.
func (m manner) String() string {
	return [...]string{
		mannerUnset: "", served: "",
		clean:   "clearly: by HTTP 429 or 503 and when to come again, or an error that says so",
		bare:    "by HTTP 429 or 503 that says neither why nor when to come again",
		unclear: "by an error that does not say that it is for how often it was called",
		failed:  "by a failure: an internal error, or no answer",
	}[m]
}

// reply is what became of one call.
type reply struct {
	manner
	oracles.Refusal
	// began and sent are when the call began to be written and was, came when the first of
	// the answer came, at when that was read: the server took the call after the first and
	// before the last of them.
	began, sent, came, at time.Time
	text                  string
	// silent: no answer came in time. lost is why none came, if it broke off.
	silent bool
	lost   error
	// faulted: the answer says that the server failed.
	faulted bool
}

// refused reports whether it was turned away.
func (r reply) refused() bool { return r.manner > served }

// took is how long the answer took.
func (r reply) took() time.Duration { return r.came.Sub(r.began) }

// errGone says that the server is there no more.
var errGone = errors.New("the server ended, or nobody listens any more")

// open opens a session for a client.
func (p *prober) open(ctx context.Context, c client) (*caller, error) {
	if err := p.Budget.spend(ctx, p.opening()); err != nil {
		return nil, err
	}
	s, err := execute.DialBare(ctx, p.Target(c.from), p.Sessions)
	if err != nil {
		return nil, err
	}
	if err := s.OpenAs(ctx, c.as); err != nil {
		s.Kill()
		return nil, fmt.Errorf("open a session: %w", err)
	}
	p.opened = append(p.opened, s)
	return &caller{p, s}, nil
}

// opening is how many requests open a session, and end it.
func (p *prober) opening() int {
	if p.Sessions.Revision.Stateless {
		return 0
	}
	return 3
}

// call makes the call, with more headers.
func (c *caller) call(ctx context.Context, headers ...string) (reply, error) {
	call := c.Call
	call.Headers = headers
	rs, err := c.ask(ctx, call)
	if err != nil {
		return reply{}, err
	}
	return rs[0], nil
}

// copies are so many of the call.
func (c *caller) copies(n int) []scenarios.Step {
	steps := make([]scenarios.Step, n)
	for i := range steps {
		steps[i] = c.Call
	}
	return steps
}

// ask sends steps at once, and tells what became of each.
func (c *caller) ask(ctx context.Context, steps ...scenarios.Step) ([]reply, error) {
	if err := c.Budget.spend(ctx, len(steps)); err != nil {
		return nil, err
	}
	seen, err := c.session.Ask(ctx, steps...)
	if err != nil {
		return nil, err
	}
	o := oracles.Observation{State: c.session.Conn().State()}
	replies := make([]reply, len(seen))
	for i, s := range seen {
		outcome := oracles.OutcomeOf(o, s)
		if outcome == oracles.Crashed || outcome == oracles.Unsent {
			return nil, errGone
		}
		replies[i] = c.read(s, outcome)
	}
	return replies, nil
}

// read tells what an answer makes of a call.
func (c *caller) read(s oracles.Seen, outcome oracles.Outcome) reply {
	r := reply{at: c.Budget.now(), text: oracles.TextOf(s), silent: s.Expired || s.Write.Stalled, lost: s.Write.Err, faulted: outcome == oracles.Faulted}
	r.began, r.sent, r.came = r.at, r.at, r.at
	if !s.Write.End.IsZero() {
		r.began, r.sent = s.Write.Start, s.Write.End
	}
	if len(s.Answers) > 0 {
		r.came = s.Answers[0].Frame.At
		r.lost = cmp.Or(r.lost, s.Answers[len(s.Answers)-1].Frame.Err)
	}
	r.Refusal = oracles.RefusalOf(s, r.at)
	switch {
	case outcome == oracles.Accepted && !oracles.ReadsLikeRefusal(r.text), outcome == oracles.Asked:
		r.manner = served
	case r.IsClean():
		r.manner = clean
	case r.IsBusy():
		r.manner = bare
	case outcome == oracles.Rejected, outcome == oracles.Accepted:
		r.manner = unclear
	default:
		r.manner = failed
	}
	return r
}
