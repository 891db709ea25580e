// Package loadgen fires calls at a rate, or as fast as they are answered, and measures
// what becomes of them.
package loadgen
