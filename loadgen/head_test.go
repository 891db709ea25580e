package loadgen

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

// response reads one response, and the body as the pieces make it.
func response(r io.Reader) (h head, body string, err error) {
	in := newInput(r)
	if h, err = in.head(); err != nil {
		return h, "", err
	}
	var b strings.Builder
	err = in.body(h, func(p []byte) { b.Write(p) })
	return h, b.String(), err
}

// sound are responses as servers may write them.
var sound = []string{
	"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: application/json\r\n\r\nhello",
	"HTTP/1.1 200\r\ncontent-length:5\r\n\r\nhello",
	"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
	"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;a=b\r\nllo\r\n0\r\nTrailer: x\r\n\r\n",
	"HTTP/1.1 200 OK\r\nTRANSFER-ENCODING: Chunked\r\n\r\n0005\r\nhello\r\n0\r\n\r\n",
	"HTTP/1.0 200 OK\r\n\r\nhello",
	"HTTP/1.1 200 OK\r\nConnection: keep-alive, Close\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
	"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 20_000) + "\r\nContent-Length: 5\r\n\r\nhello",
}

func TestResponses(t *testing.T) {
	for _, text := range sound {
		for name, r := range map[string]io.Reader{
			"whole": strings.NewReader(text), "byte by byte": iotest.OneByteReader(strings.NewReader(text)),
		} {
			h, body, err := response(r)
			if err != nil || h.status != 200 || body != "hello" {
				t.Errorf("%.60q, %s: status %d, body %q, error %v", text, name, h.status, body, err)
			}
		}
	}
	for text, closes := range map[string]bool{sound[0]: false, sound[4]: false, sound[6]: true, sound[7]: true} {
		if h, _, _ := response(strings.NewReader(text)); h.closes != closes {
			t.Errorf("%.60q: closes %v, want %v", text, h.closes, closes)
		}
	}
	h, body, err := response(strings.NewReader("HTTP/1.1 204 No Content\r\nRetry-After: 7\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\n\r\n"))
	if err != nil || body != "" || h.retryAfter != "7" || !h.events || h.closes {
		t.Errorf("head %+v, body %q, error %v", h, body, err)
	}
}

func TestResponsesThatAreNone(t *testing.T) {
	for _, text := range []string{
		"hello\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
		"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\n",
		strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 100), "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 5000) + "\r\n",
		"HTTP/1.1 200 OK\r\nA: " + strings.Repeat("b", mostInputSize) + "\r\n\r\n",
	} {
		if _, body, err := response(strings.NewReader(text)); !errors.Is(err, errNoHTTP) {
			t.Errorf("%.80q: body %q, error %v; want that it is no HTTP", text, body, err)
		}
	}
	for _, text := range sound {
		if strings.HasPrefix(text, "HTTP/1.0") {
			continue // its end is that of the connection
		}
		if _, _, err := response(strings.NewReader(text[:len(text)-1])); err == nil || errors.Is(err, errNoHTTP) {
			t.Errorf("%.60q without its last byte: error %v; want that it ended", text, err)
		}
	}
}

// FuzzResponse holds what is read to net/http.
func FuzzResponse(f *testing.F) {
	for _, text := range sound {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		h, body, err := response(bytes.NewReader(b))
		if err != nil || h.status < 200 {
			return
		}
		theirs, failed := http.ReadResponse(bufio.NewReader(bytes.NewReader(b)), &http.Request{Method: http.MethodPost})
		if failed != nil || theirs.StatusCode < 200 {
			return // they hold heads to more rules than matter here, and leave interim ones to others
		}
		text, failed := io.ReadAll(theirs.Body)
		if failed == nil && theirs.StatusCode == h.status && string(text) != body {
			t.Errorf("%q: body %q, theirs %q", b, body, text)
		}
	})
}
