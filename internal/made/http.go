package made

import (
	"context"
	"crypto/rand"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
)

// Site is a made server over streamable HTTP, or over HTTP+SSE.
type Site struct {
	Name string
	// Doc is one sentence: what is true of it.
	Doc string
	// Handler makes a fresh server.
	Handler func() http.Handler
	// Alone: it only makes sense as a process of its own.
	Alone bool
}

// Sites returns the made servers over streamable HTTP, the sound one first.
func Sites() []Site {
	return []Site{
		{Name: "site", Doc: "Answers rightly, in JSON.", Handler: onPost(asJSON)},
		{Name: "site-events", Doc: "Answers rightly, in an event stream.", Handler: onPost(asEvents)},
		{Name: "site-silent", Doc: "Never answers a call, and goes on.", Handler: onPost(holds)},
		{Name: "site-hangs", Doc: "Answers nothing at all after a call.", Handler: hanging},
		{Name: "site-resets", Doc: "Resets the connection of a call, and goes on.", Handler: onPost(resets)},
		{Name: "site-dies", Doc: "Ends with exit code 7 on a call.", Handler: onPost(dies), Alone: true},
		{Name: "site-tears", Doc: "Ends the connection in the middle of an answer.", Handler: onPost(torn)},
		{Name: "site-tears-events", Doc: "Ends the connection in the middle of an event.", Handler: onPost(tornEvents)},
		{Name: "site-tears-and-dies", Doc: "Ends with exit code 7 in the middle of an answer.", Handler: onPost(tornAndDies), Alone: true},
		{Name: "site-huge", Doc: "Answers a call with a body of 1 GiB.", Handler: onPost(hugeBody)},
		{Name: "site-foreign-id", Doc: "Answers a call under an id that nobody sent.", Handler: onPost(foreignBody)},
		{Name: "site-fails", Doc: "Answers a call with status 500.", Handler: onPost(fails)},
		{Name: "site-redirects", Doc: "Sends a call elsewhere.", Handler: onPost(redirects)},
		{Name: "site-forgets", Doc: "Loses its session on a call, and gives new ones.", Handler: forgetting},
	}
}

// EventSites returns the made servers over HTTP+SSE, the sound one first.
func EventSites() []Site {
	return []Site{
		{Name: "sse", Doc: "Answers rightly, on the event stream.", Handler: overSSE(onCall(sound))},
		{Name: "sse-odd", Doc: "Answers rightly, in unusual forms.", Handler: oddly(onCall(sound))},
		{Name: "sse-asks", Doc: "Asks its client two things before it answers.", Handler: overSSE(onCall(asks))},
		{Name: "sse-silent", Doc: "Never answers a call, and goes on.", Handler: overSSE(onCall(silent))},
		{Name: "sse-stuck", Doc: "Does nothing more in a session after a call, and opens others.", Handler: overSSE(onCall(hangs))},
		{Name: "sse-hangs", Doc: "Answers nothing at all after a call.", Handler: func() http.Handler {
			return hangingOn(func(call func()) http.Handler {
				return overSSE(onCall(func(ctx context.Context, _ *wire, _ request) error {
					call()
					return live(ctx)
				}))()
			})
		}},
		{Name: "sse-foreign-id", Doc: "Answers a call under an id that nobody sent.", Handler: overSSE(onCall(foreignID))},
		{Name: "sse-answers-twice", Doc: "Answers a call twice.", Handler: overSSE(onCall(twice))},
		{Name: "sse-closes", Doc: "Ends the event stream on a call.", Handler: overSSE(onCall(closes))},
		{Name: "sse-tears", Doc: "Ends the event stream in the middle of an answer.", Handler: overSSE(onCall(tears))},
		{Name: "sse-exits", Doc: "Ends with exit code 7 on a call.", Handler: overSSE(onCall(ends(End{Code: 7}))), Alone: true},
		{Name: "sse-refuses", Doc: "Answers the POST of a call with status 400.", Handler: onPosted(http.StatusBadRequest, "this call is not possible")},
		{Name: "sse-fails", Doc: "Answers the POST of a call with status 500.", Handler: onPosted(http.StatusInternalServerError, "something broke")},
		{Name: "sse-forgets", Doc: "Knows its session no more from a call on, and gives new ones.", Handler: onPosted(http.StatusNotFound, "there is no such session")},
		{Name: "sse-answers-the-post", Doc: "Answers a call in the response, where nobody looks.", Handler: onPosted(http.StatusOK, success("1", "{}"))},
	}
}

// poster answers a call over HTTP.
type poster func(w http.ResponseWriter, req *http.Request, r request)

// site is the part that all made HTTP servers share.
type site struct {
	mu       sync.Mutex
	sessions map[string]bool
	call     poster
	manners  Manners
}

const (
	sessionHeader = "Mcp-Session-Id"
	versionHeader = "Mcp-Protocol-Version"
)

func newSite(call poster) *site { return &site{call: call, sessions: map[string]bool{}} }

// onPost is a sound server whose calls are answered by call.
func onPost(call poster) func() http.Handler {
	return func() http.Handler { return newSite(call) }
}

// fromAfar reports whether a page of another machine sent a request, whichever host it
// asks for: the name of such a page may have been made to lead here.
func fromAfar(req *http.Request) bool {
	origin := req.Header.Get("Origin")
	u, err := url.Parse(origin)
	return origin != "" && (err != nil || u.Hostname() != "localhost" && !net.ParseIP(u.Hostname()).IsLoopback())
}

