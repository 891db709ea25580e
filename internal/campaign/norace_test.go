//go:build !race

package campaign_test

import "time"

const (
	// raceEnabled reports whether the race detector watches.
	raceEnabled = false
	// tableCases are played with all guards on; preciseCases deals each pair of
	// tool and class of a made server twice.
	tableCases   = 2000
	preciseCases = 150
	// floor is the least deadline, for servers that are healthy and near.
	floor = time.Second
)
