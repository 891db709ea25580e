package loadgen

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// knee looks for the highest rate that is borne, from below the capacity up, and then
// between the last that was and the first that was not.
func (s *study) knee(ctx context.Context) error {
	defer func() { s.r.LatencyKnee = latencyKnee(s.r.Levels) }()
	low, high, err := s.sweep(ctx)
	for err == nil && s.stop == "" && low > 0 && high > 0 && (high-low)/high > kneeWidth {
		var borne bool
		middle := math.Sqrt(low * high)
		if borne, err = s.bears(ctx, middle); borne {
			low = middle
		} else {
			high = middle
		}
	}
	if err != nil || s.stop != "" || low == 0 {
		return err
	}
	s.r.Knee = &record.Knee{Borne: low, Not: s.refused}
	if s.refused == 0 && high > 0 { // what was borne was borne
		s.limited, s.stop = true, s.spoiltBy
	}
	return nil
}

// sweep returns a rate that is borne and a higher one that is not, each 0 where there is
// none.
func (s *study) sweep(ctx context.Context) (low, high float64, err error) {
	start := s.r.Capacity / (kneeStep * kneeStep)
	if start > s.Load.MaxRate {
		s.limited, s.stop = true, fmt.Sprintf("the lowest rate to try, %s, is more than --max-rate %.0f", PerSecond.Format(start), s.Load.MaxRate)
		return 0, 0, nil
	}
	for rate := start; rate <= s.Load.MaxRate && s.stop == ""; rate *= kneeStep {
		borne, err := s.bears(ctx, rate)
		if err != nil {
			return 0, 0, err
		}
		if !borne {
			high = rate
			break
		}
		low = rate
	}
	for low == 0 && s.stop == "" {
		if high != s.refused { // with few calls nothing would tell of the generator
			s.limited, s.stop = true, s.spoiltBy
			break
		}
		rate := high / kneeStep
		borne, err := s.bears(ctx, rate)
		if err != nil {
			return 0, 0, err
		}
		if borne {
			low = rate
		} else {
			high = rate
		}
	}
	return low, high, nil
}

// bears reports whether nearly all calls at a rate are served in time: two levels agree
// on that, or two of three. One that was not, and was not sent as it should be either, says
// nothing.
func (s *study) bears(ctx context.Context, rate float64) (bool, error) {
	if rate*s.Level.Seconds() < fewestCalls {
		s.stop = fmt.Sprintf("a level at %s has fewer than %d calls; make levels longer", PerSecond.Format(rate), fewestCalls)
		return false, nil
	}
	yes, no, void := 0, 0, 0
	for yes < 2 && no < 2 && s.stop == "" {
		l, err := s.level(ctx, begun{Config: s.open(rate, s.Level)})
		if err != nil {
			return false, err
		}
		s.r.Levels = append(s.r.Levels, l)
		switch {
		case l.Yield >= enoughYield && unsentShare(l) <= mostUnsent:
			yes++
		case l.Limited == "":
			no++
		default:
			void++
		}
		if void == 2 {
			s.spoiltBy = fmt.Sprintf("at %s %s", PerSecond.Format(rate), l.Limited)
			break
		}
	}
	if no == 2 {
		s.refused = rate
	}
	return yes == 2, nil
}

func unsentShare(l record.Level) float64 {
	share, _ := shareOf(count(record.Load{Classes: l.Classes}, Unsent), l.Calls)
	return share
}

// latencyKnee is the lowest rate at which the response time at 90 % is more than twice
// what it is at the lowest of all; 0 for none.
func latencyKnee(levels []record.Level) float64 {
	const percent, times, enough = 90, 2, 200
	sorted := slices.SortedStableFunc(slices.Values(levels), func(a, b record.Level) int { return cmp.Compare(a.Offered, b.Offered) })
	var base time.Duration
	for _, l := range sorted {
		at, _ := l.Response.At(percent)
		switch {
		case l.Response.Count < enough:
		case base == 0:
			base = at
		case at > times*base:
			return l.Offered
		}
	}
	return 0
}
