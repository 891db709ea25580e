package protocol

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// body is a frame in parts, so that a large value streams between two short
// texts. It can be written any number of times.
type body []part

// part is either text or a value.
type part struct {
	text  string
	value scenarios.Value
}

// WriteTo writes the parts in order.
func (b body) WriteTo(w io.Writer) (int64, error) {
	var n int64
	for _, p := range b {
		m, err := p.writeTo(w)
		n += m
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

func (p part) writeTo(w io.Writer) (int64, error) {
	if p.value.IsAbsent() {
		n, err := io.WriteString(w, p.text)
		return int64(n), err
	}
	return p.value.WriteTo(w)
}

// size returns the number of bytes the body writes.
func (b body) size() int64 {
	var n int64
	for _, p := range b {
		n += int64(len(p.text))
		if !p.value.IsAbsent() {
			n += p.value.Size()
		}
	}
	return n
}

// flatLimit is the size up to which a frame is put together once, before it is
// sent, rather than streamed.
const flatLimit = 64 << 10

// message makes a whole line of a body. Small bodies are made flat, so that
// sending them costs one copy and no expansion is paid twice.
func message(b body) transport.Message {
	m := transport.Message{Body: b, Size: b.size(), End: "\n"}
	if m.Size > flatLimit {
		return m
	}
	var buf bytes.Buffer
	buf.Grow(int(m.Size))
	if _, err := b.WriteTo(&buf); err == nil {
		m.Body = Text(buf.String())
	}
	return m
}

// Text is a body of fixed bytes.
type Text string

// WriteTo writes the text.
func (t Text) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, string(t))
	return int64(n), err
}

const hexDigits = "0123456789abcdef"

// quote writes s as a JSON string. Bytes that are not UTF-8 stay as they are:
// a hallucinated name is sent exactly.
func quote(s string) string {
	var b strings.Builder
	b.Grow(len(s) + 2)
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < 0x20:
			b.WriteString(`\u00`)
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Quote writes s as a JSON string, with bytes that are no UTF-8 replaced.
func Quote(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return quote(s)
}
