package campaign

import (
	"context"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// maxAlone is how many of a burst's calls are played alone to find the one that
// ends the server.
const maxAlone = 4

// blame looks behind crashes under a burst: a call that ends the server alone
// is the fault, and the other calls of the burst were collateral.
func (c *collector) blame(ctx context.Context) {
	for _, signature := range slices.Clone(c.order) {
		s := c.suspects[signature]
		if s.finding.Oracle != "crash" || len(s.first.seen.Seen) < 2 {
			continue
		}
		for _, call := range aloneCalls(s.first.c) {
			if c.blameOn(ctx, s, call) {
				break
			}
		}
	}
}

// blameOn plays a call alone and, when it shows the crash, lets its case stand
// in the place of the burst.
func (c *collector) blameOn(ctx context.Context, s *suspect, call scenarios.Step) bool {
	alone := s.first.c
	alone.Steps = []scenarios.Step{call}
	o, ok := c.observe(ctx, alone, s.first.revision, noOvertime)
	if !ok {
		return false
	}
	for _, f := range c.found(o) {
		if f.Oracle != "crash" {
			continue
		}
		delete(c.suspects, s.finding.Signature)
		c.order = slices.DeleteFunc(c.order, func(sig string) bool { return sig == s.finding.Signature })
		if known := c.suspects[f.Signature]; known != nil {
			known.count += s.count
			return true
		}
		s.finding, s.first.c, s.first.seen, s.first.findings = f, alone, o, []oracles.Finding{f}
		c.suspects[f.Signature] = s
		c.order = append(c.order, f.Signature)
		return true
	}
	return false
}

// aloneCalls are the different calls of a case's bursts, as calls by
// themselves.
func aloneCalls(c scenarios.Case) []scenarios.Step {
	var calls []scenarios.Step
	for _, step := range c.Steps {
		burst, ok := step.(scenarios.Burst)
		if !ok {
			continue
		}
		for _, line := range burst.Lines {
			if alone, ok := asValid(line); ok && len(calls) < maxAlone {
				calls = append(calls, alone)
			}
		}
	}
	return calls
}

// asValid is a line of a burst as a step that does nothing wrong by itself; false
// for requests that nobody calls a mutant.
func asValid(line scenarios.Step) (scenarios.Step, bool) {
	const valid = "valid"
	switch line := line.(type) {
	case scenarios.Call:
		line.Mutant = valid
		return line, true
	case scenarios.Request:
		made := line.Mutant != ""
		line.Mutant = valid
		return line, made
	}
	return nil, false
}
