package loadgen_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/loadgen"
)

// slowly plays slow clients against a server, each kind for a moment.
func slowly(t *testing.T, url string, deadline time.Duration) map[string]record.SlowClients {
	t.Helper()
	cfg := load(url)
	cfg.Deadline, cfg.Timeout = deadline, deadline
	list, err := loadgen.SlowClients{Load: cfg, Session: cfg.Session, Clients: 3, For: 200 * time.Millisecond}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]record.SlowClients{}
	for _, s := range list {
		kinds[s.Kind] = s
	}
	if len(kinds) != len(loadgen.SlowKinds()) {
		t.Errorf("%d kinds were played, want %d", len(kinds), len(loadgen.SlowKinds()))
	}
	return kinds
}

func TestSlowClientsDoNothingToASoundServer(t *testing.T) {
	t.Parallel()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sendJSON(w, result(string(messageOf(body).ID)))
	}))
	defer web.Close()
	for name, s := range slowly(t, web.URL, 10*time.Second) {
		if s.Isolation.Before.Calls == 0 || s.Isolation.During.Calls == 0 || s.Isolation.During.OK != 1 || s.Dropped+s.Refused > 0 {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// One that reads one request at a time serves others only when a slow one has gone, which for
// most of them is too late.
func TestSlowClientsHoldUpAServerThatReadsOneRequestAtATime(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		var reading sync.Mutex
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go oneAtATime(c, &reading)
		}
	}()
	kinds := slowly(t, "http://"+l.Addr().String(), 50*time.Millisecond)
	for _, name := range []string{"head", "body"} {
		if during := kinds[name].Isolation.During; during.OK > 0.5 {
			t.Errorf("%s: %.2f of the calls of another client are served", name, during.OK)
		}
	}
}

// oneAtATime answers the requests of a connection, reading each while no other is read.
func oneAtATime(c net.Conn, reading *sync.Mutex) {
	defer c.Close()
	in := bufio.NewReader(c)
	for {
		if _, err := in.Peek(1); err != nil {
			return
		}
		reading.Lock()
		r, err := http.ReadRequest(in)
		var body []byte
		if err == nil {
			body, err = io.ReadAll(r.Body)
		}
		reading.Unlock()
		if err != nil {
			return
		}
		text := result(string(messageOf(body).ID))
		answer := http.Response{StatusCode: 200, ProtoMajor: 1, ProtoMinor: 1, ContentLength: int64(len(text)), Body: io.NopCloser(strings.NewReader(text))}
		if answer.Write(c) != nil {
			return
		}
	}
}
