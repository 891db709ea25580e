package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/made"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// mirror answers with the request as it came.
func mirror(w http.ResponseWriter, req *http.Request) {
	fmt.Fprintf(w, "%s %s HTTP/1.1\nHost: %s\n", req.Method, req.URL, req.Host)
	_ = req.Header.Write(w)
	_, _ = io.Copy(w, req.Body)
}

// exchange sends one message over HTTP and returns the answer.
func exchange(t *testing.T, h http.Handler, m transport.Message) transport.Frame {
	t.Helper()
	conn := dial(t, transport.HTTP(serveHTTP(t, h), transport.HTTPOptions{}))
	send(t, conn, m)
	return receive(t, conn)
}

func TestRequestsAreAsTheMessageSays(t *testing.T) {
	for _, tc := range []struct {
		name string
		m    transport.Message
		has  []string
		not  []string
	}{
		{
			"the verb is POST",
			transport.Message{Body: fixed("hi"), Size: 2},
			[]string{"POST / ", "Content-Length: 2\r\n", "hi"},
			[]string{"Accept-Encoding"},
		},
		{"a verb", transport.Message{Body: fixed("hi"), Size: 2, Verb: "DELETE"}, []string{"DELETE / ", "hi"}, nil},
		{"GET has no body", transport.Message{Body: fixed("hi"), Size: 2, Verb: "GET"}, []string{"GET / "}, []string{"hi", "Content-Length"}},
		{"an unknown size is sent in chunks", transport.Message{Body: fixed("hi"), Size: -1}, []string{"POST / ", "hi"}, []string{"Content-Length"}},
		{
			"headers",
			transport.Message{Body: fixed("hi"), Size: 2, Header: http.Header{"X-Many": {"a", "b"}, "Host": {"evil.example"}}},
			[]string{"X-Many: a\r\nX-Many: b\r\n", "Host: evil.example\n"},
			nil,
		},
		{
			"a default is removed",
			transport.Message{Body: fixed("hi"), Size: 2, Header: http.Header{"User-Agent": nil, "Host": nil}},
			[]string{"Host: 127.0.0.1:"},
			[]string{"User-Agent"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := string(exchange(t, http.HandlerFunc(mirror), tc.m).Bytes)
			for _, s := range tc.has {
				if !strings.Contains(got, s) {
					t.Errorf("%q is not in %q", s, got)
				}
			}
			for _, s := range tc.not {
				if strings.Contains(got, s) {
					t.Errorf("%q is in %q", s, got)
				}
			}
		})
	}
}

func TestRequestsThatCannotBeMade(t *testing.T) {
	conn := dial(t, transport.HTTP(serveHTTP(t, http.HandlerFunc(mirror)), transport.HTTPOptions{}))
	sent, err := conn.Send(t.Context(),
		transport.Message{Body: fixed("hi"), Size: 2, Verb: "NO VERB"},
		transport.Message{Body: fixed("hi"), Size: 2, Header: http.Header{"X": {"a\nb"}}},
		transport.Message{Body: fixed("hi"), Size: 2})
	if err == nil || sent[0].Err == nil || sent[1].Err == nil || sent[2].Err != nil {
		t.Errorf("got %+v and %v", sent, err)
	}
	for range sent {
		f := receive(t, conn)
		if !f.Last || (f.Err == nil) != (f.Of == 2) {
			t.Errorf("send %d: last %t, error %v", f.Of, f.Last, f.Err)
		}
	}
}

func TestStatusAndHeadersAreSeen(t *testing.T) {
	for _, tc := range []struct {
		status int
		body   string
	}{{200, "{}"}, {202, ""}, {400, "no"}, {401, ""}, {404, "gone"}, {429, ""}, {503, "later"}} {
		f := exchange(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3")
			w.WriteHeader(tc.status)
			_, _ = io.WriteString(w, tc.body)
		}), text("hi"))
		if f.Status != tc.status || string(f.Bytes) != tc.body || f.Header.Get("Retry-After") != "3" || !f.Last || f.Err != nil {
			t.Errorf("%d: got %+v", tc.status, f)
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var asked atomic.Int32
	f := exchange(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		asked.Add(1)
		http.Redirect(w, req, "/elsewhere", http.StatusTemporaryRedirect)
	}), text("hi"))
	if f.Status != http.StatusTemporaryRedirect || f.Header.Get("Location") != "/elsewhere" || asked.Load() != 1 {
		t.Errorf("got status %d after %d requests", f.Status, asked.Load())
	}
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	addresses := map[string]bool{}
	conn := dial(t, transport.HTTP(serveHTTP(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.WriteString(w, req.RemoteAddr)
	})), transport.HTTPOptions{}))
	for range 20 {
		send(t, conn, text("hi"))
		addresses[string(receive(t, conn).Bytes)] = true
	}
	if len(addresses) != 1 {
		t.Errorf("%d connections were used for one message after the other", len(addresses))
	}
}

