package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// How many tools a row of advice names, and how much of each name it shows.
const (
	maxNamed = 6
	maxName  = 40
)

// advice is what several tools are told, and which.
func (g *group) advice() string {
	a, _ := oracles.AdviceOf(g.first.Oracle)
	var names []string
	for _, tool := range g.tools[:min(len(g.tools), maxNamed)] {
		names = append(names, Short(dash(tool), maxName))
	}
	text := strings.TrimSuffix(a.Doc, ".") + ": " + strings.Join(names, ", ")
	if n := len(g.tools) - maxNamed; n > 0 {
		text = fmt.Sprintf("%s and %d more", text, n)
	}
	return text
}

// maxAdvice bounds the rows of advice.
const maxAdvice = 1000

// Advice prints what a list of tools shows without a call, tool by tool.
func Advice(w io.Writer, s record.Summary, opts Options) error {
	p := printer{w: w, opts: opts}
	p.line("target %s, protocol %s", Line(s.Target), Line(dash(s.Protocol)))
	found := slices.Clone(s.Findings)
	Sort(found)
	slices.SortStableFunc(found, func(a, b record.Finding) int { return strings.Compare(a.Tool, b.Tool) })
	p.advice(found[:min(len(found), maxAdvice)])
	if n := len(found) - maxAdvice; n > 0 {
		p.line("and %d more, which --format json shows", n)
	}
	p.line("%s on %s; no tool was called", Count(len(found), "remark"), Count(s.Tested.ToolsListed, "tool"))
	return p.err
}

func (p *printer) advice(found []record.Finding) {
	if len(found) == 0 || p.err != nil {
		return
	}
	rows := make([][]string, len(found))
	for i, f := range found {
		rows[i] = []string{dash(f.Tool), f.Severity, id(f), f.Message}
	}
	p.err = Rows(p.w, []string{"tool", severityHead, "rule", "advice"}, rows, p.opts)
	p.guide(found[0].Fix)
}
