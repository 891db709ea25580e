//go:build !realservers

package campaign_test

// roughCases is how many cases the server of two tools stands in every test
// run; with the tag realservers it stands more.
const roughCases = 500
