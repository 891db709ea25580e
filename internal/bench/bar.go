package main

import (
	"cmp"
	"fmt"
	"slices"
)

// bar is a figure of a sample and the bounds of its ratio to that of the yardstick; 0 is
// no bound.
type bar struct {
	// number is that of the bar, 0 for what is told beside them.
	number          int
	name            string
	figure          func(sample) float64
	atLeast, atMost float64
	// alone: the figure itself is bounded; always: that of each turn, and not the median.
	alone, always bool
}

// The figures.
func perSecond(s sample) float64   { return float64(s.calls) / s.took.Seconds() }
func cpuPerCall(s sample) float64  { return float64(s.cpu.Nanoseconds()) / float64(s.calls) }
func allocations(s sample) float64 { return s.allocations / float64(s.calls) }
func allocated(s sample) float64   { return s.bytes / float64(s.calls) }
func middle(s sample) float64      { return float64(s.p50) }
func shortest(s sample) float64    { return float64(s.least.Microseconds()) }
func rightShare(s sample) float64  { return s.right }
func worstError(s sample) float64  { return s.off }
func memory(s sample) float64      { return float64(s.memory) }
func mebibytes(s sample) float64   { return memory(s) / (1 << 20) }
func timePerCall(s sample) float64 { return 1 / perSecond(s) }

// A verdict needs so many rounds, and where there is a yardstick, figures of its own that are
// no further apart.
const (
	mostSpread   = 1.5
	fewestRounds = 5
)

// demand is what is demanded, in words.
func (b bar) demand() string {
	var text string
	switch {
	case b.atLeast == b.atMost:
		text = fmt.Sprintf("= %.4g", b.atLeast)
	case b.atMost == 0:
		text = fmt.Sprintf("≥ %.4g", b.atLeast)
	case b.atLeast == 0:
		text = fmt.Sprintf("≤ %.4g", b.atMost)
	default:
		text = fmt.Sprintf("%.4g to %.4g", b.atLeast, b.atMost)
	}
	if !b.alone {
		text += " of the yardstick"
	}
	if b.always {
		text += ", each time"
	}
	return text
}

// row is an empty one.
func (b bar) row(duel string) row {
	return row{number: b.number, what: duel + ": " + b.name, demand: b.demand(), verdict: refused}
}

// judge holds the rounds to the bar: theirs are the turns of the yardstick, mine ours.
func (b bar) judge(duel string, theirs, mine [][2]sample) row {
	var ratios, ours, yardsticks []float64
	for i, pair := range mine {
		ratio := b.mean(pair)
		ours = append(ours, ratio)
		if !b.alone {
			ratio /= b.mean(theirs[i])
			yardsticks = append(yardsticks, b.figure(theirs[i][0]), b.figure(theirs[i][1]))
		}
		ratios = append(ratios, ratio)
	}
	at, r := median(ratios), b.row(duel)
	r.figure = fmt.Sprintf("%.4g (%.4g to %.4g)", at, slices.Min(ratios), slices.Max(ratios))
	steady := true
	if !b.alone {
		spread := slices.Max(yardsticks) / slices.Min(yardsticks)
		steady = spread <= mostSpread
		r.beside = fmt.Sprintf("yardstick %.4g, ours %.4g; the yardstick by itself %.2f", median(yardsticks), median(ours), spread)
	}
	switch {
	case len(mine) < fewestRounds || !steady:
	case b.holds(at) && (!b.always || b.holdsAlways(mine)):
		r.verdict = met
	default:
		r.verdict = missed
	}
	return r
}

// holds reports whether a figure is within the bounds.
func (b bar) holds(figure float64) bool {
	return figure >= b.atLeast && (b.atMost == 0 || figure <= b.atMost)
}

// holdsAlways reports whether that of each turn is.
func (b bar) holdsAlways(rounds [][2]sample) bool {
	for _, pair := range rounds {
		if !b.holds(b.figure(pair[0])) || !b.holds(b.figure(pair[1])) {
			return false
		}
	}
	return true
}

// mean is the mean figure of the two turns of a round.
func (b bar) mean(pair [2]sample) float64 { return (b.figure(pair[0]) + b.figure(pair[1])) / 2 }

func median(list []float64) float64 {
	sorted := slices.SortedFunc(slices.Values(list), cmp.Compare[float64])
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
