package report

import (
	"fmt"
	"io"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// Changes prints what changed from one run to another for people.
func Changes(w io.Writer, c record.Changes, opts Options) error {
	p := printer{w: w, opts: opts}
	var rows [][]string
	for _, group := range []struct {
		word     string
		findings []record.Finding
	}{{"new", c.New}, {"gone", c.Gone}, {"kept", c.Kept}} {
		for _, f := range group.findings {
			rows = append(rows, []string{group.word, f.Severity, f.Rule, dash(f.Tool), f.Message})
		}
	}
	if len(rows) > 0 {
		p.rows([]string{"", severityHead, "rule", "tool", "finding"}, rows)
	}
	p.line("%d new, %d gone, %d kept", len(c.New), len(c.Gone), len(c.Kept))
	return p.err
}

// Differences prints two loads side by side for people.
func Differences(w io.Writer, list []record.Difference, opts Options) error {
	p := printer{w: w, opts: opts}
	var rows [][]string
	alone := false
	for _, d := range list {
		rows = append(rows, []string{d.Metric, interval(d.Before, d.Unit), interval(d.After, d.Unit), fmt.Sprintf("%+.1f %%", 100*d.Change), d.Word})
		alone = alone || d.Before.Count == 1 || d.After.Count == 1
	}
	p.rows([]string{"metric", "before", "after", "change", ""}, rows)
	if alone {
		p.line("what is noise cannot be told from one load; give folders of several")
	}
	return p.err
}

// interval is the median, and from where to where the repeats are.
func interval(x record.Interval, unit func(float64) string) string {
	if x.Count == 1 {
		return unit(x.Median)
	}
	return fmt.Sprintf("%s (%s to %s of %d)", unit(x.Median), unit(x.Low), unit(x.High), x.Count)
}
