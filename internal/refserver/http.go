package refserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// Path is where the server answers over streamable HTTP, EventsPath where it does
// over HTTP+SSE.
const (
	Path       = "/mcp"
	EventsPath = "/sse"
)

// Serve listens at a loopback address and serves HTTP until the context ends.
func (s *Server) Serve(ctx context.Context, listen string) error {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if a, ok := l.Addr().(*net.TCPAddr); ok && !a.IP.IsLoopback() {
		l.Close()
		return fmt.Errorf("listen at %s: this server is for tests and takes loopback addresses only", listen)
	}
	s.log.Printf("listening at http://%s%s, and over HTTP+SSE at %s", l.Addr(), Path, EventsPath)
	server := s.HTTP()
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// HTTP makes what serves the Handler, and counts the connections of each address.
func (s *Server) HTTP() *http.Server {
	seats := newSeats(s.opts.Limits.Connections, s.off["connections"])
	return &http.Server{
		Handler: seats.guard(s.Handler()), ConnContext: seats.take, ConnState: seats.leave,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10,
	}
}

// Handler serves both eras of the protocol at Path: requests of the stateless
// revision without sessions, all others with one. At EventsPath it serves the
// oldest revision over the transport that this has.
func (s *Server) Handler() http.Handler {
	server := s.MCP()
	get := func(*http.Request) *mcp.Server { return server }
	g := &gate{
		Server: s, busy: map[string]bool{}, ended: map[string]bool{}, revisions: map[string]string{},
		stateless: mcp.NewStreamableHTTPHandler(get, &mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true}),
		stateful:  mcp.NewStreamableHTTPHandler(get, &mcp.StreamableHTTPOptions{JSONResponse: true}),
	}
	mux := http.NewServeMux()
	mux.Handle(Path, g)
	mux.HandleFunc("POST "+RevokePath, s.revoke)
	mux.HandleFunc("GET "+metadataPath, s.metadata)
	streams := &streams{Server: s, lines: map[string]*line{}}
	mux.HandleFunc("GET "+EventsPath, streams.serve)
	mux.HandleFunc("POST "+EventsPath, streams.take)
	return mux
}

// gate holds HTTP bodies to what the guards of frames demand.
type gate struct {
	*Server
	stateless, stateful http.Handler

	mu sync.Mutex
	// busy holds the ids in flight, by session; ended the sessions that were ended.
	busy, ended map[string]bool
	// revisions holds what each session settled on.
	revisions map[string]string
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if g.barred(w, r) || g.keyless(w, r) {
		return
	}
	r.Header.Set(clientHeader, g.caller(r))
	if r.Method != http.MethodPost {
		g.otherVerb(w, r)
		return
	}
	frame, err := io.ReadAll(io.LimitReader(r.Body, maxFrame+1))
	if err != nil {
		return
	}
	if g.exceeds(w, r, frame) {
		return
	}
	done, ok := g.admitted(w, r, frame)
	if !ok {
		return
	}
	defer done()
	handler, v := g.guarded(r, frame)
	if v.pass && v.id != "" {
		key := r.Header.Get(sessionHeader) + " " + v.id
		if v = g.admit(key, v); v.pass {
			defer g.release(key)
		}
	}
	switch {
	case bytes.Equal(v.answer, hangUp):
		panic(http.ErrAbortHandler)
	case v.answer != nil:
		answer(w, v.answer)
	case !v.pass:
		w.WriteHeader(g.status(http.StatusAccepted))
	case g.off["disconnects"] && v.method == "tools/call" && leaves(r):
		return
	default:
		r.Body = io.NopCloser(bytes.NewReader(v.frame))
		r.ContentLength = int64(len(v.frame))
		g.forward(handler, w, r)
	}
}

// barred refuses requests that a page of another site sent, which a browser tells.
func (s *Server) barred(w http.ResponseWriter, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || local(origin) || s.off["origin"] {
		return false
	}
	http.Error(w, "requests from that origin are not taken", http.StatusForbidden)
	return true
}

// guarded holds a message to the guards, and says who serves it.
func (g *gate) guarded(r *http.Request, frame []byte) (http.Handler, verdict) {
	v := g.inspectAny(frame, g.revisionOf(r))
	if !v.pass {
		return nil, v
	}
	if v.frame == nil {
		v.frame = frame
	}
	return g.route(r.Header, readEnvelope(unpadded(v.frame)), v)
}

// route holds the headers of a message to what is demanded of them, and says who
// serves it.
func (g *gate) route(h http.Header, e envelope, v verdict) (http.Handler, verdict) {
	if g.off["replies"] {
		h.Set("Accept", "application/json, text/event-stream") // or the SDK refuses
	}
	handler, checks := g.stateful, []check{g.versioned, g.inSession}
	switch {
	case e.version != "" || h.Get(versionHeader) == modern:
		handler, checks = g.stateless, []check{g.declared, g.repeated}
	case g.sessionless(h, e):
		handler = g.stateless
	}
	for _, c := range checks {
		if problem := c(h, e); !problem.pass {
			return nil, problem
		}
	}
	return handler, v
}

// check holds the headers of a message to what it says of itself.
type check func(http.Header, envelope) verdict

// otherVerb serves what is no POST: the stream and the end of a session.
func (g *gate) otherVerb(w http.ResponseWriter, r *http.Request) {
	stateless := r.Header.Get(versionHeader) == modern
	switch {
	case stateless && g.off["requests-alone"]:
		w.WriteHeader(http.StatusOK)
	case stateless:
		g.stateless.ServeHTTP(w, r)
	case r.Method == http.MethodGet && g.off["replies"]:
		http.NotFound(w, r)
	default:
		g.stateful.ServeHTTP(w, r)
		if r.Method == http.MethodDelete {
			g.end(r.Header.Get(sessionHeader))
		}
	}
}

// local reports whether a page of this machine sent a request.
func local(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

func (g *gate) admit(key string, v verdict) verdict {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.busy[key] && !g.off["ids"] {
		return refused(v.id, codeRequest, "a request with that id is in flight")
	}
	g.busy[key] = true
	return v
}

func (g *gate) release(key string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.busy, key)
}

// revisionOf is the revision that a request is made in, "" where it is not known.
func (g *gate) revisionOf(r *http.Request) string {
	if version := r.Header.Get(versionHeader); version != "" {
		return version
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.revisions[r.Header.Get(sessionHeader)]
}

// remember keeps what a session settled on, if it just did.
func (g *gate) remember(session, revision string) {
	if session == "" || revision == "" {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.revisions) >= maxRemembered {
		clear(g.revisions)
	}
	g.revisions[session] = revision
}

// maxRemembered bounds how many sessions are remembered; of one that is forgotten
// no batches are taken.
const maxRemembered = 10_000
