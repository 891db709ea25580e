package loadgen

import (
	"context"
	"errors"
	"fmt"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// Sessions are many that are opened and ended at once, one after the other, to see what a
// server keeps of those that are over.
type Sessions struct {
	// Open opens a session; end ends it.
	Open func(context.Context) (end func(), err error)
	// Times is how many there are. The first tenth of them is not measured: what a server needs
	// for any session it then has.
	Times int
	// Sample measures the server.
	Sample func(context.Context) (record.Usage, error)
}

// mostFailures is how many times in a row no session may be had.
const mostFailures = 3

// Run opens and ends them. A context that ends makes them fewer, which is no error.
func (s Sessions) Run(ctx context.Context) (record.Sessions, error) {
	var r record.Sessions
	if s.Times < 2 {
		return r, errors.New("there must be two sessions at least")
	}
	first := max(s.Times/10, 1)
	if err := s.several(ctx, first, &r); err != nil || ctx.Err() != nil {
		return r, err
	}
	before, err := s.Sample(ctx)
	known := err == nil
	opened := r.Opened
	if err := s.several(ctx, s.Times-first, &r); err != nil || ctx.Err() != nil || !known {
		return r, err
	}
	after, err := s.Sample(ctx)
	r.Used = &record.Used{Before: before, Peak: before.Or(after), After: after, Gone: err != nil}
	if n := r.Opened - opened; n > 0 && err == nil {
		kept := max(0, float64(after.RSS-before.RSS)/float64(n))
		r.Kept = &kept
	}
	return r, nil
}

// several opens and ends so many.
func (s Sessions) several(ctx context.Context, times int, r *record.Sessions) error {
	failures := 0
	for range times {
		end, err := s.Open(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			end()
			r.Opened++
			failures = 0
			continue
		}
		r.Failed++
		if failures++; failures == mostFailures {
			return fmt.Errorf("after %d sessions that were opened and ended: %w", r.Opened, err)
		}
	}
	return nil
}
