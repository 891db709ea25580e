package protocol

import (
	"bytes"
	"encoding/json"
)

// members hands on the members of an object, or the elements of an array, in their
// order: the key without its quotes, and the value as it is written, which is part of
// the text. The text must be valid JSON; of anything else there are none. It is for what
// is read once for every answer, where a map of everything costs more than the rest of
// the judgement.
func members(b []byte, do func(key, value []byte)) {
	b = bytes.TrimSpace(b)
	if len(b) == 0 || b[0] != '{' && b[0] != '[' {
		return
	}
	keyed := b[0] == '{'
	for i := skipSpace(b, 1); i < len(b)-1; i = skipSpace(b, i+1) {
		var key []byte
		if keyed {
			end := skipValue(b, i)
			key = unquoted(b[i:end])
			i = skipSpace(b, skipSpace(b, end)+1) // behind the colon
		}
		end := skipValue(b, i)
		do(key, b[i:end:end])
		i = skipSpace(b, end) // at the comma, or at the end
	}
}

// unquoted is the text of a string.
func unquoted(quoted []byte) []byte {
	if bytes.IndexByte(quoted, '\\') < 0 && bytes.IndexFunc(quoted, func(r rune) bool { return r == '\uFFFD' }) < 0 {
		return quoted[1 : len(quoted)-1]
	}
	var s string
	_ = json.Unmarshal(quoted, &s) // what is valid can be read
	return []byte(s)
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// skipValue is where the value that starts there ends.
func skipValue(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			i = skipString(b, i)
			if depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return i
}

// skipString is where the string that starts there ends.
func skipString(b []byte, i int) int {
	for i++; i < len(b); i++ {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return len(b)
		}
		slashes := 0
		for k := i + n - 1; k >= i && b[k] == '\\'; k-- {
			slashes++
		}
		if i += n; slashes%2 == 0 {
			return i + 1
		}
	}
	return len(b)
}
