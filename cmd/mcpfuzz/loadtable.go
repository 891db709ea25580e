package main

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/report"
	"github.com/mcpfuzz/mcpfuzz/loadgen"
)

// tellLoad prints what a load measured, for people.
func tellLoad(w io.Writer, t target, load loadgen.Config, r loadgen.Result) error {
	model := "open load"
	if load.Plan.Pacer == nil {
		model = fmt.Sprintf("closed load of %s", report.Count(load.Agents, "agent"))
	}
	fmt.Fprintf(w, "target %s\n%s, seed %d, schedule %.12s\n", report.Line(t.String()), model, load.Plan.Seed, r.Digest)
	fmt.Fprintf(w, "offered %.1f calls/s, achieved %.1f calls/s: %s of %s in %v\n", r.Offered, r.Achieved,
		report.Count(int(r.Calls()), "call"), report.Count(int(r.Prompts), "prompt"), r.Took.Round(10*time.Millisecond))
	opts := tableOptions(w)
	var rows [][]string
	for _, c := range loadgen.Classes() {
		if n := r.Classes[c.Class]; n > 0 {
			rows = append(rows, []string{c.Name, fmt.Sprint(n), share(n, r.Calls()), c.Doc})
		}
	}
	if err := report.Rows(w, []string{"class", "calls", "share", "meaning"}, rows, opts); err != nil {
		return err
	}
	if err := report.Rows(w, append([]string{"time"}, percentileHeads()...), [][]string{
		append([]string{"response, from when due"}, percentileCells(r.Response)...),
		append([]string{"service, from when sent"}, percentileCells(r.Service)...),
		append([]string{"lag of sending"}, percentileCells(r.Lag)...),
	}, opts); err != nil {
		return err
	}
	if err := report.Rows(w, append([]string{"tool", "calls", "ok"}, percentileHeads()...), toolRows(r), opts); err != nil {
		return err
	}
	if why := r.Limited(); why != "" {
		fmt.Fprintf(w, "generator-limited, which says nothing of the server: %s\n", why)
	}
	if r.Strays > 0 {
		fmt.Fprintf(w, "messages that answer no call under way: %d\n", r.Strays)
	}
	if r.Problem != "" {
		fmt.Fprintf(w, "the first that was not accepted: %s\n", report.Line(r.Problem))
	}
	return nil
}

func share(n, of int64) string { return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(max(of, 1))) }

// toolRows are the tools, those with the most calls first.
func toolRows(r loadgen.Result) [][]string {
	order := make([]int, len(r.Tools))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(r.Tools[b].Calls() - r.Tools[a].Calls()) })
	var rows [][]string
	for _, i := range order {
		tool := r.Tools[i]
		cells := []string{r.ToolNames[i], fmt.Sprint(tool.Calls()), share(tool.Classes[loadgen.OK], tool.Calls())}
		rows = append(rows, append(cells, percentileCells(tool.Response)...))
	}
	return rows
}

// percentiles are those that are shown.
var percentiles = [...]float64{50, 90, 95, 99, 99.9}

func percentileHeads() []string {
	var heads []string
	for _, p := range percentiles {
		heads = append(heads, fmt.Sprintf("p%g", p))
	}
	return append(heads, "max")
}

// percentileCells are the percentiles of which there are enough times; fewer tell of one
// noisy neighbour.
func percentileCells(times loadgen.Times) []string {
	var cells []string
	for _, p := range percentiles {
		cell := short(times.At(p))
		if need := loadgen.Needed(p); times.Count() < need {
			cell = fmt.Sprintf("n < %d", need)
		}
		cells = append(cells, cell)
	}
	return append(cells, short(times.Max()))
}

// short is a duration in about three digits.
func short(d time.Duration) string {
	for unit := time.Duration(1); ; unit *= 10 {
		if d < 1000*unit {
			return d.Round(unit).String()
		}
	}
}
