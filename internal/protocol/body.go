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

// quote writes s as a JSON string. Bytes that are not UTF-8 stay as they are: a
// hallucinated name is sent exactly.
func quote(s string) string {
	if utf8.ValidString(s) {
		return scenarios.Quote(s)
	}
	var b strings.Builder
	b.WriteByte('"')
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			b.WriteByte(s[0])
		} else {
			token := scenarios.Quote(s[:n])
			b.WriteString(token[1 : len(token)-1])
		}
		s = s[n:]
	}
	b.WriteByte('"')
	return b.String()
}
