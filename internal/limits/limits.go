package limits

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// Config says what is looked at, and how much of it may be asked.
type Config struct {
	// Target is the server as clients of a local address reach it; the zero Addr is that
	// of the system's choice.
	Target func(from netip.Addr) transport.Target
	// Connect opens a connection from such an address, on which nothing is sent; nil where
	// the server does not listen.
	Connect func(ctx context.Context, from netip.Addr) (net.Conn, error)
	// Lone is the server as clients that have one connection each reach it; nil where the
	// server does not listen.
	Lone func(from netip.Addr) transport.Target
	// Addresses are those that clients may come from, the usual one first; nil where none
	// can be chosen.
	Addresses []netip.Addr
	// Sessions says how sessions are opened, and which clients have keys.
	Sessions execute.Settings
	// Call is a call that works.
	Call scenarios.Call
	// Budget bounds what is sent, Parallel how many calls at once.
	Budget   *Budget
	Parallel int
	// Patience is how long a limit is given at most to let calls through again.
	Patience time.Duration
	// Report returns a finding as it is to be told, and false where it is not.
	Report func(oracles.Finding) (oracles.Finding, bool)
}

// The bounds where none are given.
const (
	DefaultMaxRate  = 200
	DefaultMaxCalls = 5000
	DefaultParallel = 32
	DefaultPatience = 90 * time.Second
)

// Check reports what is wrong with the bounds.
func (cfg Config) Check() error {
	switch {
	case cfg.Parallel < 1:
		return fmt.Errorf("--parallel %d: want a number above 0", cfg.Parallel)
	case cfg.Patience <= 0:
		return fmt.Errorf("--patience %v: want a time above 0", cfg.Patience)
	}
	return nil
}

// prober is one run.
type prober struct {
	Config
	// enough is how many calls are let through where there is no limit.
	enough int
	// base is the usual client, opened are the sessions that were.
	base   client
	opened []*execute.Session
	// first are the first calls that it made, without a pause; limit what was met then.
	first row
	limit limit
	// honesty is what came of coming again when it was told, pinged of a sign of life.
	honesty string
	pinged  found
	// seen is what came of looks, by their names, told the same for the answer.
	seen map[string]found
	told []record.Look
	// second are the layers that the first limit hides, by their names.
	second map[string]record.Layer
	// parallel is what was seen of many calls at once.
	parallel parallel
	crowded  crowd
	seating  seating
	// ended is why not all was done.
	ended error
}

// limit is one that was met.
type limit struct {
	// The bounds are how many calls it lets through at once, 0 where none was met.
	bounds
	pace pace
}

func (l limit) met() bool   { return l.most > 0 }
func (l limit) exact() bool { return l.least == l.most }

// isLeast reports whether more may be let through at once than was seen: the limit was not
// left alone for so long.
func (p *prober) isLeast() bool { return !p.settles() }

// isMost reports whether fewer may be: that is not known to the call, or most of what was let
// through the limit came to allow meanwhile.
func (p *prober) isMost() bool { return !p.limit.exact() || p.first.served > 2*p.limit.most }

// Run looks for the limits of a server, and judges them. What was found until the context
// ended, or all that may be sent was, is the answer; an error says that nothing is known.
func Run(ctx context.Context, cfg Config) (record.Limits, error) {
	if err := cfg.Check(); err != nil {
		return record.Limits{}, err
	}
	p := &prober{Config: cfg, enough: cfg.Budget.remaining() / enoughPart, seen: map[string]found{}, second: map[string]record.Layer{}}
	p.base.from = p.address(0)
	defer p.close()
	base, err := p.open(ctx, p.base)
	if err != nil {
		return record.Limits{}, err
	}
	p.ended = p.run(ctx, base)
	if p.first.served == 0 {
		return record.Limits{}, errors.Join(errors.New("no call was served, so there is no limit to look for"), p.ended)
	}
	return p.answer(), nil
}

// close ends the sessions: servers may bound how many there are.
func (p *prober) close() {
	for _, s := range p.opened {
		s.Close()
	}
}

// run looks at one thing after the other, the most telling first.
func (p *prober) run(ctx context.Context, base *caller) (err error) {
	if p.first, err = base.drain(ctx); err != nil {
		return err
	}
	if !p.first.refused() {
		return each(ctx, base, p.atOnce, p.crowd, p.connections)
	}
	if err := p.measure(ctx, base); err != nil {
		return err
	}
	if !p.isLimit() {
		return errNoLimit
	}
	return each(ctx, base, p.promise, p.looks, p.alive, p.hidden, p.atOnce, p.crowd, p.connections)
}

// each does one thing after the other, until one cannot be done.
func each(ctx context.Context, base *caller, steps ...func(context.Context, *caller) error) error {
	for _, step := range steps {
		if err := step(ctx, base); err != nil {
			return err
		}
	}
	return nil
}

// errNoLimit says that calls fail for another reason than how often they are made.
var errNoLimit = errors.New("the call was answered otherwise after a while, and nothing says that it was for how often it was made; give another by --tool")

// isLimit reports whether calls were refused for how often they were made: they say so, or
// are let through again and again, far less often than they were at first.
func (p *prober) isLimit() bool {
	const far = 4
	pace := p.limit.pace.perSecond
	return p.refusal() == clean || p.refusal() == bare || pace > 0 && pace < p.rate()/far
}

// measure measures the limit that was just met: how much it lets through in the long run,
// then, when it was left alone for long enough, at once. What came before may have been
// counted, too.
func (p *prober) measure(ctx context.Context, base *caller) (err error) {
	p.limit.bounds = bounds{p.first.served, p.first.served}
	if p.limit.pace, err = base.pace(ctx); err != nil || p.limit.pace.perSecond == 0 {
		return err
	}
	p.limit.bounds = p.first.burst(p.limit.pace)
	for full, n := false, 0; n < settlings && p.settles() && !(full && p.limit.exact()); n++ {
		if err := p.rest(ctx, 2*p.limit.most+enoughRest); err != nil {
			return err
		}
		again, err := base.drain(ctx)
		if err != nil || !again.refused() || again.served == 0 {
			return err
		}
		p.first = again
		full = p.limit.narrow(again.burst(p.limit.pace), full)
	}
	return nil
}

// settlings is how often a limit is left alone until it lets no more through at once than
// before, and until that is known to the call: how long it needs for the first is only known
// then, and a busy machine blurs the second.
const settlings = 8

// narrow takes what was seen of a limit that was left alone, and reports whether that was
// for long enough: it let no more through than before. What is seen of a full one bounds
// what is known of it.
func (l *limit) narrow(seen bounds, full bool) bool {
	grew := seen.least > l.most
	if both, agree := l.both(seen); full && agree {
		seen = both
	}
	l.bounds = seen
	return !grew
}

// enoughRest is how many calls a limit is given the time to allow at least.
const enoughRest = 10

// promise tries whether refusals keep what they say.
func (p *prober) promise(ctx context.Context, base *caller) (err error) {
	p.honesty, err = base.honest(ctx)
	return err
}

// unless is an error that ends the run; what a server refused is none.
func (p *prober) unless(ctx context.Context, err error) error {
	if errors.Is(err, errSpent) || errors.Is(err, errGone) || ctx.Err() != nil {
		return err
	}
	return nil
}
