//go:build realservers

package campaign_test

const (
	roughCases = 5000
	tableSeeds = 5
	rowCases   = 500
)
