package transport

import (
	"context"
	"errors"
)

// SampleOf measures a process that we did not start, and what it has started.
func SampleOf(ctx context.Context, pid int) (Sample, error) {
	f := familyOf(ctx, pid)
	if len(f) == 0 {
		return Sample{}, errors.New("measure the target: there is no such process")
	}
	return f.sample(ctx)
}
