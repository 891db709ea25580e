package scenarios

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// string reads a string token, with its quotes.
func (r *reader) string() (string, error) {
	start := r.at
	for r.at++; r.at < len(r.src); r.at++ {
		switch c := r.src[r.at]; {
		case c == '"':
			r.at++
			token := r.src[start:r.at]
			if !utf8.ValidString(token) {
				return "", r.errorf("the string is no UTF-8; use $bytes")
			}
			return token, nil
		case c < 0x20:
			return "", r.errorf("a control character in a string must be escaped")
		case c == '\\':
			if err := r.escape(); err != nil {
				return "", err
			}
		}
	}
	return "", r.errorf("the string does not end")
}

// escape skips an escape but its last byte.
func (r *reader) escape() error {
	r.at++
	if r.at == len(r.src) || strings.IndexByte(`"\/bfnrtu`, r.src[r.at]) < 0 {
		return r.errorf("no such escape in a string")
	}
	if r.src[r.at] != 'u' {
		return nil
	}
	for range 4 {
		r.at++
		if r.at == len(r.src) || !isHex(r.src[r.at]) {
			return r.errorf(`want four hexadecimal digits after \u`)
		}
	}
	return nil
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// number reads a number token.
func (r *reader) number() (string, error) {
	start := r.at
	if r.src[r.at] == '-' {
		r.at++
	}
	first := r.at
	whole := r.digits()
	if whole == 0 || whole > 1 && r.src[first] == '0' {
		return "", r.errorf("this is no number")
	}
	if r.at < len(r.src) && r.src[r.at] == '.' {
		r.at++
		if r.digits() == 0 {
			return "", r.errorf("want digits after the point")
		}
	}
	if r.at < len(r.src) && (r.src[r.at] == 'e' || r.src[r.at] == 'E') {
		r.at++
		if r.at < len(r.src) && (r.src[r.at] == '+' || r.src[r.at] == '-') {
			r.at++
		}
		if r.digits() == 0 {
			return "", r.errorf("want digits in the exponent")
		}
	}
	return r.src[start:r.at], nil
}

// digits skips digits and returns how many.
func (r *reader) digits() int {
	start := r.at
	for r.at < len(r.src) && r.src[r.at] >= '0' && r.src[r.at] <= '9' {
		r.at++
	}
	return r.at - start
}

// unquote returns the content of a JSON string token.
func unquote(token string) string {
	if !strings.Contains(token, `\`) {
		return token[1 : len(token)-1]
	}
	var s string
	// The token was checked when it was read.
	_ = json.Unmarshal([]byte(token), &s)
	return s
}

const hexDigits = "0123456789abcdef"

// Quote writes s as a JSON string token. Bytes that are not UTF-8 become
// U+FFFD; nothing else is changed, and only what must be is escaped.
func Quote(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	plain := true
	for i := range len(s) {
		plain = plain && s[i] >= 0x20 && s[i] != '"' && s[i] != '\\'
	}
	if plain {
		return `"` + s + `"`
	}
	b := make([]byte, 0, len(s)+16)
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, `\n`...)
		case c < 0x20:
			b = append(b, `\u00`...)
			b = append(b, hexDigits[c>>4], hexDigits[c&15])
		default:
			b = append(b, c)
		}
	}
	return string(append(b, '"'))
}
