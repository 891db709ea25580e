package record

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// maxLine bounds one line of a record.
const maxLine = 16 << 20

// gather adds up the lines of a record. The last line may be torn; it is left
// out.
func gather(path string) (Summary, error) {
	f, err := os.Open(path)
	if err != nil {
		return Summary{}, fmt.Errorf("read the run: %w", err)
	}
	defer f.Close()
	g := newGatherer()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxLine)
	torn := 0
	for n := 1; lines.Scan(); n++ {
		var line Line
		switch err := json.Unmarshal(lines.Bytes(), &line); {
		case torn > 0:
			return g.s, fmt.Errorf("%s:%d is no line of a record", path, torn)
		case err != nil:
			torn = n
			continue
		}
		if err := checkVersion(path, line.Version); err != nil {
			return g.s, err
		}
		g.add(line)
	}
	if err := lines.Err(); err != nil {
		return g.s, fmt.Errorf("read the run: %w", err)
	}
	if !g.begun {
		return g.s, fmt.Errorf("%s: %w", path, ErrNotBegun)
	}
	return g.summary(), nil
}

// ErrNotBegun is wrapped when a record ends before its run began.
var ErrNotBegun = errors.New("the run ended before it began")

// gatherer adds up the lines of a run that wrote no summary.
type gatherer struct {
	s     Summary
	begun bool
	ended bool
	// What the cases put to the test.
	rules, pairs map[string]bool
	// asked holds what was asked for, by the word of its feature.
	asked map[string]map[string]bool
}

func newGatherer() *gatherer {
	return &gatherer{
		s: Summary{
			Version: Version, Outcomes: map[string]int{}, Findings: []Finding{}, ErrorQuality: []ErrorQuality{},
			Stopped: "the run was ended before it wrote its summary",
		},
		rules: map[string]bool{}, pairs: map[string]bool{}, asked: map[string]map[string]bool{},
	}
}

func (g *gatherer) add(line Line) {
	switch {
	case line.Run != nil:
		g.begin(*line.Run)
	case line.Case != nil:
		g.count(*line.Case)
	case line.Finding != nil:
		g.find(*line.Finding)
	case line.End != nil:
		g.s, g.ended = *line.End, true
	}
}

func (g *gatherer) begin(run Run) {
	g.begun = true
	g.s.Target, g.s.Protocol, g.s.Seed = run.Target, run.Protocol, run.Seed
	g.s.Skipped, g.s.Inconclusive = run.Skipped, run.Inconclusive
	t := &g.s.Tested
	t.ToolsListed, t.PromptsListed, t.ResourcesListed, t.PairsKnown = run.Tools, run.Prompts, run.Resources, run.Pairs
}

func (g *gatherer) count(c Case) {
	g.s.Cases++
	for _, o := range c.Outcomes {
		g.s.Outcomes[o]++
		if o != oracles.Unsent.String() {
			g.s.Calls++
		}
	}
	for _, id := range c.Rules {
		g.rules[id] = true
	}
	if c.Note != "" {
		return
	}
	g.pairs[c.Tool+"\x00"+c.Class] = true
	if c.Tool == "" {
		return
	}
	if g.asked[c.Feature] == nil {
		g.asked[c.Feature] = map[string]bool{}
	}
	g.asked[c.Feature][c.Tool] = true
}

// find keeps a finding, in the place of what was known of it before.
func (g *gatherer) find(f Finding) {
	at := slices.IndexFunc(g.s.Findings, func(old Finding) bool { return old.Signature == f.Signature })
	if at < 0 {
		g.s.Findings = append(g.s.Findings, f)
		return
	}
	g.s.Findings[at] = f
}

func (g *gatherer) summary() Summary {
	if g.ended {
		return g.s
	}
	t := &g.s.Tested
	t.Tools, t.Specs = sortedNames(g.asked[""]), sortedNames(g.rules)
	t.Prompts, t.Resources = sortedNames(g.asked[scenarios.FeaturePrompt.String()]), sortedNames(g.asked[scenarios.FeatureResource.String()])
	t.Rules, t.RulesKnown = oracles.Hardening(t.Specs), oracles.HardeningRules
	t.Pairs = len(g.pairs)
	return g.s
}
