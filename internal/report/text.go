package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// maxText bounds a text that is not of our making, in a cell or a line.
const maxText = 400

// Line makes text that is not of our making fit into a line: harmless, and not
// longer than people read.
func Line(s string) string { return Printable(Short(s, maxText)) }

// Short cuts text off after so many characters, and shows that it did.
func Short(s string, most int) string {
	n := 0
	for at := range s {
		if n++; n > most {
			return s[:at] + "..."
		}
	}
	return s
}

// Escaped makes text that is data harmless and keeps its meaning: inside JSON
// strings, and strings quoted as in Go, \uNNNN stands for what is not printable.
func Escaped(text []byte) []byte {
	var b []byte
	for _, r := range string(text) {
		if r == '\n' || r == '\t' || r == ' ' || unicode.IsPrint(r) {
			b = utf8.AppendRune(b, r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			b = fmt.Appendf(b, `\u%04x`, unit)
		}
	}
	return b
}

// Printable makes text of a server's making harmless: one line, no control
// characters, nothing that reorders what stands around it.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case !unicode.IsPrint(r) && r != ' ':
			return '\uFFFD'
		}
		return r
	}, s)
}
