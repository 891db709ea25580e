package execute_test

import (
	"net"
	"net/http/httptest"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/made"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

func TestMain(m *testing.M) {
	made.Main()
	os.Exit(m.Run())
}

// long is a deadline that passes only where something is broken.
const long = time.Minute

// settings are those of a run that waits as long as it takes.
func settings(t testing.TB, revision string) execute.Settings {
	t.Helper()
	rev, ok := protocol.Lookup(revision)
	if !ok {
		t.Fatalf("there is no revision %q", revision)
	}
	return execute.Settings{Revision: rev, Deadline: long, Probe: long, IDs: &execute.IDs{}}
}

// self is the test binary, which can be any made server.
func self(t testing.TB) []string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return []string{path}
}

// child is a made server as a process of its own.
func child(t testing.TB, name string) transport.Target {
	return transport.Command(self(t), transport.CommandOptions{Env: append(os.Environ(), made.Env(name)), Name: name})
}

// site is a made HTTP server in our own process.
func site(t testing.TB, name string) transport.Target {
	t.Helper()
	for _, s := range slices.Concat(made.Sites(), made.EventSites()) {
		if s.Name == name {
			server := httptest.NewServer(s.Handler())
			t.Cleanup(server.Close)
			return transport.HTTP(server.URL, transport.HTTPOptions{SSE: events(name)})
		}
	}
	t.Fatalf("there is no made site %q", name)
	return nil
}

// events are the options of a made HTTP server that speaks HTTP+SSE, nil of others.
func events(name string) *transport.SSE {
	if slices.ContainsFunc(made.EventSites(), func(s made.Site) bool { return s.Name == name }) {
		return new(transport.SSE)
	}
	return nil
}

// started is a made HTTP server as a process of its own.
func started(t testing.TB, name string) (target transport.Target, url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	env := append(os.Environ(), made.EnvAt(name, address))
	url = "http://" + address
	return transport.Started(url, self(t), transport.CommandOptions{Env: env, SSE: events(name)}, long), url
}

// standing is a made HTTP server as a process that we did not start, as far as
// the target knows.
func standing(t testing.TB, name string) transport.Target {
	t.Helper()
	target, url := started(t, name)
	conn, err := target.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Kill)
	return transport.HTTP(url, transport.HTTPOptions{SSE: events(name)})
}
