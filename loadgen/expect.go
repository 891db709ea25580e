package loadgen

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// Expectation is what a figure of a load has to be, as "p99<250ms".
type Expectation struct {
	Metric Metric
	holds  func(figure, bound float64) bool
	bound  float64
	text   string
}

// comparison is a way to compare a figure with its bound.
type comparison struct {
	sign  string
	holds func(figure, bound float64) bool
}

// comparisons are all of them, the longer signs first.
func comparisons() []comparison {
	return []comparison{
		{"<=", func(figure, bound float64) bool { return figure <= bound }},
		{">=", func(figure, bound float64) bool { return figure >= bound }},
		{"<", func(figure, bound float64) bool { return figure < bound }},
		{">", func(figure, bound float64) bool { return figure > bound }},
	}
}

// ParseExpectation reads one.
func ParseExpectation(text string) (Expectation, error) {
	at := strings.IndexAny(text, "<>")
	if at < 0 {
		return Expectation{}, fmt.Errorf("%q compares nothing; want a figure, one of < <= > >=, and its bound, like p99<250ms", text)
	}
	name := strings.TrimSpace(text[:at])
	metrics := Metrics()
	i := slices.IndexFunc(metrics, func(m Metric) bool { return m.Name == name })
	if i < 0 {
		var names []string
		for _, m := range metrics {
			names = append(names, m.Name)
		}
		return Expectation{}, fmt.Errorf("%q: there is no figure %q, but %s", text, name, strings.Join(names, ", "))
	}
	e := Expectation{Metric: metrics[i], text: text}
	for _, c := range comparisons() {
		if rest, ok := strings.CutPrefix(text[at:], c.sign); ok {
			var err error
			if e.bound, err = e.Metric.Unit.parse(strings.TrimSpace(rest)); err != nil {
				return Expectation{}, fmt.Errorf("%q: %w", text, err)
			}
			e.holds = c.holds
			break
		}
	}
	return e, nil
}

// parse reads a figure of the unit.
func (u Unit) parse(text string) (float64, error) {
	var figure float64
	var err error
	want := "a number"
	switch number, percent := strings.CutSuffix(text, "%"); {
	case u == Milliseconds:
		want = "a time like 250ms"
		var d time.Duration
		d, err = time.ParseDuration(text)
		figure = float64(d) / float64(time.Millisecond)
	case u == PerSecond:
		want = "calls in a second, like 200/s"
		figure, err = strconv.ParseFloat(strings.TrimSuffix(text, "/s"), 64)
	case u == Share && percent:
		figure, err = strconv.ParseFloat(strings.TrimSpace(number), 64)
		figure /= 100
	default:
		figure, err = strconv.ParseFloat(text, 64)
	}
	if u == Share {
		want = "a share like 0.95 or 95%"
	}
	if err != nil || math.IsNaN(figure) || math.IsInf(figure, 0) || figure < 0 || u == Share && figure > 1 {
		return 0, fmt.Errorf("%q is no bound for it; want %s", text, want)
	}
	return figure, nil
}

// Judge holds a load to the expectation. What was not measured does not hold.
func (e Expectation) Judge(l record.Load) record.Expected {
	figure, measured := e.Metric.Of(l)
	x := record.Expected{What: e.text, Measured: "not measured"}
	if measured {
		x.Measured = e.Metric.Unit.Format(figure)
		x.Held = e.holds(figure, e.bound)
	}
	return x
}
