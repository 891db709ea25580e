package protocol

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// The functions below walk over JSON once and hold it to the grammar (RFC 8259). Each is
// given where something starts and returns where it ends: broken, from which nothing
// leads back, where it is wrong or nested too deep.

const (
	broken = math.MaxInt
	// deepest is how deep the arrays and objects may be nested that are walked over.
	deepest = 100
)

// peek is the byte at a place, 0 where there is none.
func peek(b []byte, i int) byte {
	if uint(i) < uint(len(b)) {
		return b[i]
	}
	return 0
}

// space is where the space ends that may be there.
func space(b []byte, i int) int {
	if peek(b, i) > ' ' {
		return i
	}
	return skipSpace(b, i)
}

// take steps over a byte that may have space before it.
func take(b []byte, i int, c byte) int {
	if i = space(b, i); peek(b, i) == c {
		return i + 1
	}
	return broken
}

// element steps to the next element of an array or object, and reports whether there is
// one: sep is the opening bracket before the first, and a comma before each of the others.
func element(b []byte, i int, sep, end byte) (next int, more bool) {
	i = space(b, i)
	c := peek(b, i)
	switch {
	case sep == ',' && c == end:
		return i + 1, false
	case c != sep:
		return broken, false
	case sep == ',':
		return i + 1, true
	}
	if i = space(b, i+1); peek(b, i) == end {
		return i + 1, false
	}
	return i, true
}

// key steps over the key of a member and the colon, and returns the key, nil where it
// has escapes.
func key(b []byte, i int) (key []byte, end int) {
	i = space(b, i)
	end, plain := str(b, i)
	if plain {
		key = b[i+1 : end-1]
	}
	if peek(b, end) == ':' {
		return key, end + 1
	}
	return key, take(b, end, ':')
}

// plainText steps over a string and returns what is between its quotes, nil where it has
// escapes or is none.
func plainText(b []byte, i int) (text []byte, end int) {
	i = space(b, i)
	end, plain := str(b, i)
	if !plain {
		return nil, end
	}
	return b[i+1 : end-1], end
}

// value steps over a value within so many others, and returns it.
func value(b []byte, i, depth int) (text []byte, end int) {
	i = space(b, i)
	if end = skip(b, i, depth); end == broken {
		return nil, broken
	}
	return b[i:end], end
}

// skip steps over a value that starts there.
func skip(b []byte, i, depth int) int {
	switch peek(b, i) {
	case '"':
		end, _ := str(b, i)
		return end
	case '{':
		return nested(b, i, depth+1, '{', '}')
	case '[':
		return nested(b, i, depth+1, '[', ']')
	case 't':
		return word(b, i, "true")
	case 'f':
		return word(b, i, "false")
	case 'n':
		return word(b, i, "null")
	}
	return number(b, i)
}

// nested steps over an array or object.
func nested(b []byte, i, depth int, begin, end byte) int {
	if depth > deepest {
		return broken
	}
	more := true
	for sep := begin; ; sep = ',' {
		if i, more = element(b, i, sep, end); !more {
			return i
		}
		if begin == '{' {
			if i, _ = str(b, space(b, i)); peek(b, i) == ':' {
				i++ // as most are written
			} else {
				i = take(b, i, ':')
			}
		}
		i = skip(b, space(b, i), depth)
	}
}

func word(b []byte, i int, w string) int {
	if len(b)-i >= len(w) && string(b[i:i+len(w)]) == w {
		return i + len(w)
	}
	return broken
}

// str steps over a string and reports whether it has no escapes.
func str(b []byte, i int) (end int, plain bool) {
	if peek(b, i) != '"' {
		return broken, false
	}
	for i++; i+wordSize <= len(b); i += wordSize {
		if n := firstSpecial(binary.LittleEndian.Uint64(b[i:])); n < wordSize {
			i += n
			if b[i] == '"' {
				return i + 1, true
			}
			return escaped(b, i), false
		}
	}
	for ; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			return i + 1, true
		case c == '\\', c < ' ':
			return escaped(b, i), false
		}
	}
	return broken, false
}

// wordSize is how many bytes are looked at together.
const wordSize = 8

// firstSpecial is the first byte of a word that is a quote, a backslash or below a space,
// wordSize where there is none (as in "Determine if a word has a byte less than n", Bit
// Twiddling Hacks, S. E. Anderson).
func firstSpecial(w uint64) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	quote, slash := w^ones*'"', w^ones*'\\'
	found := ((quote-ones)&^quote | (slash-ones)&^slash | (w-ones*' ')&^w) & high
	return bits.TrailingZeros64(found) / 8
}

// escaped steps over the rest of a string from the first byte in it that needs a look.
func escaped(b []byte, i int) int {
	for i < len(b) {
		switch c := b[i]; {
		case c == '"':
			return i + 1
		case c < ' ':
			return broken
		case c == '\\':
			n := escape(b[i:])
			if n == 0 {
				return broken
			}
			i += n
		default:
			i++
		}
	}
	return broken
}

// escape is how long the escape is that starts there, 0 where it is none.
func escape(b []byte) int {
	switch peek(b, 1) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return len(`\n`)
	case 'u':
		if isHex(peek(b, 2)) && isHex(peek(b, 3)) && isHex(peek(b, 4)) && isHex(peek(b, 5)) {
			return len(`\u0000`)
		}
	}
	return 0
}

func isHex(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// number steps over a number.
func number(b []byte, i int) int {
	if peek(b, i) == '-' {
		i++
	}
	if peek(b, i) == '0' {
		i++
	} else {
		i = digits(b, i)
	}
	if peek(b, i) == '.' {
		i = digits(b, i+1)
	}
	if peek(b, i)|0x20 == 'e' {
		i++
		if c := peek(b, i); c == '+' || c == '-' {
			i++
		}
		i = digits(b, i)
	}
	return i
}

// digits steps over one digit at least.
func digits(b []byte, i int) int {
	if !isDigit(peek(b, i)) {
		return broken
	}
	for isDigit(peek(b, i)) {
		i++
	}
	return i
}
