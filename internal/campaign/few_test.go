//go:build !realservers

package campaign_test

// With the tag realservers there is more of each than in every test run.
const (
	// roughCases is how many cases the server of two tools stands.
	roughCases = 500
	// tableSeeds is under how many seeds the guard table is played, from 1 on;
	// rowCases is how many cases are played without a guard: enough that each pair of
	// tool and class is dealt more than once.
	tableSeeds = 1
	rowCases   = 450
)
