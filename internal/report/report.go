package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// NotReadOnly is why tools are skipped that may change something.
const NotReadOnly = "not marked readOnlyHint"

// Options fit the output to where it goes.
type Options struct {
	// Width is how many columns there are.
	Width int
	// Color says whether severities are coloured.
	Color bool
}

// JSON prints a summary as one object.
func JSON(w io.Writer, s record.Summary) error { return s.Encode(w) }

// Sort orders findings worst first, then by signature.
func Sort(findings []record.Finding) {
	slices.SortStableFunc(findings, func(a, b record.Finding) int {
		if c := rank(b) - rank(a); c != 0 {
			return c
		}
		return strings.Compare(a.Signature, b.Signature)
	})
}

// rank orders by severity; what is flaky comes after all that is confirmed.
func rank(f record.Finding) int {
	s, _ := oracles.ParseSeverity(f.Severity)
	if !f.Counts() {
		return int(s) - int(oracles.Critical)
	}
	return int(s)
}

// Table prints a summary for people: the findings, how each is reproduced, what
// was counted and what was not tested.
func Table(w io.Writer, s record.Summary, opts Options) error {
	p := printer{w: w, opts: opts}
	p.line("target %s, protocol %s, seed %d", Printable(s.Target), Printable(s.Protocol), s.Seed)
	p.findings(s.Findings)
	p.reproduce(s.Findings)
	p.counts(s)
	p.untested(s)
	return p.err
}

// printer keeps the first error of many prints.
type printer struct {
	w    io.Writer
	opts Options
	err  error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *printer) findings(findings []record.Finding) {
	if len(findings) == 0 {
		p.line("no findings")
		return
	}
	rows := make([][]string, len(findings))
	for i, f := range findings {
		rows[i] = []string{p.severity(f), id(f), dash(f.Tool), f.Mutant, f.Message, f.Fix}
	}
	if p.err == nil {
		p.err = Rows(p.w, []string{"severity", "rule", "tool", "mutant", "finding", "guard"}, rows, p.opts)
	}
}

// severity is the word, with what keeps it from counting.
func (p *printer) severity(f record.Finding) string {
	word := f.Severity
	if !f.Counts() {
		word += " (" + f.Confirmed + ")"
	}
	return word
}

// id names the rule: the row of the table with its hardening rule.
func id(f record.Finding) string {
	if f.Spec == "" {
		return f.Rule
	}
	return f.Spec + " " + f.Rule
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// reproduce prints the commands that show each finding again.
func (p *printer) reproduce(findings []record.Finding) {
	first := true
	for _, f := range findings {
		if f.Reproduce == "" {
			continue
		}
		if first {
			p.line("to see one again:")
			first = false
		}
		p.line("  %s", Printable(f.Reproduce))
	}
}

func (p *printer) counts(s record.Summary) {
	var outcomes []string
	for _, word := range sortedKeys(s.Outcomes) {
		outcomes = append(outcomes, fmt.Sprintf("%d %s", s.Outcomes[word], word))
	}
	p.line("%d cases, %d calls in %.1f s: %s", s.Cases, s.Calls, s.Seconds, strings.Join(outcomes, ", "))
	if s.Stopped != "" {
		p.line("stopped early: %s", Printable(s.Stopped))
	}
	for _, i := range s.Inconclusive {
		p.line("inconclusive: %s: %s", Printable(i.What), Printable(i.Why))
	}
}

// untested is the last line: how much was tested, and why the rest was not.
func (p *printer) untested(s record.Summary) {
	text := fmt.Sprintf("tested %d of %d tools, %d of %d rules",
		len(s.Tested.Tools), s.Tested.ToolsListed, len(s.Tested.Rules), s.Tested.RulesKnown)
	if why := skipped(s.Skipped); why != "" {
		text += "; skipped: " + why
	}
	p.line("%s", Printable(text))
}

// skipped groups the tools that were not called by why.
func skipped(list []record.Skip) string {
	count := map[string]int{}
	for _, skip := range list {
		count[skip.Why]++
	}
	var parts []string
	for _, why := range sortedKeys(count) {
		part := fmt.Sprintf("%s %s", tools(count[why]), why)
		if why == NotReadOnly {
			part += " (give --include-writes or --tool NAME)"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}

func tools(n int) string {
	if n == 1 {
		return "1 tool"
	}
	return fmt.Sprintf("%d tools", n)
}

func sortedKeys(m map[string]int) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
