package scenarios

import (
	"strings"
	"unicode"
)

// Words parts a name into its words: at separators and where letters become
// capital.
func Words(name string) []string {
	var words []string
	start := 0
	cut := func(end int) {
		if end > start {
			words = append(words, name[start:end])
		}
	}
	for i, r := range name {
		switch {
		case strings.ContainsRune("_-./: ", r):
			cut(i)
			start = i + 1
		case unicode.IsUpper(r) && i > start && name[i-1] >= 'a' && name[i-1] <= 'z':
			cut(i)
			start = i
		}
	}
	cut(len(name))
	return words
}