func TestEventsComeOneByOne(t *testing.T) {
	next := make(chan struct{})
	conn := dial(t, transport.HTTP(serveHTTP(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		for i := range 3 {
			fmt.Fprintf(w, ": comment\r\nevent: message\r\ndata: %d\r\n\r\n", i)
			_ = http.NewResponseController(w).Flush()
			<-next
		}
	})), transport.HTTPOptions{}))
	send(t, conn, text("hi"))
	for i := range 3 {
		// The stream goes on only when its event was received.
		if f := receive(t, conn); string(f.Bytes) != fmt.Sprint(i) || f.Last || f.Of != 0 || f.Status != http.StatusOK {
			t.Errorf("event %d: %+v", i, f)
		}
		next <- struct{}{}
	}
	if f := receive(t, conn); !f.Last || f.Err != nil || len(f.Bytes) > 0 {
		t.Errorf("the end is %+v", f)
	}
}

// madeSite serves a made HTTP server; its calls come without a session.
func madeSite(t *testing.T, name string) transport.Conn {
	t.Helper()
	for _, s := range made.Sites() {
		if s.Name == name {
			return dial(t, transport.HTTP(serveHTTP(t, s.Handler()), transport.HTTPOptions{Limits: transport.Limits{Frame: 1 << 20}}))
		}
	}
	t.Fatalf("there is no made site %q", name)
	return nil
}

// callIn opens a session and sends a call in it.
func callIn(t *testing.T, conn transport.Conn) transport.Frame {
	t.Helper()
	send(t, conn, text(`{"jsonrpc":"2.0","id":0,"method":"initialize"}`))
	m := text(call)
	m.Header = http.Header{"Mcp-Session-Id": receive(t, conn).Header["Mcp-Session-Id"]}
	send(t, conn, m)
	return receive(t, conn)
}

func TestResponsesThatFail(t *testing.T) {
	for _, tc := range []struct {
		site            string
		torn, cut, fail bool
		status          int
	}{
		{site: "site", status: 200},
		{site: "site-resets", fail: true},
		{site: "site-tears", torn: true, fail: true, status: 200},
		{site: "site-tears-events", torn: true, status: 200},
		{site: "site-huge", cut: true, status: 200},
	} {
		t.Run(tc.site, func(t *testing.T) {
			t.Parallel()
			conn := madeSite(t, tc.site)
			f := callIn(t, conn)
			if f.Torn != tc.torn || f.Cut != tc.cut || (f.Err != nil) != tc.fail || f.Status != tc.status || f.Of != 1 {
				t.Errorf("got torn %t, cut %t, error %v, status %d, of %d", f.Torn, f.Cut, f.Err, f.Status, f.Of)
			}
			if f.Err != nil && !transport.IsReset(f.Err) {
				t.Errorf("%v is not read as a reset", f.Err)
			}
			if f.Cut && (f.Size < 1<<30 || len(f.Bytes) > 1<<20) {
				t.Errorf("%d bytes of %d were kept", len(f.Bytes), f.Size)
			}
			if s := conn.State(); s.Phase != transport.Open {
				t.Errorf("the state is %+v", s)
			}
		})
	}
}

func TestServersThatAreGoneRefuse(t *testing.T) {
	server := &http.Server{Handler: http.HandlerFunc(mirror)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(l) }() // it ends with ErrServerClosed
	conn := dial(t, transport.HTTP("http://"+l.Addr().String(), transport.HTTPOptions{}))
	server.Close()
	if s := conn.State(); s.Phase != transport.Open {
		t.Errorf("the state is %+v before anything failed", s)
	}
	sent, err := conn.Send(t.Context(), text("hi"))
	if err == nil || sent[0].Err == nil || !sent[0].End.IsZero() || sent[0].Stalled {
		t.Errorf("sent %+v, %v", sent, err)
	}
	if f := receive(t, conn); f.Err == nil || f.Status != 0 || !f.Last {
		t.Errorf("got %+v", f)
	}
	if s := conn.State(); s.Phase != transport.Refused {
		t.Errorf("the state is %+v, want refused", s)
	}
	if _, err := transport.HTTP("http://"+l.Addr().String(), transport.HTTPOptions{}).Dial(t.Context()); !transport.IsRefused(err) {
		t.Errorf("dialing gave %v", err)
	}
}

