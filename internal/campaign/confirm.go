package campaign

import (
	"context"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// repeats is how often a finding must show again before it counts: 3 of 3, the first
// on a fresh session.
const repeats = 3

// maxOthers is how many other cases of a suspect are tried whose first does not show it
// each time.
const maxOthers = 2

// confirm plays a suspect's case again, and where that does not show it each time, other
// cases that did. A finding that none of them shows each time is flaky.
func (c *collector) confirm(ctx context.Context, p *player, s *suspect) {
	c.confirmFirst(ctx, p, s)
	for _, i := range s.others {
		if s.confirmed != record.Flaky {
			return
		}
		c.confirmBy(ctx, p, s, i)
	}
}

// confirmBy plays another case of a suspect, which takes the place of the first where it
// shows it each time.
func (c *collector) confirmBy(ctx context.Context, p *player, s *suspect, i int) {
	other := *s
	other.first = played{index: i, since: i}
	other.first.c, other.first.pair, other.first.revision = c.caseAt(i)
	other.smallest, other.tried = other.first.c, false
	other.confirmed = c.repeat(ctx, p, &other, other.smallest, func(o oracles.Observation) bool {
		return c.holds(o, s.finding.Signature)
	})
	if other.confirmed != record.Flaky {
		other.first.seen = other.seen
		*s = other
	}
}

// confirmFirst plays a suspect's first case again, alone and, where it does not show so,
// behind what was played before it on the same session.
func (c *collector) confirmFirst(ctx context.Context, p *player, s *suspect) {
	shows := func(o oracles.Observation) bool { return c.holds(o, s.finding.Signature) }
	if s.shrunk {
		s.confirmed = c.repeat(ctx, p, s, s.smallest, func(o oracles.Observation) bool { return c.same(o, s.finding) })
		if s.confirmed == record.ConfirmedProcess || s.confirmed == record.ConfirmedSession || ctx.Err() != nil {
			return
		}
	}
	s.smallest, s.seen = s.first.c, s.first.seen
	s.confirmed = c.repeat(ctx, p, s, s.smallest, shows)
	if s.confirmed != record.Flaky || s.first.since == s.first.index {
		return
	}
	whole := c.withHistory(s.first)
	if word := c.repeat(ctx, p, s, whole, shows); word != record.Flaky {
		s.smallest, s.confirmed, s.history = whole, word, true
	}
}

func turnedAway(o oracles.Observation) bool {
	_, is := o.TurnedAway()
	return is
}

// dismissed is a suspect that was none: what seemed lost was late.
const dismissed = "dismissed"

// missesAnswer reports whether a suspect is that something got no answer.
func (s *suspect) missesAnswer() bool {
	return slices.Contains([]string{"dropped", "silent", "hang"}, s.finding.Oracle)
}

func isLate(s oracles.Seen) bool { return s.Late }

// withHistory is a case with the steps of all cases before it that were played
// on the same session, without those that were not played to their ends: what stands
// behind them would not be sent.
func (c *collector) withHistory(one played) scenarios.Case {
	whole := one.c
	whole.Steps = nil
	for i := one.since; i < one.index; i++ {
		if before, _, _ := c.caseAt(i); !c.partial[i] {
			whole.Steps = append(whole.Steps, before.Steps...)
		}
	}
	whole.Steps = append(whole.Steps, one.c.Steps...)
	return whole
}

// conclude writes the record of a suspect, as its smallest case shows it.
func (c *collector) conclude(s *suspect) {
	for _, f := range c.found(s.seen) {
		if f.Signature == s.finding.Signature {
			s.finding = f
		}
	}
	s.finding = c.graded(s.finding)
	s.final = c.describe(s.finding, s.seen)
	s.final.Confirmed, s.final.Case, s.final.Seen = s.confirmed, s.first.index, s.count
}

// repeat plays a case again and again, the first time alone on a fresh session, keeps
// what was seen then, and returns the word for how the finding is confirmed. The first
// time also tells a lost answer from a late one. Where it does not show behind itself,
// what it left behind may hide it, and a fresh session decides.
func (c *collector) repeat(ctx context.Context, p *player, s *suspect, cs scenarios.Case, shows func(oracles.Observation) bool) string {
	if c.acquire(ctx) != nil {
		return record.Unconfirmed
	}
	defer c.release()
	word := c.renew(p, s)
	defer p.leave(word)
	extra := overtime
	for i := range repeats {
		behind := i > 0 && p.session != nil
		o, err := p.gently(ctx, cs, s.first.revision, extra)
		if behind && (err != nil || !shows(o)) {
			c.renew(p, s)
			o, err = p.gently(ctx, cs, s.first.revision, extra)
		}
		switch {
		case err != nil:
			return record.Unconfirmed
		case shows(o):
		case turnedAway(o):
			return record.Unconfirmed
		case s.missesAnswer() && slices.ContainsFunc(o.Seen, isLate):
			return dismissed
		default:
			return record.Flaky
		}
		if i == 0 {
			s.seen, extra = lean(o), noOvertime
		}
	}
	return word
}

// renew lets the next case of a player be on a fresh session, with a fresh process where
// there can be one, and returns the word for that. A server over HTTP that was started
// keeps its sessions apart: for what is not grave a process each would only cost its start.
func (c *collector) renew(p *player, s *suspect) string {
	kind := c.Target.Kind()
	if kind.Fresh && !(kind.HTTP && !kind.Stream && s.finding.Severity <= oracles.Low) {
		p.close()
		return record.ConfirmedProcess
	}
	p.used = true
	return record.ConfirmedSession
}

// leave ends the session unless another suspect may use its process.
func (p *player) leave(word string) {
	if word == record.ConfirmedProcess {
		p.close()
	}
}

// holds reports whether an observation shows the finding.
func (c *collector) holds(o oracles.Observation, signature string) bool {
	return slices.ContainsFunc(c.found(o), func(f oracles.Finding) bool { return f.Signature == signature })
}

// observe plays a case alone on a fresh session.
func (c *collector) observe(ctx context.Context, cs scenarios.Case, rev protocol.Revision, overtime int) (oracles.Observation, bool) {
	if c.acquire(ctx) != nil {
		return oracles.Observation{}, false
	}
	defer c.release()
	p := &player{run: c.run}
	defer p.close()
	o, err := p.gently(ctx, cs, rev, overtime)
	return o, err == nil
}

// save stores the smallest case of a suspect that is concluded and notes where it lies.
func (c *collector) save(s *suspect) {
	store := c.Save
	if !s.final.Counts() {
		store = c.SaveUnconfirmed
	}
	if store == nil {
		return
	}
	path, err := store(c.marked(s.smallest, s.finding, s.first.seen.Revision))
	if err != nil {
		c.unsaved = append(c.unsaved, err.Error())
		return
	}
	s.final.File = c.Redact.String(path)
	if c.Reproduce != nil {
		s.final.Reproduce = c.Reproduce(path)
	}
}

// marked is a case as it is saved: with the finding that it shows, in words and
// as its mark.
func (r *run) marked(c scenarios.Case, f oracles.Finding, revision string) scenarios.Case {
	c.Note, c.Protocol = scenarios.CleanNote(r.Redact.String(f.Message)), revision
	c.Finding = &scenarios.Mark{Signature: f.Signature, Step: f.Step}
	return c
}

// describe writes a finding as it is recorded: bounded, readable, redacted.
func (r *run) describe(f oracles.Finding, o oracles.Observation) record.Finding {
	final := record.Finding{
		Oracle: f.Oracle, Signature: f.Signature, Basis: f.Basis.String(), Rule: f.Rule, Spec: f.Spec,
		Severity: f.Severity.String(), Tool: f.Tool, Mutant: f.Mutant, Confirmed: record.Unconfirmed,
		Message: r.Redact.String(f.Message), Fix: f.Fix, Guide: oracles.Guide(f.Fix), Stderr: []string{},
		HowOften: generators.HowOften(o.Case.Origin.Class),
	}
	var cutSent, cutReceived bool
	// More than is shown, so that a secret at the end is known as one.
	final.Sent, cutSent = r.Redact.Excerpt(execute.SentBytes(o, f.Step, 2*record.ExcerptSize), record.ExcerptSize)
	final.Received, cutReceived = r.Redact.Excerpt(execute.ReceivedBytes(o, f.Step), record.ExcerptSize)
	final.Truncated = cutSent || cutReceived
	if text, _ := r.Redact.Excerpt(o.Stderr, record.ExcerptSize); text != "" {
		final.Stderr = strings.Split(strings.TrimRight(text, "\n"), "\n")
	}
	return final
}
