package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"
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
	p.line("target %s, protocol %s, seed %d", Line(s.Target), Line(dash(s.Protocol)), s.Seed)
	groups := grouped(s.Findings)
	if s.Calls == 0 {
		p.line("nothing was tested")
	} else {
		p.findings(groups)
	}
	p.reproduce(groups)
	p.counts(s)
	p.line("%s", Untested(s))
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

// group is what one row shows: findings of one oracle that break one rule in
// one tool.
type group struct {
	first   record.Finding
	mutants []string
}

// grouped joins findings that differ by their mutant alone.
func grouped(findings []record.Finding) []*group {
	var groups []*group
	index := map[[5]string]*group{}
	for _, f := range findings {
		key := [5]string{f.Oracle, id(f), f.Tool, f.Severity, f.Confirmed}
		g := index[key]
		if g == nil {
			g = &group{first: f}
			index[key] = g
			groups = append(groups, g)
		}
		g.mutants = append(g.mutants, f.Mutant)
	}
	return groups
}

// text is the finding in words, with what was done where they do not tell it,
// and how many other ways led to the same.
func (g *group) text() string {
	text := g.first.Message
	if m := g.first.Mutant; m != "" && !strings.Contains(text, m) {
		text += " (" + m + ")"
	}
	if n := len(g.mutants) - 1; n > 0 {
		text = fmt.Sprintf("%s; so with %s", text, Count(n, "other mutant"))
	}
	return text
}

func (p *printer) findings(groups []*group) {
	if len(groups) == 0 {
		p.line("no findings")
		return
	}
	rows := make([][]string, len(groups))
	for i, g := range groups {
		f := g.first
		rows[i] = []string{strconv.Itoa(i + 1), severity(f), id(f), dash(f.Tool), g.text(), f.Fix}
	}
	if p.err == nil {
		p.err = Rows(p.w, []string{"#", severityHead, "rule", "tool", "finding", "guard"}, rows, p.opts)
	}
}

// severity is the word, with what keeps it from counting.
func severity(f record.Finding) string {
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

// reproduce prints, by the number of the row, the commands that show a finding
// again. They are printed whole.
func (p *printer) reproduce(groups []*group) {
	first := true
	for i, g := range groups {
		if g.first.Reproduce == "" {
			continue
		}
		if first {
			p.line("to see one again:")
			first = false
		}
		p.line("%3d  %s", i+1, Printable(g.first.Reproduce))
	}
}

func (p *printer) counts(s record.Summary) {
	var outcomes []string
	for _, word := range sortedKeys(s.Outcomes) {
		outcomes = append(outcomes, fmt.Sprintf("%d %s", s.Outcomes[word], word))
	}
	text := fmt.Sprintf("%s, %s", Count(s.Cases, "case"), Count(s.Calls, "call"))
	if s.Seconds > 0 {
		text += fmt.Sprintf(" in %.1f s", s.Seconds)
	}
	if len(outcomes) > 0 {
		text += ": " + strings.Join(outcomes, ", ")
	}
	p.line("%s", text)
	if s.Stopped != "" {
		p.line("stopped early: %s", Line(s.Stopped))
	}
	for _, i := range s.Inconclusive[:min(len(s.Inconclusive), maxInconclusive)] {
		p.line("inconclusive: %s: %s", Line(i.What), Line(i.Why))
	}
	if more := len(s.Inconclusive) - maxInconclusive; more > 0 {
		p.line("inconclusive: %s more", Count(more, "verdict"))
	}
}

// maxInconclusive is how many verdicts that could not be given are told one by
// one.
const maxInconclusive = 10

// Untested is the last line of the answer: how much was tested, and why the
// rest was not.
func Untested(s record.Summary) string {
	text := fmt.Sprintf("tested %d of %s, %d of %s",
		len(s.Tested.Tools), Count(s.Tested.ToolsListed, "tool"), len(s.Tested.Rules), Count(s.Tested.RulesKnown, "rule"))
	if why := skipped(s.Skipped); why != "" {
		text += "; skipped: " + why
	} else if s.Tested.ToolsListed == 0 {
		text += "; the server lists no tools"
	}
	return text
}

// skipped groups the tools that were not called by why.
func skipped(list []record.Skip) string {
	count := map[string]int{}
	for _, skip := range list {
		count[skip.Why]++
	}
	var parts []string
	for _, why := range sortedKeys(count) {
		part := Count(count[why], "tool") + " " + Line(why)
		if why == NotReadOnly {
			part += " (give --include-writes or --tool NAME)"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}

// Count writes a number of things.
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}

func sortedKeys(m map[string]int) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
