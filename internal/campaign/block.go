package campaign

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// block is what came of BlockSize consecutive cases.
type block struct {
	number int
	played []played
	// whole: no case of the block is missing.
	whole bool
	// err is an error of ours that ended it.
	err error
}

// played is one case and what came of it.
type played struct {
	index int
	// since is the index of the first case that was played on the same connection.
	since    int
	pair     generators.Pair
	revision protocol.Revision
	c        scenarios.Case
	text     []byte
	outcomes []oracles.Outcome
	// tally is of the calls that the schema of the pair's own tool forbids.
	tally    tally
	micros   int64
	calls    int
	rules    []string
	findings []oracles.Finding
	refusals []refusal
	// whole: it was played to its end, and what must be answered was.
	whole bool
	// seen is kept only where there are findings.
	seen oracles.Observation
	// note says why it was not sent.
	note string
}

// play runs the cases of block b in order on one session, with a new one after
// each that ended it. Each is noted as soon as it was played.
func (r *run) play(ctx context.Context, b int, note func(played) error) block {
	result := block{number: b}
	if result.err = r.acquire(ctx); result.err != nil {
		return result
	}
	defer r.release()
	if b > 0 {
		if result.err = r.reset(ctx); result.err != nil {
			return result
		}
	}
	p := &player{run: r, costly: map[generators.Pair]bool{}, slow: map[string]int{}}
	defer p.close()
	last := min((b+1)*BlockSize, r.Cases)
	for i := b * BlockSize; i < last; i++ {
		one, err := p.next(ctx, i)
		if err == nil {
			err = note(one)
		}
		if err != nil {
			result.err = err
			return result
		}
		result.played = append(result.played, one)
	}
	result.whole = true
	return result
}

// maxSlow is how many slow cases of a tool are played in a block. What was slow when it
// was learnt is called rightly in the first blocks, and then in some.
const (
	maxSlow    = 2
	firstSlow  = 4
	slowStride = 4
)

// spares reports whether a case would, in a block, only show again that a tool is slow.
func (r *run) spares(b int, tool string, c scenarios.Case) bool {
	if !r.learned.slow[tool] || b < firstSlow || b%slowStride == 0 {
		return false
	}
	return slices.ContainsFunc(c.Steps, func(s scenarios.Step) bool {
		return r.learned.catalog.WantOf(s).Want != scenarios.WantReject
	})
}

// player plays the cases of one block.
type player struct {
	*run
	session *execute.Session
	// asked is the revision that the session was opened with.
	asked protocol.Revision
	// used: it was opened by its case, for which it was, and is no good for the next.
	used bool
	// index is the case at hand, since the first one on the connection of the session.
	index, since int
	// costly holds the pairs whose cases got no answer in time in this block:
	// each more would cost a whole deadline and tell nothing new. slow counts
	// the cases of each tool that were answered after the deadline.
	costly map[generators.Pair]bool
	slow   map[string]int
}

// heavyWeight is how many bytes a case sends that is said to send a great deal.
const heavyWeight = 1 << 20

// next makes, plays and judges case i.
func (p *player) next(ctx context.Context, i int) (played, error) {
	c, pair, revision := p.caseAt(i)
	p.index = i
	one := played{index: i, since: i, pair: pair, revision: revision, c: c, text: scenarios.Format(c)}
	switch {
	case p.costly[pair]:
		one.note = "known: an earlier case of its kind got no answer in time in this block"
		return one, nil
	case p.spares(i/BlockSize, pair.Tool, c):
		one.note = fmt.Sprintf("the tool %q is slow: in most blocks only calls that it must refuse are sent", pair.Tool)
		return one, nil
	case p.slow[pair.Tool] >= maxSlow:
		one.note = fmt.Sprintf("the tool %q is slow: others of its cases in this block took longer than the deadline", pair.Tool)
		return one, nil
	}
	// Whether what misses the deadline is late or lost is seen when that is confirmed.
	o, err := p.gently(ctx, c, revision, noOvertime)
	if err != nil {
		return one, err
	}
	one.since = p.since
	p.judgeInto(&one, o)
	return one, nil
}

// gently plays a case as play does, one that sends a great deal when it has a place.
func (p *player) gently(ctx context.Context, c scenarios.Case, rev protocol.Revision, overtime int) (oracles.Observation, error) {
	if generators.Weight(c) > heavyWeight {
		p.heavy <- struct{}{}
		defer func() { <-p.heavy }()
	}
	return p.play(ctx, c, rev, overtime)
}

// play plays a case in a revision, on the session of the case before where that
// will do, or on a bare one where the case opens its own. Overtime is that of
// execute.Session.Play. One that lacks something that was not learnt is not begun.
func (p *player) play(ctx context.Context, c scenarios.Case, rev protocol.Revision, overtime int) (oracles.Observation, error) {
	bare := opensItself(c)
	if why := execute.Unlearnt(c, p.learned.lookup); why != "" {
		return oracles.Observation{Case: c, Revision: rev.Name, CannotRun: why}, nil
	}
	if err := p.open(ctx, rev, bare); err != nil {
		return oracles.Observation{}, err
	}
	p.announce(c)
	o := p.watched(c, func(look execute.Lookup) oracles.Observation { return p.session.Play(ctx, c, look, overtime) })
	if bare && !p.Target.Kind().HTTP {
		o.Closed = p.close() // how a server ends belongs to what was seen
	}
	if err := ctx.Err(); err != nil {
		return o, context.Cause(ctx)
	}
	return o, nil
}

// open sees to a session for the next case: that of the case before, another with the
// same server, or one with a fresh server.
func (p *player) open(ctx context.Context, rev protocol.Revision, bare bool) error {
	if p.session != nil && !p.used && !bare && p.asked == rev && p.session.Usable() {
		return nil
	}
	p.used = bare
	if p.session != nil && p.session.Reopen(ctx, rev, bare) {
		p.asked = rev
		return nil
	}
	p.close()
	s, err := p.begin(ctx, rev, bare)
	if err != nil {
		return err
	}
	p.session, p.asked, p.since = s, rev, p.index
	return nil
}

// announce tells of a case before it is sent.
func (r *run) announce(c scenarios.Case) {
	if r.Before != nil {
		r.Before(c)
	}
}

// close ends the session and tells how it went; the zero report where there is
// none.
func (p *player) close() transport.ClosedReport {
	if p.session == nil {
		return transport.ClosedReport{}
	}
	s := p.session
	p.session = nil
	return s.Close()
}

// opensItself reports whether a case must start on a connection without the
// usual handshake.
func opensItself(c scenarios.Case) bool {
	if len(c.Steps) == 0 {
		return false
	}
	_, opens := c.Steps[0].(scenarios.Open)
	return opens || scenarios.AttrsOf(c.Steps[0]).Handshake == "none"
}

// ours reports whether an error says that a run was stopped rather than that
// something went wrong.
func ours(err error) bool {
	return err != nil && !errors.Is(err, errTimeUp) && !errors.Is(err, context.Canceled) &&
		!errors.Is(err, context.DeadlineExceeded)
}
