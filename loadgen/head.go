package loadgen

import (
	"bytes"
	"errors"
	"io"
	"strconv"
)

// input reads the bytes of one connection, in a buffer that is kept and grows with the
// lines of heads.
type input struct {
	r        io.Reader
	buf      []byte
	from, to int
}

// The size of the buffer at first, and at most, which so is that of the longest line.
const (
	inputSize     = 4 << 10
	mostInputSize = 64 << 10
)

// mostHead bounds the lines of a head and of trailers, mostInterim the heads before the
// one that counts.
const (
	mostHead    = 1000
	mostInterim = 16
)

// errNoHTTP says that what came is no HTTP/1 (RFC 9112).
var errNoHTTP = errors.New("the response is no HTTP")

func newInput(r io.Reader) *input { return &input{r: r, buf: make([]byte, inputSize)} }

// more reads at least one more byte.
func (in *input) more() error {
	if in.from == in.to {
		in.from, in.to = 0, 0
	}
	if in.to == len(in.buf) {
		in.to = copy(in.buf, in.buf[in.from:])
		in.from = 0
	}
	if in.to == len(in.buf) {
		if len(in.buf) == mostInputSize {
			return errNoHTTP
		}
		in.buf = append(in.buf, make([]byte, len(in.buf))...)
	}
	n, err := in.r.Read(in.buf[in.to:])
	in.to += n
	if n > 0 {
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

// line is the next line without its end. It is valid until more is read.
func (in *input) line() ([]byte, error) {
	for looked := 0; ; {
		if n := bytes.IndexByte(in.buf[in.from+looked:in.to], '\n'); n >= 0 {
			line := in.buf[in.from : in.from+looked+n]
			in.from += looked + n + 1
			return bytes.TrimSuffix(line, []byte("\r")), nil
		}
		looked = in.to - in.from
		if err := in.more(); err != nil {
			return nil, err
		}
	}
}

// head is what the head of a response says of the rest.
type head struct {
	status int
	// length of the body, -1 where it is not said.
	length  int64
	chunked bool
	// old: the peer speaks HTTP/1.0. closes: the connection ends with the response.
	old, closes bool
	// events: the body is an event stream.
	events bool
	// retryAfter is the text of that header, "" for none.
	retryAfter string
}

// head reads the head of a response, and those of the interim ones before it.
func (in *input) head() (head, error) {
	for range mostInterim {
		h, err := in.oneHead()
		if err != nil || h.status >= 200 {
			return h, err
		}
	}
	return head{}, errNoHTTP
}

func (in *input) oneHead() (head, error) {
	line, err := in.line()
	if err != nil {
		return head{}, err
	}
	h := head{length: -1}
	if h.status, h.old, err = statusOf(line); err != nil {
		return h, err
	}
	h.closes = h.old
	for range mostHead {
		if line, err = in.line(); err != nil {
			return h, err
		}
		if len(line) == 0 {
			if h.status < 200 || h.status == 204 || h.status == 304 {
				h.length, h.chunked = 0, false
			}
			h.closes = h.closes || h.length < 0 && !h.chunked
			return h, nil
		}
		if err := h.field(line); err != nil {
			return h, err
		}
	}
	return h, errNoHTTP
}

// statusOf reads a status line, old where it is of HTTP/1.0.
func statusOf(line []byte) (status int, old bool, err error) {
	const version = len("HTTP/1.1 ")
	if len(line) < version+3 || string(line[:version-2]) != "HTTP/1." || line[version-1] != ' ' {
		return 0, false, errNoHTTP
	}
	for _, c := range line[version : version+3] {
		if c < '0' || c > '9' {
			return 0, false, errNoHTTP
		}
		status = 10*status + int(c-'0')
	}
	return status, line[version-2] == '0', nil
}

// field reads one field of a head, if it matters.
func (h *head) field(line []byte) error {
	colon := bytes.IndexByte(line, ':')
	if colon < 0 {
		return errNoHTTP
	}
	name, value := line[:colon], bytes.TrimSpace(line[colon+1:])
	switch {
	case isNamed(name, "content-length"):
		n, err := strconv.ParseInt(string(value), 10, 64)
		if err != nil || n < 0 || h.length >= 0 && n != h.length {
			return errNoHTTP
		}
		if !h.chunked {
			h.length = n
		}
	case isNamed(name, "transfer-encoding") && !h.old: // there was none (RFC 9112, section 6.1)
		h.chunked, h.length = lists(value, "chunked"), -1
	case isNamed(name, "connection"):
		h.closes = h.closes || lists(value, "close")
	case isNamed(name, "content-type"):
		const events = "text/event-stream"
		h.events = len(value) >= len(events) && isNamed(value[:len(events)], events)
	case isNamed(name, "retry-after"):
		h.retryAfter = string(value)
	}
	return nil
}

// isNamed compares without regard to case; the name is in lower case.
func isNamed(b []byte, name string) bool {
	if len(b) != len(name) {
		return false
	}
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != name[i] {
			return false
		}
	}
	return true
}

// lists reports whether a value that is a list of words has that one.
func lists(value []byte, word string) bool {
	for len(value) > 0 {
		var item []byte
		item, value, _ = bytes.Cut(value, []byte(","))
		if isNamed(bytes.TrimSpace(item), word) {
			return true
		}
	}
	return false
}

// body hands the bytes of a body on, in pieces that are valid until the next.
func (in *input) body(h head, take func([]byte)) error {
	switch {
	case h.chunked:
		return in.chunks(take)
	case h.length >= 0:
		return in.exactly(h.length, take)
	}
	for {
		take(in.buf[in.from:in.to])
		in.from = in.to
		if err := in.more(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func (in *input) exactly(n int64, take func([]byte)) error {
	for n > 0 {
		if in.from == in.to {
			if err := in.more(); err != nil {
				return err
			}
		}
		piece := in.buf[in.from:min(int64(in.to), int64(in.from)+n)]
		take(piece)
		in.from += len(piece)
		n -= int64(len(piece))
	}
	return nil
}

// chunks reads a body in chunks and the trailers behind it (RFC 9112, section 7.1).
func (in *input) chunks(take func([]byte)) error {
	for {
		line, err := in.line()
		if err != nil {
			return err
		}
		size, _, _ := bytes.Cut(line, []byte(";"))
		n, err := strconv.ParseInt(string(bytes.TrimSpace(size)), 16, 63)
		if err != nil || n < 0 {
			return errNoHTTP
		}
		if n == 0 {
			return in.trailers()
		}
		if err := in.exactly(n, take); err != nil {
			return err
		}
		if line, err = in.line(); err != nil {
			return err
		}
		if len(line) > 0 {
			return errNoHTTP
		}
	}
}

func (in *input) trailers() error {
	for range mostHead {
		if line, err := in.line(); err != nil || len(line) == 0 {
			return err
		}
	}
	return errNoHTTP
}
