package scenarios

import "slices"

// Insiders are words in the names of what servers have for those who run them, and for
// nobody else.
func Insiders() []string {
	return []string{"admin", "debug", "internal", "dump", "system", "private", "secret", "config", "env"}
}

// IsInsider reports whether a name holds such a word, in either number.
func IsInsider(name string) bool {
	return slices.ContainsFunc(lowered(name), in(Insiders()))
}
