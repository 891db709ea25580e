package refserver

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// streams are the event streams that are open (2024-11-05, transports, HTTP with
// SSE). What stands on one passes the guards that lines do.
type streams struct {
	*Server

	mu    sync.Mutex
	lines map[string]*line
}

// sessionKey is what names a session in the URL of its endpoint.
const sessionKey = "session"

// serve opens an event stream and keeps it until the client or the SDK ends it.
func (s *streams) serve(w http.ResponseWriter, r *http.Request) {
	if s.barred(w, r) || s.keyless(w, r) {
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-cache")
	if r.Method == http.MethodHead {
		return // whoever asks what there is opens no stream
	}
	ctx, cancel := context.WithCancel(withClient(r.Context(), s.caller(r)))
	defer cancel()
	// The time that a request may take to be read ends no stream.
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	e := &events{w: w, end: cancel}
	defer e.Close()
	id := rand.Text()
	l, ended := s.open(ctx, e)
	s.clients.own(id, s.caller(r))
	s.keep(id, l)
	defer s.forget(id)
	if e.event("endpoint", []byte(EventsPath+"?"+sessionKey+"="+id)) != nil {
		return // the client is gone
	}
	select {
	case <-ended:
	case <-ctx.Done():
	}
}

func (s *streams) keep(id string, l *line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines[id] = l
}

func (s *streams) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.lines, id)
}

func (s *streams) find(id string) *line {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lines[id]
}

// take hands a message to its session, which answers on the event stream.
func (s *streams) take(w http.ResponseWriter, r *http.Request) {
	l := s.find(r.URL.Query().Get(sessionKey))
	switch {
	case s.barred(w, r), s.keyless(w, r):
		return
	case l == nil:
		http.Error(w, "there is no such session", http.StatusNotFound)
		return
	}
	var body io.Reader = r.Body
	if !s.off["frame-size"] {
		body = io.LimitReader(body, maxFrame+1)
	}
	frame, err := io.ReadAll(body)
	if err != nil || s.exceeds(w, r, frame) {
		return // the client is gone, or may not
	}
	done, ok := s.admitted(w, r, frame)
	if !ok {
		return
	}
	defer done()
	l.apart()
	if err := l.handle(frame); err != nil {
		http.Error(w, "the session has ended", http.StatusNotFound)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// events writes lines as messages of an event stream.
type events struct {
	end context.CancelFunc

	mu     sync.Mutex
	w      http.ResponseWriter
	closed bool
}

// Write takes whole lines.
func (e *events) Write(lines []byte) (int, error) {
	for l := range bytes.Lines(lines) {
		if err := e.event("message", bytes.TrimSpace(l)); err != nil {
			return 0, err
		}
	}
	return len(lines), nil
}

func (e *events) event(name string, data []byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return io.ErrClosedPipe
	}
	if _, err := fmt.Fprintf(e.w, "event: %s\ndata: %s\n\n", name, data); err != nil {
		return err
	}
	return http.NewResponseController(e.w).Flush()
}

// CloseWrite ends the event stream.
func (e *events) CloseWrite() error { return e.Close() }

// Close ends the event stream; what is written later is lost.
func (e *events) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	e.end()
	return nil
}
