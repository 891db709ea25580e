package oracles

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// When a cost has left all proportion to size: of those of a series that could be
// measured, each higher than the one before, it has grown so many times as much as the
// size, which is more than a busy machine makes of it; no single step is so great a
// share of the growth, as a logarithm; and the power of the size by which the cost
// grows is so great. Sorting grows by little more than 1, comparing all with all by 2.
const (
	leastExcess   = 4
	mostOfOneStep = 0.8
	leastPower    = 1.6
)

// How many calls of a series must have cost enough to be measured.
const (
	leastTimed   = 3
	leastWeighed = 5
)

// cost is what calls are measured by.
type cost struct {
	oracle, what, fix string
	// least is what can be measured, points how many must be measured, worst what the
	// last of them must reach, and perByte so much for each byte that the series sent.
	least, worst, perByte float64
	points                int
	// of is what a call cost, where the first of its series is known; false where it
	// was not measured.
	of func(first, s Seen) (float64, bool)
	// power is the power of the size by which the costs grow.
	power func([]point) float64
	text  func(float64) string
}

// point is what a call of some size cost.
type point struct{ size, cost float64 }

// disproportionate finds what takes time out of proportion to the size of what asks for it:
// by the fit of a series, never by one slow call.
func disproportionate(ctx *Context, o Observation) []Finding {
	return outOfProportion(ctx, o, cost{
		oracle: "disproportion", what: "time of", fix: "proportion", least: 0.02, worst: 0.5, points: leastTimed, power: slope,
		of: func(_, s Seen) (float64, bool) { return s.took() },
		text: func(seconds float64) string {
			return time.Duration(seconds * float64(time.Second)).Round(time.Millisecond).String()
		},
	})
}

// swelling finds tools whose calls take memory out of proportion to their size. The
// process must have held far more than what it was sent: collected heaps grow in leaps,
// and hold many copies before they are collected.
func swelling(ctx *Context, o Observation) []Finding {
	return outOfProportion(ctx, o, cost{
		oracle: "swelling", what: "memory of", fix: "footprint",
		least: 4 << 20, worst: 64 << 20, perByte: 64, points: leastWeighed, power: marginalPower,
		of: func(first, s Seen) (float64, bool) {
			return float64(s.Peak - first.Peak), first.Peak > 0 && s.Peak > 0
		},
		text: func(bytes float64) string { return fmt.Sprintf("%.0f MiB more", bytes/(1<<20)) },
	})
}

func outOfProportion(ctx *Context, o Observation, c cost) []Finding {
	series := seriesOf(o)
	measured := c.measured(series)
	if len(measured) < c.points {
		return nil
	}
	first, last, p := measured[0], measured[len(measured)-1], c.power(measured)
	if last.cost < max(c.worst, c.perByte*sentIn(series)) || last.cost/first.cost < leastExcess*last.size/first.size ||
		!steady(measured) || p < leastPower {
		return nil
	}
	s := series[len(series)-1]
	f := finding(ctx, o, s, c.oracle, "H5", fmt.Sprintf(
		"the %s %s grows by the power %.1f of its size: %s", c.what, describe(s), p, c.seriesText(measured)))
	f.Fix = c.fix
	return []Finding{f.graded(Medium, hardening)}
}

// asking is what a step asks for, and how many bytes it gives for that.
type asking struct {
	what string
	size int64
}

// askingOf is what a step asks for, and whether its size may grow with that of others:
// a call of a tool or, since each address is of another thing, a request of a user that
// names what was done to it.
func askingOf(step scenarios.Step) (asking, bool) {
	switch step := step.(type) {
	case scenarios.Call:
		return asking{step.Tool, step.Args.Size()}, true
	case scenarios.Request:
		return asking{step.Method + " " + step.Mutant, step.Params.Size()}, byUser(step) && step.Mutant != ""
	}
	return asking{}, false
}

