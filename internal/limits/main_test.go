package limits_test

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/identity"
	"github.com/mcpfuzz/mcpfuzz/internal/limits"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// network is a server in memory, which knows where connections come from. It is of
// channels alone, so that time passes in a bubble while everybody waits.
type network struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
	// server is what listens; when it is closed, dials are refused.
	server *http.Server
}

// serve serves until the test ends.
func serve(t *testing.T, h http.Handler) *network {
	t.Helper()
	return serveBehind(t, h, open)
}

// open is a door that lets in all.
func open(l net.Listener) net.Listener { return l }

// serveBehind is serve behind a door.
func serveBehind(t *testing.T, h http.Handler, door func(net.Listener) net.Listener) *network {
	t.Helper()
	return serveBy(t, &http.Server{Handler: h}, door)
}

// serveBy is serveBehind by a server that may count its connections.
func serveBy(t *testing.T, server *http.Server, door func(net.Listener) net.Listener) *network {
	t.Helper()
	const waiting = 200
	n := &network{conns: make(chan net.Conn, waiting), done: make(chan struct{}), server: server}
	n.server.ErrorLog = log.New(io.Discard, "", 0)
	go func() { _ = n.server.Serve(door(n)) }()
	t.Cleanup(func() { n.server.Close() })
	return n
}

func (n *network) Accept() (net.Conn, error) {
	select {
	case c := <-n.conns:
		return c, nil
	case <-n.done:
		return nil, net.ErrClosed
	}
}

func (n *network) Close() error {
	n.once.Do(func() { close(n.done) })
	return nil
}

func (n *network) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

func (n *network) dial(ctx context.Context, from netip.Addr) (net.Conn, error) {
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	select {
	case <-n.done:
		return nil, refused
	default:
	}
	near, far := net.Pipe()
	select {
	case n.conns <- remote{far, &net.TCPAddr{IP: from.AsSlice(), Port: 1}}:
		return near, nil
	case <-n.done:
		return nil, refused
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// remote is a connection from an address.
type remote struct {
	net.Conn
	from net.Addr
}

func (r remote) RemoteAddr() net.Addr { return r.from }

// target is the server as it is reached from an address.
func (n *network) target(from netip.Addr) transport.Target {
	return transport.HTTP("http://127.0.0.1/mcp", transport.HTTPOptions{Reach: transport.Reach{From: from, Dial: n.dial}})
}

// lone is the same to clients of one connection.
func (n *network) lone(from netip.Addr) transport.Target {
	return transport.HTTP("http://127.0.0.1/mcp", transport.HTTPOptions{Lone: true, Reach: transport.Reach{From: from, Dial: n.dial}})
}

// config looks at a server by a call, as so many clients with keys.
func config(t *testing.T, n *network, keys int, call scenarios.Call) limits.Config {
	t.Helper()
	cfg := limits.Config{
		Target: n.target, Call: call, Budget: budget(t, limits.DefaultMaxCalls),
		Connect: n.dial, Lone: n.lone, Parallel: limits.DefaultParallel, Patience: limits.DefaultPatience,
		Report: func(f oracles.Finding) (oracles.Finding, bool) { return f, true },
	}
	for i := range byte(8) {
		cfg.Addresses = append(cfg.Addresses, netip.AddrFrom4([4]byte{127, 0, 0, i + 1}))
	}
	legacy, _ := protocol.Lookup(protocol.Legacy)
	cfg.Sessions = execute.Settings{Revision: legacy, Deadline: execute.DefaultDeadline, IDs: &execute.IDs{}, Identities: ring(t, keys)}
	return cfg
}

// budget is of so many requests.
func budget(t *testing.T, requests int) *limits.Budget {
	t.Helper()
	b, err := limits.NewBudget(limits.DefaultMaxRate, requests, time.Now, sleep)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// keyOf is the key of the nth client.
func keyOf(i int) string { return "the-key-of-client-" + string(rune('a'+i)) }

// ring is of so many clients.
func ring(t *testing.T, n int) *identity.Ring {
	t.Helper()
	var specs []identity.Spec
	for i := range n {
		name := string(rune('a' + i))
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(keyOf(i)), 0o600); err != nil {
			t.Fatal(err)
		}
		spec, err := identity.Parse(name + "=file:" + path)
		if err != nil {
			t.Fatal(err)
		}
		specs = append(specs, spec)
	}
	r, err := identity.NewRing(t.Context(), specs, func(string, []string) {})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
