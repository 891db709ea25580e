package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// study prints how a server bears more and more.
func (p *printer) study(s record.Study) {
	heads := []string{"goodput", "ok", "p50", "p90", "the rest"}
	p.rows(append([]string{"in parallel"}, heads...), levelRows(s.Ladder, func(l record.Level) string { return fmt.Sprint(l.Clients) }))
	if s.Capacity > 0 {
		p.line("answers at most %.1f calls/s, for which %.1f in parallel would do", s.Capacity, s.Parallel)
	}
	if n := len(s.Ladder); n > 0 && s.Ladder[n-1].Fairness > 0 {
		p.line("how alike %s are served (Jain; 1 is quite alike): %.2f", Count(s.Ladder[n-1].Clients, "client"), s.Ladder[n-1].Fairness)
	}
	open := s.Levels
	if s.Overload != nil {
		open = append(open[:len(open):len(open)], *s.Overload)
	}
	if len(open) > 0 {
		p.rows(append([]string{"offered"}, heads...), levelRows(open, func(l record.Level) string { return fmt.Sprintf("%.1f/s", l.Offered) }))
	}
	p.knees(s)
	if s.Short {
		p.line("levels of %v are too short to show a queue that grows slowly: the knee may lie lower", seconds(s.Level))
	}
	if len(s.Isolation) > 0 {
		p.rows([]string{"a client's session", "ok before", "during", "p50 before", "during", "isolation", "recovery", "by ideal", "abandoned work"}, isolationRows(s))
	}
	p.line("the longest time to answer again as at first: %v", seconds(s.Drained))
	if s.Verdict != "" {
		p.line("verdict: %s (%s)", s.Verdict, Line(s.Why))
	} else {
		p.line("no verdict: %s", Line(s.Why))
	}
}

func (p *printer) knees(s record.Study) {
	switch {
	case s.Knee != nil && s.Knee.Not > 0:
		p.line("knee: bears %.1f calls/s, and not %.1f", s.Knee.Borne, s.Knee.Not)
	case s.Knee != nil && slices.ContainsFunc(s.Levels, func(l record.Level) bool { return l.Limited != "" && l.Offered > s.Knee.Borne }):
		p.line("knee: at %.1f calls/s or above; higher rates could not be sent as they should", s.Knee.Borne)
	case s.Knee != nil:
		p.line("knee: above %.1f calls/s, the highest that was tried", s.Knee.Borne)
	}
	levels := append(slices.Concat(s.Ladder, s.Levels), record.Level{})
	if s.Overload != nil {
		levels = append(levels, *s.Overload)
	}
	busiest := slices.MaxFunc(levels, func(a, b record.Level) int { return cmp.Compare(a.Busy, b.Busy) })
	if busiest.Busy > 0 {
		p.line("mcpfuzz took up to %.1f of %s, at %.1f calls/s", busiest.Busy, Count(s.Processors, "processor"), busiest.Offered)
	}
	if s.LatencyKnee > 0 {
		p.line("from %.1f calls/s on p90 is more than twice what it is at the lowest rate", s.LatencyKnee)
	}
}

func levelRows(levels []record.Level, name func(record.Level) string) (rows [][]string) {
	for _, l := range levels {
		row := append([]string{name(l), fmt.Sprintf("%.1f/s", l.Goodput), fmt.Sprintf("%.1f %%", 100*l.Yield)}, percentileCells(l.Response)[:2]...)
		rows = append(rows, append(row, restOf(l)))
	}
	return rows
}

// restOf tells what became of the calls that were not ok.
func restOf(l record.Level) string {
	return classText(slices.DeleteFunc(slices.Clone(l.Classes), func(c record.LoadClass) bool { return c.Name == "ok" }), l.Calls)
}

// classText tells in one line what became of some calls.
func classText(classes []record.LoadClass, calls int64) string {
	var parts []string
	for _, c := range classes {
		parts = append(parts, c.Name+" "+percent(c.Calls, calls))
	}
	return dash(strings.Join(parts, ", "))
}

func isolationRows(s record.Study) (rows [][]string) {
	for _, x := range s.Isolation {
		factor := "-"
		if x.Factor != nil {
			factor = fmt.Sprintf("%.2f", *x.Factor)
		}
		abandoned := "-"
		if x.Abandoned != nil {
			abandoned = seconds(*x.Abandoned).String()
		}
		rows = append(rows, slices.Concat([]string{x.Session}, isolationCells(x), []string{factor, abandoned}))
	}
	return rows
}

// slowRows tell what slow clients did to another, by kind.
func slowRows(list []record.SlowClients) (rows [][]string) {
	for _, s := range list {
		kind := []string{fmt.Sprintf("%d, %s", s.Clients, s.Kind), fmt.Sprint(s.Dropped), fmt.Sprint(s.Refused)}
		rows = append(rows, append(kind, isolationCells(s.Isolation)...))
	}
	return rows
}

// isolationCells are the calls of a client before and during what others did, and what that
// came to.
func isolationCells(x record.Isolation) []string {
	took := "not within " + seconds(x.Watched).String()
	if x.Recovery != nil {
		took = seconds(*x.Recovery).String()
	}
	return []string{
		fmt.Sprintf("%.1f %%", 100*x.Before.OK), fmt.Sprintf("%.1f %%", 100*x.During.OK),
		percentileCells(x.Before.Response)[0], percentileCells(x.During.Response)[0], fmt.Sprintf("%.2f", x.Index), took,
	}
}

func seconds(s float64) time.Duration {
	return time.Duration(s * float64(time.Second)).Round(time.Millisecond)
}
