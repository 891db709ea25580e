package scenarios

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrUnresolved is wrapped when a reference without default is to be written
// or decoded.
var ErrUnresolved = errors.New("reference is not resolved")

// WriteTo writes the value as compact JSON. Expressions are expanded while they
// are written, in bounded memory.
func (v Value) WriteTo(w io.Writer) (int64, error) {
	c := &counter{w: w}
	err := v.write(c)
	return c.n, err
}

// AppendJSON appends what WriteTo writes.
func (v Value) AppendJSON(b []byte) ([]byte, error) {
	buf := bytes.NewBuffer(b)
	_, err := v.WriteTo(buf)
	return buf.Bytes(), err
}

// counter counts what is written.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) text(s string) error {
	n, err := io.WriteString(c.w, s)
	c.n += int64(n)
	return err
}

func (v Value) write(c *counter) error {
	switch {
	case v.n == nil:
		return nil
	case v.n.expr != nil:
		return v.n.expr.write(c, v.n)
	case v.n.kind == Array:
		return v.writeArray(c)
	case v.n.kind == Object:
		return v.writeObject(c)
	}
	return c.text(v.n.source)
}

func (v Value) writeArray(c *counter) error {
	sep := "["
	for _, item := range v.n.items {
		if err := c.text(sep); err != nil {
			return err
		}
		if err := item.write(c); err != nil {
			return err
		}
		sep = ","
	}
	if len(v.n.items) == 0 {
		return c.text("[]")
	}
	return c.text("]")
}

func (v Value) writeObject(c *counter) error {
	sep := "{"
	for _, m := range v.n.members {
		if err := c.text(sep + m.keyText() + ":"); err != nil {
			return err
		}
		if err := m.Value.write(c); err != nil {
			return err
		}
		sep = ","
	}
	if len(v.n.members) == 0 {
		return c.text("{}")
	}
	return c.text("}")
}

func (e *expr) write(c *counter, n *node) error {
	switch e.op {
	case opRepeat:
		return e.writeRepeat(c, n)
	case opNest:
		return e.writeNest(c)
	case opRand:
		return e.writeRand(c)
	case opBytes:
		return c.text(`"` + e.raw + `"`)
	}
	if e.unit.IsAbsent() {
		return fmt.Errorf("%w: $%s %q", ErrUnresolved, e.op, e.arg)
	}
	return e.unit.write(c)
}

func (e *expr) writeRepeat(c *counter, n *node) error {
	if e.unit.Size() > chunk && n.kind != String {
		return e.writeLarge(c)
	}
	unit, err := e.unit.AppendJSON(nil)
	if err != nil {
		return err
	}
	opening, closing, sep := "[", "]", ","
	text := string(unit)
	if n.kind == String {
		opening, closing, sep, text = `"`, `"`, "", text[1:len(text)-1]
	}
	if err := c.text(opening); err != nil {
		return err
	}
	if e.n > 0 {
		if err := c.times(text+sep, e.n-1); err != nil {
			return err
		}
		if err := c.text(text); err != nil {
			return err
		}
	}
	return c.text(closing)
}

// writeLarge repeats a unit that is too large to be held.
func (e *expr) writeLarge(c *counter) error {
	sep := "["
	for range e.n {
		if err := c.text(sep); err != nil {
			return err
		}
		if err := e.unit.write(c); err != nil {
			return err
		}
		sep = ","
	}
	if e.n == 0 {
		return c.text("[]")
	}
	return c.text("]")
}

func (e *expr) writeNest(c *counter) error {
	opening, closing := "[", "]"
	if e.key != "" {
		opening, closing = "{"+Quote(e.key)+":", "}"
	}
	if err := c.times(opening, e.n); err != nil {
		return err
	}
	if err := e.unit.write(c); err != nil {
		return err
	}
	return c.times(closing, e.n)
}

// chunk is about how many bytes of an expansion are held at once.
const chunk = 16 << 10

// times writes text n times.
func (c *counter) times(text string, n int64) error {
	if text == "" {
		return nil
	}
	per := int64(max(1, chunk/len(text)))
	if n >= per {
		many := strings.Repeat(text, int(per))
		for ; n >= per; n -= per {
			if err := c.text(many); err != nil {
				return err
			}
		}
	}
	return c.text(strings.Repeat(text, int(n)))
}

// randLetters need no escaping in a JSON string.
const randLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 -"

// writeRand writes letters drawn by splitmix64 (Steele et al. 2014).
func (e *expr) writeRand(c *counter) error {
	if err := c.text(`"`); err != nil {
		return err
	}
	buf := make([]byte, 0, chunk)
	state := e.seed
	for left := e.n; left > 0; {
		buf = buf[:0]
		for ; left > 0 && len(buf) < chunk; left-- {
			state += 0x9e3779b97f4a7c15
			z := (state ^ state>>30) * 0xbf58476d1ce4e5b9
			z = (z ^ z>>27) * 0x94d049bb133111eb
			buf = append(buf, randLetters[(z^z>>31)%uint64(len(randLetters))])
		}
		if err := c.text(string(buf)); err != nil {
			return err
		}
	}
	return c.text(`"`)
}

// String returns the text form, which ParseValue reads back: JSON with a space
// after ':' and ',', expressions as they stand.
func (v Value) String() string {
	var b strings.Builder
	v.format(&b)
	return b.String()
}

func (v Value) format(b *strings.Builder) {
	switch {
	case v.n == nil:
	case v.n.expr != nil:
		b.WriteString(`{"$` + string(v.n.expr.op) + `": `)
		v.n.expr.argument().format(b)
		b.WriteByte('}')
	case v.n.kind == Array:
		b.WriteByte('[')
		for i, item := range v.n.items {
			if i > 0 {
				b.WriteString(", ")
			}
			item.format(b)
		}
		b.WriteByte(']')
	case v.n.kind == Object:
		v.formatObject(b)
	default:
		b.WriteString(v.n.source)
	}
}

func (v Value) formatObject(b *strings.Builder) {
	ms := v.n.members
	literal := len(ms) == 1 && isExpression(ms[0].Key) || len(ms) > 1 && ms[0].Key == "$lit"
	if literal {
		b.WriteString(`{"$lit": `)
	}
	b.WriteByte('{')
	for i, m := range ms {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(m.keyText() + ": ")
		m.Value.format(b)
	}
	b.WriteByte('}')
	if literal {
		b.WriteByte('}')
	}
}
