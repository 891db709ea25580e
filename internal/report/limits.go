package report

import (
	"fmt"
	"io"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// Limits prints for people how a server bounds how often it is called.
func Limits(w io.Writer, l record.Limits, opts Options) error {
	p := printer{w: w, opts: opts}
	p.line("target %s, protocol %s", Line(l.Target), Line(dash(l.Protocol)))
	p.line("%s of %s at most %.0f a second", Count(l.Calls, "request"), Line(l.Tool), l.Fastest)
	p.rows([]string{"counted for", "at once", "in the long run", ""}, layerRows(l))
	if l.Refusal != "" {
		p.line("refused %s", l.Refusal)
	}
	if l.Honest != "" {
		p.line("clients that came again when they were told to were %s", l.Honest)
	}
	if len(l.Looks) > 0 {
		p.rows([]string{"while one client is limited", ""}, lookRows(l))
	}
	if l.Cut != "" {
		p.line("not all was tried: %s", Line(l.Cut))
	}
	if len(l.Findings) == 0 {
		p.line("no finding")
		return p.err
	}
	p.rows([]string{severityHead, "rule", "what was seen", "guard"}, limitRows(l))
	p.guide("GUARD")
	return p.err
}

func layerRows(l record.Limits) (rows [][]string) {
	for _, layer := range l.Layers {
		calls := map[string]string{
			record.LayerLimited: fmt.Sprint(layer.Calls),
			record.LayerNone:    fmt.Sprintf("none up to %d", layer.Calls),
			record.LayerUnknown: "not known",
		}[layer.State]
		switch {
		case layer.AtMost:
			calls += " or fewer"
		case layer.AtLeast:
			calls += " or more"
		}
		pace := ""
		if layer.PerSecond > 0 {
			pace = fmt.Sprintf("%.3g a second (%d in %.3g s)", layer.PerSecond, layer.Served, layer.Seconds)
		}
		rows = append(rows, []string{layer.Name, calls, pace, layer.Why})
	}
	return rows
}

func lookRows(l record.Limits) (rows [][]string) {
	for _, look := range l.Looks {
		rows = append(rows, []string{look.Doc, look.Found})
	}
	return rows
}

func limitRows(l record.Limits) (rows [][]string) {
	for _, f := range l.Findings {
		rows = append(rows, []string{f.Severity, f.Rule, f.Message, f.Fix})
	}
	return rows
}
