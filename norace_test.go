//go:build !race

package mcpfuzz_test

// watched are the flags by which what the tests build is watched, too.
var watched []string
