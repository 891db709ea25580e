package report

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// Load prints the answer of a load for people.
func Load(w io.Writer, l record.Load, opts Options) error {
	p := printer{w: w, opts: opts}
	model := "open load"
	if l.Agents > 0 {
		model = "closed load of " + Count(l.Agents, "agent")
	}
	if l.Engine != "" {
		model += " sent by " + l.Engine
	}
	p.line("target %s, protocol %s", Line(l.Target), Line(dash(l.Protocol)))
	p.line("%s, seed %d, schedule %.12s", model, l.Seed, l.Schedule)
	p.line("offered %.1f calls/s, achieved %.1f calls/s: %s of %s in %v", l.Offered, l.Achieved,
		Count(int(l.Calls), "call"), Count(int(l.Prompts), "prompt"), time.Duration(l.Seconds*float64(time.Second)).Round(10*time.Millisecond))
	if l.FollowUps > 0 {
		p.line("%s followed the answers of others", Count(int(l.FollowUps), "more prompt"))
	}
	if l.Nice > 0 {
		p.line("the target ran at a priority lower by %d than the load, which is so sent when it is due (--nice)", l.Nice)
	}
	if l.Running {
		p.line("it was under way when this was saved")
	}
	p.rows([]string{"class", "calls", "share", "meaning"}, classRows(l))
	p.rows(append([]string{"time"}, percentileHeads()...), [][]string{
		append([]string{"response, from when due"}, percentileCells(l.Response)...),
		append([]string{"service, from when sent"}, percentileCells(l.Service)...),
		append([]string{"lag of sending"}, percentileCells(l.Lag)...),
	})
	p.rows(append([]string{"tool", "calls", "ok"}, percentileHeads()...), toolRows(l))
	if l.Profile != "" {
		p.rows([]string{"as " + l.Profile, "", "must", "calls", "refused", "accepted", "broke"}, mistakeRows(l.Mistakes))
	}
	if l.Followed > 0 {
		p.line("%s of loops, each after a refusal or a failure", Count(int(l.Followed), "call"))
	}
	if l.Limited != "" {
		p.line("generator-limited, which says nothing of the server: %s", l.Limited)
	}
	if l.Retried > 0 {
		p.line("%s sent again, %d of them when the server had said to; of these %s were let in", Count(int(l.Retried), "call"), l.Waited, percent(l.Kept, l.Waited))
	}
	if l.Strays > 0 {
		p.line("messages that answer no call under way: %d", l.Strays)
	}
	if l.Goroutines > 0 {
		p.line("goroutines that the server left: %d", l.Goroutines)
	}
	if l.Problem != "" {
		p.line("the first that was not accepted: %s", Line(l.Problem))
	}
	if l.Study != nil {
		p.study(*l.Study)
	}
	if len(l.Slow) > 0 {
		p.rows([]string{"slow clients", "hung up on", "not let in", "ok before", "during", "p50 before", "during", "isolation", "recovery"}, slowRows(l.Slow))
	}
	if l.Burst != nil {
		p.burst(*l.Burst)
	}
	if l.Sessions != nil {
		p.sessions(*l.Sessions)
	}
	if l.Used != nil {
		p.rows([]string{"target", "before", "at most", "after", ""}, usedRows(*l.Used))
	}
	if len(l.Expected) > 0 {
		p.rows([]string{"expected", "measured", "held"}, expectedRows(l))
	}
	return p.err
}

// sessions prints what a server keeps of sessions that are over.
func (p *printer) sessions(s record.Sessions) {
	kept := "what was kept of them is not known"
	if s.Kept != nil {
		kept = fmt.Sprintf("%.1f KiB of memory kept of each", *s.Kept/(1<<10))
	}
	p.line("%s opened and ended, %d not to be had: %s", Count(s.Opened, "session"), s.Failed, kept)
	if s.Used != nil {
		p.rows([]string{"target", "before", "at most", "after", ""}, usedRows(*s.Used))
	}
}

