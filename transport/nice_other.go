//go:build !unix

package transport

// Nicer is how much lower than ours the priority of a process may be that we start: here it
// stays as it is.
func Nicer(int) int { return 0 }

func niceGroup(int, int) {}
