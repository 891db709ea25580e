package made

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// runner serves a stream, on which each line is a frame.
type runner = func(ctx context.Context, in io.Reader, out io.Writer) error

// sse is a server over HTTP+SSE: each event stream has a server of its own, whose
// lines are the messages.
type sse struct {
	run runner
	// odd: everything is done in the less usual of its right ways. The endpoint is
	// an absolute URL, a message has two lines and others around it that are none,
	// and what was taken is only said when something was answered.
	odd bool

	mu      sync.Mutex
	opened  int
	streams map[string]*events
}

// overSSE is the server over a stream, over HTTP+SSE.
func overSSE(run runner) func() http.Handler {
	return func() http.Handler { return &sse{run: run, streams: map[string]*events{}} }
}

// oddly is the same in its odd form.
func oddly(run runner) func() http.Handler {
	return func() http.Handler { return &sse{run: run, odd: true, streams: map[string]*events{}} }
}

func (s *sse) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	switch {
	case fromAfar(req):
		http.Error(w, "requests from that origin are not taken", http.StatusForbidden)
	case req.Method == http.MethodGet:
		s.stream(w, req)
	case req.Method == http.MethodPost:
		s.post(w, req)
	default:
		http.Error(w, "only GET and POST are offered", http.StatusMethodNotAllowed)
	}
}

// stream serves one event stream until its server or its client ends.
func (s *sse) stream(w http.ResponseWriter, req *http.Request) {
	in, messages := io.Pipe()
	defer in.Close()
	e := &events{w: w, odd: s.odd, messages: messages, closed: make(chan struct{}), wrote: make(chan struct{}, maxWrote)}
	defer e.Close()
	id := s.open(e)
	w.Header().Set("Content-Type", "text/event-stream")
	endpoint := "/messages?session=" + id
	if s.odd {
		endpoint = "http://" + req.Host + endpoint
	}
	fmt.Fprintf(w, "event: endpoint\ndata: %s\n\n", endpoint)
	_ = http.NewResponseController(w).Flush()
	ran := make(chan error, 1)
	go func() { ran <- s.run(req.Context(), in, e) }()
	select {
	case err := <-ran:
		if errors.As(err, new(End)) {
			end(err)
		}
	case <-e.closed:
	case <-req.Context().Done():
	}
}

func (s *sse) open(e *events) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened++
	id := fmt.Sprintf("made-%d", s.opened)
	s.streams[id] = e
	return id
}

// post hands a message to the server of its event stream.
func (s *sse) post(w http.ResponseWriter, req *http.Request) {
	s.mu.Lock()
	e := s.streams[req.URL.Query().Get("session")]
	s.mu.Unlock()
	if e == nil {
		http.Error(w, "there is no such session", http.StatusNotFound)
		return
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // the client is gone
	}
	if _, err := e.messages.Write(line(body)); err != nil {
		http.Error(w, "the session has ended", http.StatusGone)
		return
	}
	if s.odd {
		e.answered(req.Context(), body)
	}
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, "Accepted")
}

// line makes one line of a body, right where it was right and wrong where it was
// wrong.
func line(body []byte) []byte {
	if !bytes.Contains(body, []byte("\n")) {
		return append(body, '\n')
	}
	var flat bytes.Buffer
	if json.Compact(&flat, body) != nil {
		flat.Reset()
		flat.Write(bytes.ReplaceAll(body, []byte("\n"), []byte{0}))
	}
	flat.WriteByte('\n')
	return flat.Bytes()
}

// answered waits until something was answered, where the message is a request.
func (e *events) answered(ctx context.Context, message []byte) {
	if r, _ := read(message); r.id == "" {
		return
	}
	select {
	case <-e.wrote:
	case <-e.closed:
	case <-ctx.Done():
	}
}

// onPosted is a sound server that answers the POST of a call with that status and
// text.
func onPosted(status int, text string) func() http.Handler {
	return func() http.Handler {
		h := overSSE(onCall(sound))()
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			body, err := io.ReadAll(req.Body)
			if err != nil {
				return // the client is gone
			}
			if r, _ := read(body); r.method == "tools/call" {
				http.Error(w, text, status)
				return
			}
			req.Body = io.NopCloser(bytes.NewReader(body))
			h.ServeHTTP(w, req)
		})
	}
}

// maxWrote is more than the events that anybody waits for.
const maxWrote = 1024

// events writes lines as the events of a stream.
type events struct {
	messages *io.PipeWriter
	odd      bool
	// wrote is told of each event, closed of the end.
	wrote, closed chan struct{}
	once          sync.Once

	mu sync.Mutex
	w  http.ResponseWriter
	// within: a line is under way.
	within bool
}

// Write takes lines or parts of them.
func (e *events) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	select {
	case <-e.closed:
		return 0, io.ErrClosedPipe
	default:
	}
	for part := range bytes.Lines(p) {
		if _, err := e.w.Write(e.event(part)); err != nil {
			return 0, err
		}
	}
	return len(p), http.NewResponseController(e.w).Flush()
}

// event is what stands on the event stream for a part of a line.
func (e *events) event(part []byte) []byte {
	var b []byte
	if !e.within {
		b = append(b, "event: message\ndata: "...)
		if e.odd {
			b = append([]byte(": still here\n\nevent: ping\ndata: now\n\n"), b...)
			part = bytes.Replace(part, []byte(","), []byte(",\ndata: "), 1)
		}
	}
	b = append(b, part...)
	e.within = !bytes.HasSuffix(part, []byte("\n"))
	if e.within {
		return b
	}
	select {
	case e.wrote <- struct{}{}:
	default:
	}
	return append(b, '\n')
}

// Close ends the event stream.
func (e *events) Close() error {
	e.mu.Lock() // what is being written is written
	defer e.mu.Unlock()
	e.once.Do(func() { close(e.closed) })
	return nil
}
