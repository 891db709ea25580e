package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
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

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
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
