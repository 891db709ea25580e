//go:build !race

package campaign_test

// raceEnabled reports whether the race detector watches.
const raceEnabled = false
