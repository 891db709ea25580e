//go:build race

package campaign_test

import "time"

// raceEnabled reports whether the race detector watches. It makes everything
// several times slower, so fewer cases are played with it, and deadlines are
// longer.
const (
	raceEnabled  = true
	tableCases   = 200
	preciseCases = 48
	floor        = 5 * time.Second
)