// burst prints what became of many calls at once.
func (p *printer) burst(b record.Burst) {
	p.line("%s of %s at once: all were out before the first answer in %d of them, %.1f %% of the calls in the mean; at most %d in flight",
		Count(b.Times, "burst"), Count(b.Size, "call"), b.Together, 100*b.Overlap, b.Peak)
	cells := func(name string, m record.Middle) []string {
		return []string{name, milliseconds(m.Median), milliseconds(m.Max)}
	}
	p.rows([]string{"of a burst", "median", "max"}, [][]string{
		cells("from the first call sent to the last", b.Skew), cells("first answer, from when due", b.First), cells("last answer, from when due", b.Last),
	})
	p.line("of its calls: %s", classText(b.Classes, int64(b.Times*b.Size)))
}

func milliseconds(ms float64) string { return digits(time.Duration(ms * float64(time.Millisecond))) }

// usedRows tell what the target used. What is more afterwards is no leak yet: servers keep
// what they may need again.
func usedRows(u record.Used) [][]string {
	rss, files, threads := u.Grown()
	row := func(name string, grown bool, cell func(record.Usage) string) []string {
		r := []string{name, cell(u.Before), cell(u.Peak), cell(u.After), ""}
		if grown {
			r[4] = "more than before"
		}
		if u.Gone {
			r[3] = "gone"
		}
		return r
	}
	return [][]string{
		row("processor time", false, func(x record.Usage) string { return seconds(x.CPU).String() }),
		row("memory", rss, func(x record.Usage) string { return fmt.Sprintf("%.1f MiB", float64(x.RSS)/(1<<20)) }),
		row("files", files, func(x record.Usage) string { return fmt.Sprint(x.Files) }),
		row("threads", threads, func(x record.Usage) string { return fmt.Sprint(x.Threads) }),
	}
}

func expectedRows(l record.Load) (rows [][]string) {
	for _, x := range l.Expected {
		held := "yes"
		if !x.Held {
			held = "NO"
		}
		rows = append(rows, []string{x.What, x.Measured, held})
	}
	return rows
}

// rows prints a table.
func (p *printer) rows(head []string, rows [][]string) {
	if p.err == nil {
		p.err = Rows(p.w, head, rows, p.opts)
	}
}

// mistakeRows are the mistakes, and what became of them.
func mistakeRows(list []record.Mistake) (rows [][]string) {
	must := map[string]string{"accept": "be served", "reject": "be refused", "any": "be either"}
	for _, m := range list {
		share := func(n int64) string { return percent(n, m.Calls) }
		rows = append(rows, []string{m.Class, m.Name, must[m.Want], fmt.Sprint(m.Calls), share(m.Refused), share(m.Accepted), share(m.Broke)})
	}
	return rows
}

func classRows(l record.Load) (rows [][]string) {
	for _, c := range l.Classes {
		rows = append(rows, []string{c.Name, fmt.Sprint(c.Calls), percent(c.Calls, l.Calls), c.Meaning})
	}
	return rows
}

func percent(n, of int64) string { return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(max(of, 1))) }

// toolRows are the tools, those with the most calls first.
func toolRows(l record.Load) (rows [][]string) {
	tools := slices.Clone(l.Tools)
	slices.SortStableFunc(tools, func(a, b record.LoadTool) int { return int(b.Calls - a.Calls) })
	for _, tool := range tools {
		cells := []string{tool.Name, fmt.Sprint(tool.Calls), percent(tool.OK, tool.Calls)}
		rows = append(rows, append(cells, percentileCells(tool.Response)...))
	}
	return rows
}

func percentileHeads() []string {
	var heads []string
	for _, p := range record.Percentiles() {
		heads = append(heads, fmt.Sprintf("p%g", p))
	}
	return append(heads, "max")
}

// percentileCells are the percentiles, or how many times they would need.
func percentileCells(times record.Times) []string {
	var cells []string
	for _, p := range record.Percentiles() {
		cell := fmt.Sprintf("n < %d", record.Needed(p))
		if d, ok := times.At(p); ok {
			cell = digits(d)
		}
		cells = append(cells, cell)
	}
	return append(cells, digits(times.Longest()))
}

// digits is a duration in about three digits.
func digits(d time.Duration) string {
	for unit := time.Duration(1); ; unit *= 10 {
		if d < 1000*unit {
			return d.Round(unit).String()
		}
	}
}
