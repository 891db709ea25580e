// Package refserver is the hardened notes server with a switch per guard: the
// positive control of the tests, the demo target, and the worked answer to
// every finding.
package refserver
