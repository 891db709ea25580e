package campaign

import (
	"fmt"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// begin writes the first lines of the record: what is run, and the advice.
func (c *collector) begin() error {
	err := c.log(record.Line{Kind: record.KindRun, Run: &record.Run{
		Tool: "mcpfuzz " + c.Version, Target: c.Redact.String(c.Target.String()),
		Protocol: c.spoken(), Seed: c.Seed, Cases: c.Cases,
		Catalog: c.learned.catalog.Digest(), Started: c.started.UTC().Format(time.RFC3339),
		Tools: c.learned.catalog.Len(), Prompts: len(c.learned.catalog.Prompts()), Resources: len(c.learned.catalog.Resources()),
		Pairs:   c.pairsKnown(),
		Skipped: c.skipped(), Inconclusive: c.inconclusive(),
	}})
	for i := range c.advice {
		if err == nil {
			err = c.log(record.Line{Kind: record.KindFinding, Finding: &c.advice[i]})
		}
	}
	return err
}

// note writes a case to the record as soon as it was played, with the findings
// that no case showed before, so that a run that is killed loses at most the
// line being written. Lines stand in the order in which cases ended.
func (c *collector) note(one played) error {
	if err := c.log(record.Line{Kind: record.KindCase, Case: c.caseRecord(one)}); err != nil {
		return err
	}
	c.progress()
	for _, f := range one.findings {
		if !c.isNew(f.Signature) {
			continue
		}
		first := c.describe(f, one.seen)
		first.Case, first.Seen = one.index, 1
		if err := c.log(record.Line{Kind: record.KindFinding, Finding: &first}); err != nil {
			return err
		}
	}
	return nil
}

// progress tells that one more case is done.
func (c *collector) progress() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done++
	if c.Progress != nil {
		c.Progress(c.done, c.Cases, len(c.noted))
	}
}

// isNew reports whether a signature is noted for the first time.
func (c *collector) isNew(signature string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	had := c.noted[signature]
	c.noted[signature] = true
	return !had
}

func (c *collector) caseRecord(one played) *record.Case {
	rec := &record.Case{
		Index: one.index, Tool: one.pair.Tool, Feature: recorded(one.pair.Feature), Class: one.pair.Class, Micros: one.micros,
		Rules: one.rules, Note: c.Redact.String(one.note),
	}
	for _, o := range one.outcomes {
		rec.Outcomes = append(rec.Outcomes, o.String())
	}
	for _, f := range one.findings {
		rec.Signatures = append(rec.Signatures, f.Signature)
	}
	return rec
}

// end writes the last lines of the record: the findings as they were settled, and
// the summary.
func (c *collector) end(s record.Summary) error {
	for i := range s.Findings {
		if s.Findings[i].IsAdvice() {
			continue // stands there since the beginning
		}
		if err := c.log(record.Line{Kind: record.KindFinding, Finding: &s.Findings[i]}); err != nil {
			return err
		}
	}
	return c.log(record.Line{Kind: record.KindEnd, End: &s})
}

func (c *collector) log(line record.Line) error {
	if c.Log == nil {
		return nil
	}
	line.Version = record.Version
	if err := c.Log(line); err != nil {
		return fmt.Errorf("write the record: %w", err)
	}
	return nil
}

// recorded is the word for a feature in the record: none for tools.
func recorded(f scenarios.Feature) string {
	if f == scenarios.FeatureTool {
		return ""
	}
	return f.String()
}
