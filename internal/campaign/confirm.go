package campaign

import (
	"context"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// repeats is how often a finding must show again on fresh sessions before it
// counts: 3 of 3.
const repeats = 3

// confirm plays a suspect's case again, makes it smaller, saves it and writes
// its record. A finding that does not show each time is flaky.
func (c *collector) confirm(ctx context.Context, s *suspect) {
	smallest, seen, word := s.first.c, s.first.seen, record.Flaky
	if c.repeat(ctx, smallest, s.finding.Signature) {
		word = record.ConfirmedSession
		if c.Target.Kind().Fresh {
			word = record.ConfirmedProcess
		}
		smallest, seen = c.minimise(ctx, s)
	}
	finding := s.finding
	for _, f := range c.found(seen) {
		if f.Signature == finding.Signature {
			finding = f
		}
	}
	s.final = c.describe(finding, smallest, seen)
	s.final.Confirmed, s.final.Case, s.final.Seen = word, s.first.index, s.count
	c.save(s, smallest, finding)
}

// repeat reports whether the finding shows every time the case is played alone.
func (c *collector) repeat(ctx context.Context, cs scenarios.Case, signature string) bool {
	for range repeats {
		if _, ok := c.shows(ctx, cs, signature); !ok {
			return false
		}
	}
	return true
}

// shows plays a case alone on a fresh session and reports whether it shows the
// finding, and what was seen.
func (c *collector) shows(ctx context.Context, cs scenarios.Case, signature string) (oracles.Observation, bool) {
	if c.acquire(ctx) != nil {
		return oracles.Observation{}, false
	}
	defer c.release()
	p := &player{run: c.run}
	defer p.close()
	o, err := p.play(ctx, cs)
	if err != nil {
		return o, false
	}
	for _, f := range c.found(o) {
		if f.Signature == signature {
			return o, true
		}
	}
	return o, false
}

// save stores the smallest case and notes where it lies.
func (c *collector) save(s *suspect, smallest scenarios.Case, f oracles.Finding) {
	if c.Save == nil {
		return
	}
	smallest.Note = c.Redact.String(f.Message)
	smallest.Protocol = s.first.seen.Revision
	smallest.Finding = &scenarios.Mark{Signature: f.Signature, Step: f.Step}
	path, err := c.Save(smallest)
	if err != nil {
		c.notes["a finding could not be saved: "+err.Error()]++
		return
	}
	s.final.File = path
	if c.Reproduce != nil {
		s.final.Reproduce = c.Reproduce(path)
	}
}

// describe writes a finding as it is recorded: bounded, readable, redacted.
func (c *collector) describe(f oracles.Finding, cs scenarios.Case, o oracles.Observation) record.Finding {
	final := record.Finding{
		Oracle: f.Oracle, Signature: f.Signature, Basis: f.Basis.String(), Rule: f.Rule, Spec: f.Spec,
		Severity: f.Severity.String(), Tool: f.Tool, Mutant: f.Mutant,
		Message: c.Redact.String(f.Message), Fix: f.Fix, Stderr: []string{},
	}
	var cutSent, cutReceived bool
	final.Sent, cutSent = c.Redact.Excerpt(execute.SentBytes(o, f.Step, record.ExcerptSize), record.ExcerptSize)
	final.Received, cutReceived = c.Redact.Excerpt(execute.ReceivedBytes(o, f.Step), record.ExcerptSize)
	final.Truncated = cutSent || cutReceived
	if text, _ := c.Redact.Excerpt(o.Stderr, record.ExcerptSize); text != "" {
		final.Stderr = strings.Split(strings.TrimRight(text, "\n"), "\n")
	}
	return final
}
