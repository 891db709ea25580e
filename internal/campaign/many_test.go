//go:build realservers

package campaign_test

const roughCases = 5000
