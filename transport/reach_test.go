package transport_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/transport"
)

// A server may listen at a socket, and show a certificate that the system does not
// know.
func TestServersAreReachedByOtherWays(t *testing.T) {
	asked := func(target transport.Target) string {
		conn, err := target.Dial(t.Context())
		if err != nil {
			return err.Error()
		}
		defer conn.Close()
		if _, err := conn.Send(t.Context(), transport.Message{Query: "b=2"}); err != nil {
			return err.Error()
		}
		f, err := conn.Recv(t.Context())
		if err != nil {
			return err.Error()
		}
		return string(f.Bytes)
	}
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "at "+r.Host+" "+r.URL.String())
	})
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Skip("no unix sockets here: ", err)
	}
	go func() { _ = http.Serve(l, h) }()
	if got := asked(transport.HTTP("http://notes/mcp?a=1", transport.HTTPOptions{Reach: transport.Reach{Socket: socket}})); got != "at notes /mcp?a=1&b=2" {
		t.Errorf("by a socket: %q", got)
	}
	l.Close()
	if _, err := transport.HTTP("http://notes/mcp", transport.HTTPOptions{Reach: transport.Reach{Socket: socket}}).Dial(t.Context()); !transport.IsRefused(err) {
		t.Errorf("without one who listens: %v", err)
	}
	secure := httptest.NewUnstartedServer(h)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	known := x509.NewCertPool()
	known.AddCert(secure.Certificate())
	if got := asked(transport.HTTP(secure.URL, transport.HTTPOptions{Reach: transport.Reach{TLS: &tls.Config{RootCAs: known}}})); !strings.HasPrefix(got, "at 127.0.0.1") {
		t.Errorf("with its certificate: %q", got)
	}
	if got := asked(transport.HTTP(secure.URL, transport.HTTPOptions{})); !strings.Contains(got, "certificate") {
		t.Errorf("without: %q", got)
	}
}

// A machine has many addresses at its loopback, and may call from each.
func TestConnectionsComeFromAnAddress(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		_, _ = io.WriteString(w, host)
	}))
	defer web.Close()
	from := netip.AddrFrom4([4]byte{127, 0, 0, 7})
	reach := transport.Reach{From: from}
	conn, err := reach.Connect(t.Context(), web.URL)
	if err != nil {
		t.Skip("there is one address here: ", err)
	}
	conn.Close()
	c, err := transport.HTTP(web.URL, transport.HTTPOptions{Reach: reach}).Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Send(t.Context(), transport.Message{}); err != nil {
		t.Fatal(err)
	}
	if f, err := c.Recv(t.Context()); err != nil || string(f.Bytes) != from.String() {
		t.Errorf("it came from %q, %v; want %s", f.Bytes, err, from)
	}
}

// A lone client has one connection: what is sent when that is closed fails, and opens no
// other. That of another is closed when nothing is under way.
func TestConnectionsAreCounted(t *testing.T) {
	var opened atomic.Int32
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			panic(http.ErrAbortHandler)
		}
	}))
	web.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	web.Start()
	defer web.Close()
	status := func(c transport.Conn, verb string) int {
		_, _ = c.Send(t.Context(), transport.Message{Verb: verb}) // the frame tells, too
		f := receive(t, c)
		if verb == http.MethodDelete && !transport.IsReset(f.Err) {
			t.Errorf("what breaks tells %v", f.Err)
		}
		return f.Status
	}
	lone := dial(t, transport.HTTP(web.URL, transport.HTTPOptions{Lone: true}))
	for i, want := range []struct {
		verb   string
		status int
	}{{http.MethodPost, 200}, {http.MethodPost, 200}, {http.MethodDelete, 0}, {http.MethodPost, 0}} {
		if got := status(lone, want.verb); got != want.status || opened.Load() != 1 {
			t.Errorf("message %d: status %d, want %d; %d connections", i, got, want.status, opened.Load())
		}
	}
	pooled := dial(t, transport.HTTP(web.URL, transport.HTTPOptions{}))
	for i := range int32(3) {
		const beforehand = 2 // the lone one, and the dial that tries
		if got := status(pooled, http.MethodPost); got != 200 || opened.Load() != beforehand+1+i/2 {
			t.Errorf("message %d: status %d; %d connections", i, got, opened.Load())
		}
		if i == 1 {
			pooled.DropIdle()
		}
	}
}
