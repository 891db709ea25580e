package oracles

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// When the time that calls take has left all proportion to their size: the last of a
// series took so long, and so many times as long as the first of at least three that
// took long enough to be measured, each longer than the one before; no single step is
// so great a share of the growth, as a logarithm; and the power of the size by which
// the time grows is so great. Sorting grows by little more than 1, comparing all with
// all by 2.
const (
	leastSlow     = 500 * time.Millisecond
	leastMeasured = 20 * time.Millisecond
	leastPoints   = 3
	leastGrowth   = 6
	mostOfOneStep = 0.8
	leastPower    = 1.6
)

// point is how long a call of some size took.
type point struct {
	size int64
	took time.Duration
}

// disproportionate finds tools whose calls take time out of proportion to their size:
// by the fit of a series, never by one slow call.
func disproportionate(ctx *Context, o Observation) []Finding {
	s, points := growingSeries(o)
	measured := slowing(points)
	if len(measured) < leastPoints {
		return nil
	}
	end := measured[len(measured)-1].took
	if end < leastSlow || end < leastGrowth*measured[0].took || !steady(measured) {
		return nil
	}
	p := power(measured)
	if p < leastPower {
		return nil
	}
	f := finding(ctx, o, s, "disproportion", "H5", fmt.Sprintf(
		"the time of %s grows by the power %.1f of its size: %s", describe(s), p, seriesText(measured)))
	f.Fix = "proportion"
	return []Finding{f.graded(Medium, hardening)}
}

// growingSeries are the calls of one tool whose sizes rise from call to call, and the
// last of them.
func growingSeries(o Observation) (last Seen, points []point) {
	tool := ""
	for _, s := range o.Seen {
		call, ok := s.Sent.(scenarios.Call)
		took, measured := s.took()
		if !ok || !measured || !s.Alone {
			continue
		}
		if n := len(points); n > 0 && (call.Tool != tool || s.Message.Size <= points[n-1].size) {
			return last, nil
		}
		tool, last = call.Tool, s
		points = append(points, point{s.Message.Size, took})
	}
	return last, points
}

// took is how long the answer to a frame took, or was waited for.
func (s Seen) took() (time.Duration, bool) {
	if a, ok := s.answer(); ok {
		return a.Frame.At.Sub(s.Write.Start), !s.Write.Start.IsZero()
	}
	return s.Waited, s.Expired
}

// slowing are the last of a series that took long enough to be measured, each longer
// than the one before.
func slowing(points []point) []point {
	first := len(points)
	for first > 0 && points[first-1].took >= leastMeasured && (first == len(points) || points[first-1].took < points[first].took) {
		first--
	}
	return points[first:]
}

// steady reports whether more than one step makes the time grow.
func steady(points []point) bool {
	greatest := 0.0
	for i := range points[1:] {
		greatest = max(greatest, growth(points[i], points[i+1]))
	}
	return greatest <= mostOfOneStep*growth(points[0], points[len(points)-1])
}

func growth(a, b point) float64 { return math.Log(b.took.Seconds() / a.took.Seconds()) }

// power is the slope of the times over the sizes, both as logarithms, by least squares.
func power(points []point) float64 {
	var x, y, xx, xy float64
	for _, p := range points {
		a, b := math.Log(float64(p.size)), math.Log(p.took.Seconds())
		x, y, xx, xy = x+a, y+b, xx+a*a, xy+a*b
	}
	n := float64(len(points))
	return (n*xy - x*y) / (n*xx - x*x)
}

// seriesText writes a series, its ends and what lies between, in so many points.
func seriesText(points []point) string {
	var texts []string
	for _, p := range points[max(0, len(points)-maxShownPoints):] {
		texts = append(texts, fmt.Sprintf("%d bytes %v", p.size, p.took.Round(time.Millisecond)))
	}
	return strings.Join(texts, ", ")
}

const maxShownPoints = 6
