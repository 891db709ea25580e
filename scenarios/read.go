package scenarios

import (
	"fmt"
	"strings"
)

// maxDepth bounds the nesting of JSON that is written out; $nest goes deeper.
const maxDepth = 10_000

var errDeep = fmt.Errorf("nested deeper than %d; use $nest", maxDepth)

// ParseValue reads one JSON value. Duplicate members, the order of members and
// the spelling of scalars are kept; expressions are recognised. It is strict:
// anything that is not JSON is an error that says where.
func ParseValue(src []byte) (Value, error) {
	r := reader{src: string(src)}
	return r.whole()
}

// MustValue is ParseValue for constants; it panics on an error.
func MustValue(src string) Value { return must(ParseValue([]byte(src))) }

// ParseJSON reads one JSON value in which nothing is an expression: what a
// server sent.
func ParseJSON(src []byte) (Value, error) {
	r := reader{src: string(src), plain: true}
	return r.whole()
}

// reader reads JSON at a place.
type reader struct {
	src   string
	at    int
	plain bool
}

// whole reads a value and nothing after it.
func (r *reader) whole() (Value, error) {
	v, err := r.value(0)
	if err == nil {
		if r.space(); r.at < len(r.src) {
			err = r.errorf("something follows the value")
		}
	}
	if err != nil {
		return Value{}, err
	}
	return v, nil
}

func (r *reader) errorf(format string, args ...any) error {
	return fmt.Errorf("column %d: %s", r.at+1, fmt.Sprintf(format, args...))
}

func (r *reader) space() {
	for r.at < len(r.src) && strings.IndexByte(" \t\r\n", r.src[r.at]) >= 0 {
		r.at++
	}
}

// next skips white space and returns the byte that follows, 0 at the end.
func (r *reader) next() byte {
	r.space()
	if r.at == len(r.src) {
		return 0
	}
	return r.src[r.at]
}

func (r *reader) value(depth int) (Value, error) {
	if depth > maxDepth {
		return Value{}, fmt.Errorf("column %d: %w", r.at+1, errDeep)
	}
	switch c := r.next(); {
	case c == '{':
		return r.object(depth)
	case c == '[':
		return r.array(depth)
	case c == '"':
		token, err := r.string()
		return constant(String, token), err
	case c == '-' || c >= '0' && c <= '9':
		token, err := r.number()
		return Num(token), err
	case c == 0:
		return Value{}, r.errorf("the value is missing")
	}
	return r.word()
}

func (r *reader) word() (Value, error) {
	for _, w := range [...]string{"null", "true", "false"} {
		if strings.HasPrefix(r.src[r.at:], w) {
			r.at += len(w)
			if w == "null" {
				return constant(Null, w), nil
			}
			return constant(Bool, w), nil
		}
	}
	return Value{}, r.errorf("%.20q is no JSON value", r.src[r.at:])
}

func (r *reader) array(depth int) (Value, error) {
	r.at++
	items := []Value{}
	for {
		if r.next() == ']' && len(items) == 0 {
			break
		}
		v, err := r.value(depth + 1)
		if err != nil {
			return Value{}, err
		}
		items = append(items, v)
		if r.next() == ']' {
			break
		}
		if err := r.take(','); err != nil {
			return Value{}, err
		}
	}
	r.at++
	return Arr(items...), nil
}

// object reads an object, or the expression that it is.
func (r *reader) object(depth int) (Value, error) {
	members, err := r.members(depth, !r.plain)
	if err != nil {
		return Value{}, err
	}
	if r.plain || len(members) != 1 || !isExpression(members[0].Key) {
		return Obj(members...), nil
	}
	if members[0].Key == "$lit" {
		return members[0].Value, nil
	}
	v, err := evaluate(members[0].Key, members[0].Value)
	if err != nil {
		return Value{}, r.errorf("%v", err)
	}
	return v, nil
}

// isExpression reports whether a one-member object with that key is one.
func isExpression(key string) bool { return len(key) > 1 && key[0] == '$' }

// members reads an object's members and its braces; where the object may be an
// expression, a first member $lit holds an object that is none.
func (r *reader) members(depth int, expressive bool) ([]Member, error) {
	r.at++
	members := []Member{}
	for {
		if r.next() == '}' && len(members) == 0 {
			break
		}
		m, err := r.member(depth, expressive && len(members) == 0)
		if err != nil {
			return nil, err
		}
		members = append(members, m)
		if r.next() == '}' {
			break
		}
		if err := r.take(','); err != nil {
			return nil, err
		}
	}
	r.at++
	return members, nil
}

func (r *reader) member(depth int, mayBeLiteral bool) (Member, error) {
	if c := r.next(); c != '"' {
		return Member{}, r.errorf("want a member name in quotes")
	}
	token, err := r.string()
	if err != nil {
		return Member{}, err
	}
	if err := r.take(':'); err != nil {
		return Member{}, err
	}
	m := Member{Key: unquote(token)}
	if Quote(m.Key) != token {
		m.source = token
	}
	if m.Key == "$lit" && mayBeLiteral {
		m.Value, err = r.literal(depth + 1)
	} else {
		m.Value, err = r.value(depth + 1)
	}
	return m, err
}

// literal reads what $lit holds: an object that is no expression, whatever its
// keys are.
func (r *reader) literal(depth int) (Value, error) {
	if r.next() != '{' {
		return Value{}, r.errorf("$lit wants an object")
	}
	members, err := r.members(depth, false)
	if err != nil {
		return Value{}, err
	}
	if r.next() != '}' {
		return Value{}, r.errorf("$lit stands alone in its object")
	}
	return Obj(members...), nil
}

// take skips one byte that must be there.
func (r *reader) take(c byte) error {
	if r.next() != c {
		return r.errorf("want %q", c)
	}
	r.at++
	return nil
}
