package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
)

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

// group is what one row shows: findings of one oracle that break one rule in
// one tool, or the advice of one kind on all tools.
type group struct {
	first   record.Finding
	mutants []string
	tools   []string
}

// grouped joins findings that differ by their mutant alone, and advice that
// differs by the tool.
func grouped(findings []record.Finding) []*group {
	var groups []*group
	index := map[[5]string]*group{}
	for _, f := range findings {
		key := [5]string{f.Oracle, id(f), f.Tool, f.Severity, f.Confirmed}
		if f.IsAdvice() {
			key[2] = ""
		}
		g := index[key]
		if g == nil {
			g = &group{first: f}
			index[key] = g
			groups = append(groups, g)
		}
		g.mutants, g.tools = append(g.mutants, f.Mutant), append(g.tools, f.Tool)
	}
	return groups
}

// tool is what stands in the column of that name.
func (g *group) tool() string {
	if g.first.IsAdvice() && len(g.tools) > 1 {
		return Count(len(g.tools), "tool")
	}
	return dash(g.first.Tool)
}

// text is the finding in words, with what was done where they do not tell it, how
// common that is, and how many other ways led to the same.
func (g *group) text() string {
	if g.first.IsAdvice() && len(g.tools) > 1 {
		return g.advice()
	}
	text := g.first.Message
	if m := g.first.Mutant; m != "" && !strings.Contains(text, m) {
		text += " (" + m + ")"
	}
	if often := g.first.HowOften; often != "" {
		text += "; " + often
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
		rows[i] = []string{strconv.Itoa(i + 1), severity(f), id(f), g.tool(), g.text(), f.Fix}
	}
	if p.err == nil {
		p.err = Rows(p.w, []string{"#", severityHead, "rule", "tool", "finding", "guard"}, rows, p.opts)
	}
	p.guide("GUARD")
}

// guide says where guards are told of.
func (p *printer) guide(guard string) {
	p.line("what a guard does, and how a server gets it: %s", oracles.Guide(guard))
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
	return strings.TrimSpace(f.Spec + " " + f.Rule)
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