func (s *site) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	switch {
	case fromAfar(req):
		http.Error(w, "requests from that origin are not taken", http.StatusForbidden)
	case req.Method == http.MethodDelete:
		s.end(w, req)
	case req.Method != http.MethodPost:
		http.Error(w, "only POST is offered", http.StatusMethodNotAllowed)
	default:
		s.post(w, req)
	}
}

func (s *site) post(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // the client is gone
	}
	r, complaint := read(body)
	id := req.Header.Get(sessionHeader)
	switch {
	case complaint != "":
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, complaint)
	case !slices.Contains([]string{"", version}, req.Header.Get(versionHeader)):
		http.Error(w, "there is no such version of the protocol", http.StatusBadRequest)
	case r.method == "initialize":
		if s.keeps() {
			w.Header().Set(sessionHeader, s.open())
		}
		asJSON(w, req, r)
	case s.keeps() && id == "":
		http.Error(w, "a session is needed", s.manners.status("no session"))
	case s.keeps() && !s.knows(id):
		http.Error(w, "there is no such session", http.StatusNotFound)
	case r.id == "":
		w.WriteHeader(s.manners.status("accepted"))
	case r.method == "tools/call" || s.manners != nil:
		s.call(w, req, r)
	default:
		asJSON(w, req, r)
	}
}

// keeps reports whether there are sessions.
func (s *site) keeps() bool { return s.manners.does("sessions", "with ids") }

// end ends a session, where the site lets clients do that.
func (s *site) end(w http.ResponseWriter, req *http.Request) {
	status := s.manners.status("delete")
	if status != http.StatusMethodNotAllowed && s.keeps() {
		s.mu.Lock()
		delete(s.sessions, req.Header.Get(sessionHeader))
		s.mu.Unlock()
	}
	w.WriteHeader(status)
}

func (s *site) open() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := rand.Text()
	s.sessions[id] = true
	return id
}

func (s *site) knows(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions[id]
}

func (s *site) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.sessions)
}

// The writes of answers below cannot fail but by a client that is gone.

func asJSON(w http.ResponseWriter, _ *http.Request, r request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, answer(r))
}

func asEvents(w http.ResponseWriter, _ *http.Request, r request) {
	w.Header().Set("Content-Type", "text/event-stream")
	_, _ = io.WriteString(w, ": made\n\nevent: message\ndata: "+answer(r)+"\n\n")
}

func foreignBody(w http.ResponseWriter, req *http.Request, r request) {
	r.id = `"nobody-sent-this"`
	asJSON(w, req, r)
}

func fails(w http.ResponseWriter, _ *http.Request, _ request) {
	http.Error(w, "something broke", http.StatusInternalServerError)
}

func redirects(w http.ResponseWriter, req *http.Request, _ request) {
	http.Redirect(w, req, "/elsewhere", http.StatusTemporaryRedirect)
}

func holds(_ http.ResponseWriter, req *http.Request, _ request) { <-req.Context().Done() }

// begin sends the start of an answer, after some text, so that it is out.
func begin(w http.ResponseWriter, kind, text string, r request) {
	a := answer(r)
	w.Header().Set("Content-Type", kind)
	_, _ = io.WriteString(w, text+a[:len(a)/2])
	_ = http.NewResponseController(w).Flush()
}

func torn(w http.ResponseWriter, _ *http.Request, r request) {
	begin(w, "application/json", "", r)
	panic(http.ErrAbortHandler)
}

func tornEvents(w http.ResponseWriter, _ *http.Request, r request) {
	begin(w, "text/event-stream", "data: ", r)
	panic(http.ErrAbortHandler)
}

func tornAndDies(w http.ResponseWriter, _ *http.Request, r request) {
	begin(w, "application/json", "", r)
	end(End{Code: 7})
}

func dies(http.ResponseWriter, *http.Request, request) { end(End{Code: 7}) }

func hugeBody(w http.ResponseWriter, _ *http.Request, r request) {
	w.Header().Set("Content-Type", "application/json")
	_ = writeHuge(w, r.id)
}

// resets ends the connection without a word, as a handler that crashed does.
func resets(w http.ResponseWriter, _ *http.Request, _ request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // with a reset, not with an end
	}
	conn.Close()
}

func forgetting() http.Handler {
	s := newSite(nil)
	s.call = func(w http.ResponseWriter, _ *http.Request, _ request) {
		s.forget()
		http.Error(w, "there is no such session", http.StatusNotFound)
	}
	return s
}

// hanging answers nothing once a call came.
func hanging() http.Handler {
	return hangingOn(func(call func()) http.Handler {
		return newSite(func(_ http.ResponseWriter, req *http.Request, _ request) {
			call()
			<-req.Context().Done()
		})
	})
}

// hangingOn answers nothing once the server that it makes has told of a call.
func hangingOn(make func(call func()) http.Handler) http.Handler {
	called, call := context.WithCancel(context.Background())
	h := make(call)
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if called.Err() != nil {
			// Only behind the body is it seen that a client is gone.
			_, _ = io.Copy(io.Discard, req.Body)
			<-req.Context().Done()
			return
		}
		h.ServeHTTP(w, req)
	})
}
