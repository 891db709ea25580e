package scenarios

import "slices"

// Insiders are words in the names of what servers have for those who run them, and for
// nobody else.
func Insiders() []string {
	return []string{"admin", "debug", "internal", "dump", "system", "private", "secret", "config", "env"}
}

// Offices start the names of methods that are for those who run a server; no revision of
// the protocol has any.
func Offices() []string {
	return []string{"admin", "config", "debug", "env", "internal", "server", "system"}
}

// IsInsider reports whether a name holds such a word, in either number.
func IsInsider(name string) bool {
	return slices.ContainsFunc(lowered(name), in(Insiders()))
}
