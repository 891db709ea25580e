// Package loadgen sends the same Cases at a rate and counts what became of
// them.
package loadgen
