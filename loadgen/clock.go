package loadgen

import (
	"context"
	"time"
)

// shortSleep is how much of a wait is slept finely; before that the timers of the
// runtime do, which a context can end.
const shortSleep = 2 * time.Millisecond

// until waits for a time, finely where the caller is bound to a thread for that, and
// reports false when the context ended first.
func until(ctx context.Context, at time.Time) bool {
	for {
		left := time.Until(at)
		switch {
		case ctx.Err() != nil:
			return false
		case left <= 0:
			return true
		case left <= shortSleep:
			sleep(int64(left))
			continue
		}
		coarse := time.NewTimer(left - shortSleep)
		select {
		case <-ctx.Done():
			coarse.Stop()
		case <-coarse.C:
		}
	}
}
