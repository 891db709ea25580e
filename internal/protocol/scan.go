package protocol

// scan walks over JSON once and holds it to the grammar (RFC 8259). What is wrong, or
// too odd to be told of, makes it bad for good.
type scan struct {
	b   []byte
	at  int
	bad bool
	// depth is that of the value which is walked over.
	depth int
}

// deepest is how deep the arrays and objects may be nested that a scan walks over.
const deepest = 100

func (s *scan) expect(ok bool) { s.bad = s.bad || !ok }

// peek is the next byte, 0 at the end.
func (s *scan) peek() byte {
	if s.at < len(s.b) {
		return s.b[s.at]
	}
	return 0
}

func (s *scan) space() {
	if s.at < len(s.b) && s.b[s.at] <= ' ' {
		s.at = skipSpace(s.b, s.at)
	}
}

// take steps over a byte that may have space before it, and reports whether it is there.
func (s *scan) take(c byte) bool {
	s.space()
	if s.peek() != c {
		return false
	}
	s.at++
	return true
}

// element steps to the next element of an array or object, if there is one: sep is the
// opening bracket before the first, and a comma before each of the others.
func (s *scan) element(sep, end byte) bool {
	switch {
	case s.bad, sep == ',' && s.take(end):
		return false
	case !s.take(sep):
		s.bad = true
		return false
	}
	return sep == ',' || !s.take(end)
}

// key steps over the key of a member and the colon, and returns it. A key with escapes
// is odd.
func (s *scan) key() []byte {
	key := s.text()
	s.expect(s.take(':'))
	return key
}

// text steps over a string without escapes, and returns what is between its quotes.
func (s *scan) text() []byte {
	s.space()
	start := s.at + 1
	if plain := s.str(); s.bad || !plain {
		s.bad = true
		return nil
	}
	return s.b[start : s.at-1]
}

// value steps over a value and returns it, nil when there is none.
func (s *scan) value() []byte {
	s.space()
	start := s.at
	switch c := s.peek(); c {
	case '"':
		s.str()
	case '{':
		s.nested('{', '}')
	case '[':
		s.nested('[', ']')
	case 't':
		s.word("true")
	case 'f':
		s.word("false")
	case 'n':
		s.word("null")
	default:
		s.number()
	}
	if s.bad {
		return nil
	}
	return s.b[start:s.at]
}

// nested steps over an array or object.
func (s *scan) nested(begin, end byte) {
	s.depth++
	s.expect(s.depth < deepest)
	for sep := begin; s.element(sep, end); sep = ',' {
		if begin == '{' {
			s.space()
			s.str()
			s.expect(s.take(':'))
		}
		s.value()
	}
	s.depth--
}

func (s *scan) word(w string) {
	if s.expect(len(s.b)-s.at >= len(w) && string(s.b[s.at:s.at+len(w)]) == w); !s.bad {
		s.at += len(w)
	}
}

// str steps over a string and reports whether it has no escapes.
func (s *scan) str() (plain bool) {
	if s.peek() != '"' {
		s.bad = true
		return false
	}
	plain = true
	for i := s.at + 1; i < len(s.b); i++ {
		c := s.b[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		if c == '"' {
			s.at = i + 1
			return plain
		}
		n := escape(s.b[i:])
		if n == 0 {
			break
		}
		plain = false
		i += n
	}
	s.bad = true
	return false
}

// escape is how much follows the backslash of an escape, 0 where there is none.
func escape(b []byte) int {
	if len(b) < 2 || b[0] != '\\' {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 1
	case 'u':
		const digits = 4
		if len(b) >= 2+digits && isHex(b[2]) && isHex(b[3]) && isHex(b[4]) && isHex(b[5]) {
			return 1 + digits
		}
	}
	return 0
}

func isHex(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// number steps over a number.
func (s *scan) number() {
	if s.peek() == '-' {
		s.at++
	}
	if s.peek() == '0' {
		s.at++
	} else {
		s.digits()
	}
	if s.peek() == '.' {
		s.at++
		s.digits()
	}
	if s.peek()|0x20 == 'e' {
		s.at++
		if c := s.peek(); c == '+' || c == '-' {
			s.at++
		}
		s.digits()
	}
}

// digits steps over one digit at least.
func (s *scan) digits() {
	s.expect(isDigit(s.peek()))
	for isDigit(s.peek()) {
		s.at++
	}
}
