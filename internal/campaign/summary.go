package campaign

import (
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// summary is the whole answer as far as the run came.
func (c *collector) summary(took time.Duration) record.Summary {
	s := record.Summary{
		Version: record.Version, Target: c.Redact.String(c.Target.String()), Protocol: c.spoken(),
		Seed: c.Seed, Cases: c.cases, Calls: c.calls, Seconds: took.Seconds(),
		StreamDigest: hex.EncodeToString(c.digest.Sum(nil)), Outcomes: c.outcomes,
		Skipped: c.skipped(), Stopped: c.Redact.String(c.stopped),
		Inconclusive: c.inconclusive(), Findings: c.findings(), ErrorQuality: c.errorQuality(),
	}
	rules := slices.DeleteFunc(keysOf(c.rules), func(id string) bool { return !c.Filter.asksFor(id) })
	s.Tested = record.Tested{
		Tools: keysOf(c.asked[scenarios.FeatureTool]), ToolsListed: c.learned.catalog.Len(),
		Prompts: keysOf(c.asked[scenarios.FeaturePrompt]), PromptsListed: len(c.learned.catalog.Prompts()),
		Resources: keysOf(c.asked[scenarios.FeatureResource]), ResourcesListed: len(c.learned.catalog.Resources()),
		Rules: oracles.Hardening(rules), RulesKnown: oracles.HardeningRules, Specs: rules,
		Pairs: len(c.pairs), PairsKnown: c.pairsKnown(),
	}
	return s
}

// skipped are the tools that were not called; why may hold text of the server.
func (c *collector) skipped() []record.Skip {
	list := orEmpty(slices.Clone(c.learned.skipped))
	for i := range list {
		list[i].Why = c.Redact.String(list[i].Why)
	}
	return list
}

// inconclusive lists what could not be judged, and why.
func (c *collector) inconclusive() []record.Inconclusive {
	list := orEmpty(slices.Clone(c.learned.without))
	for _, why := range c.unsaved {
		list = append(list, record.Inconclusive{What: "a finding", Why: why})
	}
	for _, note := range keysOf(c.notes) {
		list = append(list, record.Inconclusive{What: cases(c.notes[note]), Why: note})
	}
	for i := range list {
		list[i].Why = c.Redact.String(list[i].Why)
	}
	return list
}

func cases(n int) string {
	if n == 1 {
		return "1 case"
	}
	return fmt.Sprintf("%d cases", n)
}

// findings are the confirmed suspects in the order they were first seen, and
// then the advice.
func (c *collector) findings() []record.Finding {
	list := []record.Finding{}
	for _, signature := range c.order {
		list = append(list, c.suspects[signature].final)
	}
	return append(list, c.advice...)
}

// orEmpty keeps an absent list from being written as null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// keysOf returns the sorted keys of a map, never nil.
func keysOf[V any](m map[string]V) []string {
	list := make([]string, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}
