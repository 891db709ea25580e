package main

import (
	"context"
	"errors"
	"time"
)

// sample is what one turn came to.
type sample struct {
	calls     int64
	took, cpu time.Duration
	// allocations and bytes are those of our process.
	allocations, bytes float64
	// p50, p95 and p99 are those of the times that a client measured, p95Sent that of the
	// times from when calls were sent, least the shortest.
	p50, p95, p99, p95Sent, least time.Duration
	// right is the share of what was looked at that was as it should be, off how far the worst
	// of it was from that.
	right, off float64
	// writes is how often was written.
	writes int64
	// memory is the most that a process of its own had, in bytes.
	memory int64
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

// rows fights the duel and tells what its bars came to. Without its yardstick there is no
// verdict.
func (d duel) rows(ctx context.Context, rounds int, turn time.Duration) ([]row, error) {
	var rows []row
	theirs, mine, err := d.fight(ctx, rounds, turn)
	for _, b := range d.bars {
		switch {
		case errors.Is(err, errMissing):
			r := b.row(d.name)
			r.figure = err.Error()
			rows = append(rows, r)
		case err != nil:
			return nil, err
		default:
			rows = append(rows, b.judge(d.name, theirs, mine))
		}
	}
	return rows, nil
}

// fight plays the rounds, and returns the two turns of each.
func (d duel) fight(ctx context.Context, rounds int, turn time.Duration) (theirs, mine [][2]sample, err error) {
	yardstick, ours, stop, err := d.start()
	if err != nil {
		return nil, nil, err
	}
	defer stop()
	order := []client{yardstick, ours, ours, yardstick}
	if yardstick == nil {
		order = []client{ours, ours}
	}
	for range rounds {
		var samples []sample
		for _, c := range order {
			s, err := c(ctx, turn)
			switch {
			case err != nil:
				return nil, nil, err
			case ctx.Err() != nil:
				return nil, nil, ctx.Err()
			}
			samples = append(samples, s)
		}
		n := len(samples)
		mine = append(mine, [2]sample{samples[n/2-1], samples[n/2]})
		theirs = append(theirs, [2]sample{samples[0], samples[n-1]}) // of none: not looked at
	}
	return theirs, mine, nil
}
