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
	}
	if s.Calls > 0 || len(groups) > 0 {
		p.findings(groups)
	}
	p.reproduce(groups)
	p.counts(s)
	p.errorQuality(s.ErrorQuality)
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
	text := Count(s.Cases, "case")
	if s.Tested.PairsKnown > 0 {
		text += fmt.Sprintf(" over %d of %s of tool and class", s.Tested.Pairs, Count(s.Tested.PairsKnown, "pair"))
	}
	text += ", " + Count(s.Calls, "call")
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
	open := together(s.Inconclusive)
	for _, i := range open[:min(len(open), maxInconclusive)] {
		p.line("inconclusive: %s: %s", Line(i.What), Line(i.Why))
	}
	if more := len(open) - maxInconclusive; more > 0 {
		p.line("inconclusive: %s more", Count(more, "verdict"))
	}
}

// maxTogether is how many are named that one reason is told for.
const maxTogether = 5

// together joins what is open for the same reason.
func together(list []record.Inconclusive) []record.Inconclusive {
	var joined []record.Inconclusive
	whats := map[string][]string{}
	for _, i := range list {
		if whats[i.Why] == nil {
			joined = append(joined, i)
		}
		whats[i.Why] = append(whats[i.Why], i.What)
	}
	for k, i := range joined {
		all := whats[i.Why]
		joined[k].What = strings.Join(all[:min(len(all), maxTogether)], ", ")
		if more := len(all) - maxTogether; more > 0 {
			joined[k].What += fmt.Sprintf(" and %d more", more)
		}
	}
	return joined
}

// maxInconclusive is how many verdicts that could not be given are told one by
// one.
const maxInconclusive = 10

// Untested is the last line of the answer: how much was tested, and why the
// rest was not.
func Untested(s record.Summary) string {
	t := s.Tested
	text := "tested " + share(t.Tools, t.ToolsListed, "tool")
	if t.PromptsListed > 0 {
		text += ", " + share(t.Prompts, t.PromptsListed, "prompt")
	}
	if t.ResourcesListed > 0 {
		text += ", " + share(t.Resources, t.ResourcesListed, "resource")
	}
	text += ", " + share(t.Rules, t.RulesKnown, "rule")
	open := slices.DeleteFunc(slices.Clone(s.Inconclusive), func(i record.Inconclusive) bool {
		return i.Tool == "" || !slices.Contains(t.Tools, i.Tool)
	})
	if len(open) > 0 {
		text += fmt.Sprintf(" (%s without a valid call that works: what leans on one is open)", Count(len(open), "tool"))
	}
	if why := skipped(s.Skipped); why != "" {
		text += "; skipped: " + why
	} else if t.ToolsListed == 0 {
		text += "; the server lists no tools"
	}
	return text
}

// share is how many of all things of a kind there are.
func share(some []string, all int, thing string) string {
	return fmt.Sprintf("%d of %s", len(some), Count(all, thing))
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
