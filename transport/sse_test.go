package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/made"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// takenHeader marks the responses that tell of no more than that a message was
// taken.
const takenHeader = "X-Taken"

// eventsHandler is a peer over HTTP+SSE, for one connection. "deaf" takes no
// message; "once" ends the stream behind its first answer.
func eventsHandler(ctx context.Context, name string) http.Handler {
	answer := newPeer(name)
	if name == "once" {
		answer = newPeer("echo")
	}
	answers := make(chan []byte, gathered)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "event: endpoint\ndata: /messages?session=1\n\n")
		for {
			_ = http.NewResponseController(w).Flush()
			select {
			case b := <-answers:
				fmt.Fprintf(w, "event: message\ndata: %s\n\n", b)
				if name == "once" {
					return
				}
			case <-req.Context().Done():
				return
			}
		}
	})
	mux.HandleFunc("POST /messages", func(w http.ResponseWriter, req *http.Request) {
		if name == "deaf" {
			<-ctx.Done()
			return
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		w.Header().Set(takenHeader, "yes")
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, "Accepted")
		if b := answer(body); b != nil {
			answers <- b
		}
	})
	return mux
}

// subscribe dials a handler over HTTP+SSE.
func subscribe(t *testing.T, h http.Handler, header http.Header) (transport.Conn, error) {
	t.Helper()
	target := transport.HTTP(serveHTTP(t, h)+"/sse?key=secret", transport.HTTPOptions{SSE: &transport.SSE{Header: func() http.Header { return header }}})
	conn, err := target.Dial(t.Context())
	if err == nil {
		t.Cleanup(conn.Kill)
	}
	return conn, err
}

// streaming is a handler whose event stream holds that text, and that answers a
// POST with the request as it came.
func streaming(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodPost {
			w.WriteHeader(http.StatusTeapot)
			mirror(w, req)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		_, _ = io.WriteString(w, strings.ReplaceAll(text, "HOST", req.Host))
		_ = http.NewResponseController(w).Flush()
		if !strings.HasSuffix(text, "END") {
			<-req.Context().Done()
		}
	})
}

func TestEndpointsAreResolved(t *testing.T) {
	for named, want := range map[string]string{
		"/messages?session=1":           "POST /messages?session=1 ",
		"messages/ ":                    "POST /messages/ ",
		"?session=1":                    "POST /sse?session=1 ",
		"http://HOST/elsewhere?a=b&c=d": "POST /elsewhere?a=b&c=d ",
	} {
		conn, err := subscribe(t, streaming(": hello\n\nretry: 5\nevent: endpoint\ndata: "+named+"\n\n"), nil)
		if err != nil {
			t.Fatal(err)
		}
		m := text("hi")
		m.Header = http.Header{"X-Key": {"k"}}
		send(t, conn, m)
		f := receive(t, conn)
		if got := string(f.Bytes); !strings.HasPrefix(got, want) || !strings.Contains(got, "X-Key: k") || !strings.HasSuffix(got, "hi") {
			t.Errorf("%s: got %q, want %q", named, got, want)
		}
		if f.Of != 0 || f.Status != http.StatusTeapot || !f.Last {
			t.Errorf("got %+v", f)
		}
	}
}

func TestEventStreamsThatCannotBeUsed(t *testing.T) {
	for name, tc := range map[string]struct {
		handler http.Handler
		want    string
	}{
		"another host":   {streaming("event: endpoint\ndata: http://evil.example/messages?session=1\n\n"), `"http://evil.example/messages", another origin than http://127.0.0.1:`},
		"another port":   {streaming("event: endpoint\ndata: http://127.0.0.1:1/\n\n"), "another origin"},
		"another scheme": {streaming("event: endpoint\ndata: https://HOST/\n\n"), "another origin"},
		"no host":        {streaming("event: endpoint\ndata: mailto:\x1b[2J\n\n"), "no URL"},
		"no endpoint":    {streaming("data: {}\n\nEND"), "ended before it named an endpoint"},
		"no stream":      {http.HandlerFunc(mirror), "not with an event stream"},
		"no GET":         {http.NotFoundHandler(), "status 404 Not Found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := subscribe(t, tc.handler, nil)
			if err == nil || !strings.Contains(err.Error(), tc.want) || strings.ContainsAny(err.Error(), "\x1b\n") || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
	t.Run("an endpoint that never comes", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), short)
		defer cancel()
		target := transport.HTTP(serveHTTP(t, streaming(": wait\n\n")), transport.HTTPOptions{SSE: &transport.SSE{}})
		if _, err := target.Dial(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

func TestMessagesOfAnEventStream(t *testing.T) {
	conn, err := subscribe(t, streaming("event: endpoint\ndata: /\n\n"+
		": keep alive\n\nevent: ping\ndata: now\n\ndata: {\"a\":\ndata: 1}\n\nevent: endpoint\ndata: /other\n\n"+
		"event:message\ndata:2\n\nevent: message\ndata: {\"tornEND"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"{\"a\":\n1}", "2"} {
		if f := receive(t, conn); string(f.Bytes) != want || f.Of != -1 || f.Last || f.Status != 0 {
			t.Errorf("got %+v, want %q", f, want)
		}
	}
	if f, err := conn.Recv(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("got %+v and %v, want the end", f, err)
	}
	if s := conn.State(); s.Phase != transport.Closed || string(s.Torn) != `{"tornEND` {
		t.Errorf("the state is %+v", s)
	}
}

func TestHeadersOpenTheEventStream(t *testing.T) {
	var mu sync.Mutex
	var got http.Header
	_, err := subscribe(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		mu.Lock()
		got = req.Header
		mu.Unlock()
		streaming("event: endpoint\ndata: /\n\n").ServeHTTP(w, req)
	}), http.Header{"Authorization": {"Bearer k"}})
	mu.Lock()
	defer mu.Unlock()
	if err != nil || got.Get("Authorization") != "Bearer k" || got.Get("Accept") != "text/event-stream" {
		t.Errorf("opened with %v, %v", got, err)
	}
}

func TestStartedServersOverEventStreams(t *testing.T) {
	for server, want := range map[string]string{"sse-closes": "", "sse-exits": "exit code 7"} {
		t.Run(server, func(t *testing.T) {
			t.Parallel()
			address := freeAddress(t)
			opts := transport.CommandOptions{Env: with(made.EnvAt(server, address)), SSE: &transport.SSE{}}
			target := transport.Started("http://"+address, self(t), opts, long)
			if k := target.Kind(); !k.HTTP || !k.Stream || !k.Exclusive {
				t.Errorf("its kind is %+v", k)
			}
			conn := dial(t, target)
			send(t, conn, text(call))
			for err := error(nil); !errors.Is(err, io.EOF); {
				if _, err = conn.Recv(t.Context()); t.Context().Err() != nil {
					t.Fatal(err)
				}
			}
			s := conn.State()
			if want == "" && s.Phase != transport.Closed || want != "" && (s.Exit == nil || s.Exit.String() != want) {
				t.Errorf("the state is %+v", s)
			}
		})
	}
}