func TestStartedServers(t *testing.T) {
	t.Run("is ready when it is dialed", func(t *testing.T) {
		t.Parallel()
		address := freeAddress(t)
		target := transport.Started("http://"+address, self(t), transport.CommandOptions{Env: with(made.EnvAt("site-dies", address))}, long)
		for range 2 {
			conn := dial(t, target)
			if s, err := target.Sample(t.Context()); err != nil || s.RSS == 0 {
				t.Errorf("it uses %+v, %v", s, err)
			}
			if f := callIn(t, conn); f.Err == nil {
				t.Errorf("it answered %+v", f)
			}
			if s := conn.State(); s.Phase != transport.Exited || s.Exit.String() != "exit code 7" {
				t.Errorf("the state is %+v", s)
			}
			conn.Close()
		}
	})
	t.Run("at ports of their own", func(t *testing.T) {
		t.Parallel()
		const address = "127.0.0.1:" + transport.PortPlaceholder
		target := transport.Started("http://"+address, self(t), transport.CommandOptions{Env: with(made.EnvAt("site-dies", address))}, long)
		if target.Kind().Exclusive {
			t.Error("only one may live at a time")
		}
		first, second := dial(t, target), dial(t, target)
		defer second.Close()
		if f := callIn(t, first); f.Err == nil {
			t.Errorf("it answered %+v", f)
		}
		if s := first.State(); s.Phase != transport.Exited {
			t.Errorf("the first is %+v", s)
		}
		if s := second.State(); s.Phase != transport.Open {
			t.Errorf("the second is %+v", s)
		}
		if a, b := first.Address(), second.Address(); a == b || transport.Placed("http://"+address, b) != b {
			t.Errorf("they listen at %s and %s", a, b)
		}
	})
	t.Run("something listens already", func(t *testing.T) {
		t.Parallel()
		url := serveHTTP(t, http.HandlerFunc(mirror))
		_, err := transport.Started(url, []string{"/no/such/program"}, transport.CommandOptions{}, long).Dial(t.Context())
		if err == nil || !strings.Contains(err.Error(), "something listens at "+url+" already") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("ends before it listens", func(t *testing.T) {
		t.Parallel()
		opts := transport.CommandOptions{Env: with(made.EnvAt("no-such-server", "127.0.0.1:1"))}
		_, err := transport.Started("http://"+freeAddress(t), self(t), opts, long).Dial(t.Context())
		if err == nil || !strings.Contains(err.Error(), "ended with exit code 1 before it listened") || !strings.Contains(err.Error(), "there is no made server") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("never listens", func(t *testing.T) {
		t.Parallel()
		opts := transport.CommandOptions{Env: with(made.EnvAt("site", freeAddress(t)))}
		_, err := transport.Started("http://"+freeAddress(t), self(t), opts, short).Dial(t.Context())
		if err == nil || !strings.Contains(err.Error(), "does not listen at") || !strings.Contains(err.Error(), "after 100ms") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("is given up by its caller", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		opts := transport.CommandOptions{Env: with(made.EnvAt("site", freeAddress(t)))}
		_, err := transport.Started("http://"+freeAddress(t), self(t), opts, long).Dial(ctx)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

func TestTargetsAreNamedWithoutCredentials(t *testing.T) {
	const address = "http://user:secret@127.0.0.1:1/mcp?key=secret#secret"
	for _, tc := range []struct {
		target transport.Target
		want   string
	}{
		{transport.HTTP(address, transport.HTTPOptions{}), "http://127.0.0.1:1/mcp"},
		{transport.HTTP(address, transport.HTTPOptions{SSE: &transport.SSE{}}), "http://127.0.0.1:1/mcp"},
		{transport.Started(address, []string{"serve", "-p", "1"}, transport.CommandOptions{}, long), "http://127.0.0.1:1/mcp (serve -p 1)"},
		{transport.Command([]string{"serve", "-p", "1"}, transport.CommandOptions{}), "serve -p 1"},
		{transport.Command([]string{"serve"}, transport.CommandOptions{Name: "the server"}), "the server"},
		{transport.Dialed("a tunnel", nil), "a tunnel"},
	} {
		if got := tc.target.String(); got != tc.want {
			t.Errorf("got %q, want %q", got, tc.want)
		}
	}
}
