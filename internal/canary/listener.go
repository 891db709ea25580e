package canary

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// listener answers calls on the loopback and keeps which of those that were expected
// came. It is safe for concurrent use.
type listener struct {
	on     net.Listener
	server *http.Server
	mu     sync.Mutex
	// expected are the words of calls that may come, and what they are answered.
	expected map[string]string
	came     map[string]trace
}

// trace is what was seen of a word: a request came for it, the address of one held it, or
// what was sent with one did.
type trace struct{ called, asked, passed bool }

// listen begins to listen at a free port.
func listen() (*listener, error) {
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &listener{on: on, expected: map[string]string{}, came: map[string]trace{}}
	l.server = &http.Server{Handler: l, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		// It ends when the yard does; then there is nothing to tell.
		_ = l.server.Serve(on)
	}()
	return l, nil
}

func (l *listener) close() error { return l.server.Close() }

func (l *listener) address() string { return "http://" + l.on.Addr().String() }

func (l *listener) port() string {
	_, port, _ := net.SplitHostPort(l.on.Addr().String())
	return port
}

// ServeHTTP answers a call. What is expected stands at the start of its path, once that
// is resolved as whoever stands behind the port resolves it, or asks a question of its own:
// an id that was escaped, as it should be, stays where it was put.
func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	first, _, _ := strings.Cut(strings.TrimPrefix(path.Clean(r.URL.EscapedPath()), "/"), "/")
	query := r.URL.Query()                                 // what was escaped there is no name in it
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxRead)) // who breaks off has sent what came
	l.mu.Lock()
	answer := ""
	for word, told := range l.expected {
		t := l.came[word]
		if word == first || query.Has(word) {
			t.called, answer = true, told
		}
		t.asked = t.asked || strings.Contains(r.RequestURI, word)
		t.passed = t.passed || bytes.Contains(body, []byte(word))
		l.came[word] = t
	}
	l.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// Who calls and does not listen has called.
	_, _ = io.WriteString(w, "<!doctype html><html><head><title>A page</title></head><body><p>"+answer+"</p></body></html>\n")
}

// maxRead is how much is read of what is sent.
const maxRead = 1 << 20

func (l *listener) expect(word, answer string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expected[word] = answer
}

func (l *listener) trace(word string) trace {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.came[word]
}

func (l *listener) forget(word string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.expected, word)
	delete(l.came, word)
}
