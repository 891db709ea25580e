// Package made holds small made servers, sound and broken, for tests and
// benchmarks.
package made