// rising are the last entries of a list that ask for the same, each with more than the
// one before.
func rising[T any](list []T, of func(T) (asking, bool)) []T {
	first := len(list)
	for next := (asking{}); first > 0; first-- {
		a, ok := of(list[first-1])
		if !ok || first < len(list) && (a.what != next.what || a.size >= next.size) {
			break
		}
		next = a
	}
	return list[first:]
}

// seriesOf is the growing end of what was seen, one call at a time.
func seriesOf(o Observation) []Seen {
	return rising(o.Seen, func(s Seen) (asking, bool) {
		a, ok := askingOf(s.Sent)
		return a, ok && s.Alone
	})
}

// grows is how many calls the growing end of a case has.
func grows(c scenarios.Case) int { return len(rising(c.Steps, askingOf)) }

// Weighed reports whether the memory of a server tells how a case makes it grow: the
// case begins with a session of its own, which on a stream is a process that has done
// nothing for others, and ends in a series behind whose first call there are enough to
// be measured.
func Weighed(c scenarios.Case) bool {
	if len(c.Steps) == 0 {
		return false
	}
	_, opens := c.Steps[0].(scenarios.Open)
	return opens && grows(c) > leastWeighed
}

func sentIn(series []Seen) float64 {
	sum := 0.0
	for _, s := range series {
		sum += float64(s.Message.Size)
	}
	return sum
}

// took is how many seconds the answer to a frame took, or was waited for.
func (s Seen) took() (float64, bool) {
	if a, ok := s.answer(); ok {
		return a.Frame.At.Sub(s.Write.Start).Seconds(), !s.Write.Start.IsZero()
	}
	return s.Waited.Seconds(), s.Expired
}

// measured are the last of a series that cost enough to be measured, each more than the
// one before.
func (c cost) measured(series []Seen) []point {
	var points []point
	for _, s := range series {
		value, ok := c.of(series[0], s)
		if !ok || value < c.least {
			points = nil
			continue
		}
		if n := len(points); n > 0 && value <= points[n-1].cost {
			points = nil
		}
		points = append(points, point{float64(s.Message.Size), value})
	}
	return points
}

// steady reports whether more than one step makes the cost grow.
func steady(points []point) bool {
	greatest := 0.0
	for i := range points[1:] {
		greatest = max(greatest, growth(points[i], points[i+1]))
	}
	return greatest <= mostOfOneStep*growth(points[0], points[len(points)-1])
}

func growth(a, b point) float64 { return math.Log(b.cost / a.cost) }

// slope is that of the costs over the sizes, both as logarithms, by least squares.
func slope(points []point) float64 {
	var x, y, xx, xy float64
	for _, p := range points {
		a, b := math.Log(p.size), math.Log(p.cost)
		x, y, xx, xy = x+a, y+b, xx+a*a, xy+a*b
	}
	n := float64(len(points))
	return (n*xy - x*y) / (n*xx - x*x)
}

// marginalPower is the power by which costs grow of which the first part is not seen,
// such as memory that is taken from what a heap had free: such a part makes what grows
// evenly look steep, but leaves what each further byte costs as it is. That must rise
// to the end; in a heap that leaps it rises and falls.
func marginalPower(points []point) float64 {
	further := make([]point, len(points)-1)
	first := 0
	for i := range further {
		a, b := points[i], points[i+1]
		further[i] = point{math.Sqrt(a.size * b.size), (b.cost - a.cost) / (b.size - a.size)}
		if i > 0 && further[i].cost <= further[i-1].cost {
			first = i
		}
	}
	if len(points)-first < leastWeighed {
		return 1
	}
	return min(slope(points[first:]), 1+slope(further[first:]))
}

const maxShownPoints = 6

// seriesText writes the last points of a series.
func (c cost) seriesText(points []point) string {
	var texts []string
	for _, p := range points[max(0, len(points)-maxShownPoints):] {
		texts = append(texts, fmt.Sprintf("%.0f bytes %s", p.size, c.text(p.cost)))
	}
	return strings.Join(texts, ", ")
}
