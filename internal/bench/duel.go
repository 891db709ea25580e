package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// sample is what one turn came to.
type sample struct {
	calls     int64
	took, cpu time.Duration
	// allocations and bytes are those of our process.
	allocations, bytes float64
	// p50, p95 and p99 are those of the times that a client measured, p95Sent that of the
	// times from when calls were sent.
	p50, p95, p99, p95Sent time.Duration
	// together is the share of bursts that were out before their first answer, memory the most
	// that a process of its own had, in bytes.
	together float64
	memory   int64
}

// client makes calls for a while and judges every answer.
type client func(ctx context.Context, turn time.Duration) (sample, error)

// duel is a client of ours beside a yardstick, against the same server. Each round is
// of four turns: yardstick, ours, ours, yardstick, so that what drifts meets both alike.
type duel struct {
	name string
	// start starts what both need, and returns the yardstick, nil for none, ours, and
	// what ends it.
	start func() (yardstick, ours client, stop func(), err error)
	bars  []bar
}

// bar is a figure of a sample and the bounds of its ratio to that of the yardstick; 0 is
// no bound.
type bar struct {
	name            string
	figure          func(sample) float64
	atLeast, atMost float64
	// alone: the figure itself is bounded.
	alone bool
}

// The figures.
func perSecond(s sample) float64   { return float64(s.calls) / s.took.Seconds() }
func cpuPerCall(s sample) float64  { return float64(s.cpu.Nanoseconds()) / float64(s.calls) }
func allocations(s sample) float64 { return s.allocations / float64(s.calls) }
func allocated(s sample) float64   { return s.bytes / float64(s.calls) }
func middle(s sample) float64      { return float64(s.p50) }
func allTogether(s sample) float64 { return s.together }
func memory(s sample) float64      { return float64(s.memory) }
func timePerCall(s sample) float64 { return 1 / perSecond(s) }

// verdict is a word for what a bar came to.
type verdict string

const (
	met     verdict = "met"
	missed  verdict = "MISSED"
	refused verdict = "no verdict"
)

// mostSpread is how far apart the yardstick's own figures may be for a verdict, and
// fewestRounds how many rounds one needs.
const (
	mostSpread   = 1.5
	fewestRounds = 5
)

// result is what a bar came to.
type result struct {
	duel string
	bar
	// median, low and high are of the rounds.
	median, low, high float64
	// spread is the highest figure of the yardstick by its lowest, or of ours where there
	// is none.
	spread  float64
	figures [2]float64
	verdict verdict
}

// String is one line for people.
func (r result) String() string {
	var want []string
	if r.atLeast > 0 {
		want = append(want, fmt.Sprintf(">= %.4g", r.atLeast))
	}
	if r.atMost > 0 {
		want = append(want, fmt.Sprintf("<= %.4g", r.atMost))
	}
	line := fmt.Sprintf("%-10s %s, %s: %s, median %.4g (%.4g to %.4g)", r.verdict, r.duel, r.name, strings.Join(want, " and "), r.median, r.low, r.high)
	if r.alone {
		return line + fmt.Sprintf("; spread %.2fx", r.spread)
	}
	return line + fmt.Sprintf("; yardstick %.4g, ours %.4g, spread of the yardstick %.2fx", r.figures[0], r.figures[1], r.spread)
}

// fight plays the rounds.
func (d duel) fight(ctx context.Context, rounds int, turn time.Duration) ([]result, error) {
	yardstick, ours, stop, err := d.start()
	if err != nil {
		return nil, err
	}
	defer stop()
	order := []client{yardstick, ours, ours, yardstick}
	if yardstick == nil {
		order = []client{ours, ours}
	}
	var theirs, mine [][2]sample
	for range rounds {
		var samples []sample
		for _, c := range order {
			s, err := c(ctx, turn)
			switch {
			case err != nil:
				return nil, err
			case ctx.Err() != nil:
				return nil, ctx.Err()
			}
			samples = append(samples, s)
		}
		n := len(samples)
		mine = append(mine, [2]sample{samples[n/2-1], samples[n/2]})
		theirs = append(theirs, [2]sample{samples[0], samples[n-1]}) // of none: not looked at
	}
	var results []result
	for _, b := range d.bars {
		results = append(results, b.judge(d.name, theirs, mine))
	}
	return results, nil
}

// judge holds the rounds to the bar.
func (b bar) judge(duel string, theirs, mine [][2]sample) result {
	r := result{duel: duel, bar: b, verdict: met}
	mean := func(pair [2]sample) float64 { return (b.figure(pair[0]) + b.figure(pair[1])) / 2 }
	steady := theirs
	if b.alone {
		steady = mine
	}
	var ratios, ours, yardsticks []float64
	for i, pair := range mine {
		ratio := mean(pair)
		if !b.alone {
			ratio /= mean(theirs[i])
		}
		ratios = append(ratios, ratio)
		ours = append(ours, mean(pair))
		yardsticks = append(yardsticks, b.figure(steady[i][0]), b.figure(steady[i][1]))
	}
	r.median, r.low, r.high = median(ratios), slices.Min(ratios), slices.Max(ratios)
	r.spread = slices.Max(yardsticks) / slices.Min(yardsticks)
	r.figures = [2]float64{median(yardsticks), median(ours)}
	switch {
	case !(r.spread <= mostSpread) || len(mine) < fewestRounds:
		r.verdict = refused
	case r.median < b.atLeast, b.atMost > 0 && r.median > b.atMost:
		r.verdict = missed
	}
	return r
}

func median(list []float64) float64 {
	sorted := slices.SortedFunc(slices.Values(list), cmp.Compare[float64])
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
