package loadgen

import (
	"fmt"
	"math"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// Compare sets two loads side by side by all figures that both have, each load given as its
// repeats. One is better or worse where the medians are further apart than the margin, a
// part of the first, and the intervals do not meet: what the repeats of one load are apart
// is noise.
func Compare(before, after []record.Load, margin float64) []record.Difference {
	list := []record.Difference{}
	for _, m := range Metrics() {
		a, okA := m.interval(before)
		b, okB := m.interval(after)
		if !okA || !okB {
			continue
		}
		d := record.Difference{Metric: m.Name, Before: a, After: b, Word: record.Same, Unit: m.Unit.Format}
		if a.Median != 0 {
			d.Change = b.Median/a.Median - 1
		}
		apart := math.Abs(b.Median-a.Median) > margin*math.Abs(a.Median)
		switch {
		case !apart || b.Low <= a.High && a.Low <= b.High:
		case b.Median > a.Median == m.More:
			d.Word = record.Better
		default:
			d.Word = record.Worse
		}
		list = append(list, d)
	}
	return list
}

// interval is the figure of some loads, of all of which it must be known.
func (m Metric) interval(loads []record.Load) (record.Interval, bool) {
	var figures []float64
	for _, l := range loads {
		figure, ok := m.Of(l)
		if !ok {
			return record.Interval{}, false
		}
		figures = append(figures, figure)
	}
	n := len(figures)
	if n == 0 {
		return record.Interval{}, false
	}
	slices.Sort(figures)
	return record.Interval{Median: (figures[(n-1)/2] + figures[n/2]) / 2, Low: figures[0], High: figures[n-1], Count: n}, true
}

// Unlike says what makes two loads no repeats of each other, "" where nothing does.
func Unlike(a, b record.Load) string {
	const near = 0.01
	switch {
	case a.Agents != b.Agents:
		return fmt.Sprintf("one is of %d agents, another of %d", a.Agents, b.Agents)
	case a.Agents == 0 && math.Abs(a.Offered-b.Offered) > near*a.Offered:
		return fmt.Sprintf("one offers %.1f calls/s, another %.1f", a.Offered, b.Offered)
	}
	return ""
}
