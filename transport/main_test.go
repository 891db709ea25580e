package transport_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mcpfuzz/mcpfuzz/internal/made"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// peerVar makes the test binary a peer: "NAME", or "NAME@HOST:PORT" over HTTP.
const peerVar = "MCPFUZZ_TEST_PEER"

func TestMain(m *testing.M) {
	made.Main()
	if name, address, _ := strings.Cut(os.Getenv(peerVar), "@"); name != "" {
		os.Exit(servePeer(name, address))
	}
	goleak.VerifyTestMain(m)
}

func servePeer(name, address string) int {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	if address == "" {
		serveStream(ctx, os.Stdin, os.Stdout, name)
		return 0
	}
	l, err := net.Listen("tcp", address)
	if err == nil {
		err = http.Serve(l, peerHandler(ctx, name))
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// gathered is how many frames the peer "gather" waits for.
const gathered = 8

// newPeer makes what answers each frame, whatever carries it. Frames are
// answered at the same time; nil is no answer.
func newPeer(name string) func(frame []byte) []byte {
	var all sync.WaitGroup
	all.Add(gathered)
	return map[string]func([]byte) []byte{
		"echo":   func(frame []byte) []byte { return frame },
		"mute":   func([]byte) []byte { return nil },
		"digest": func(frame []byte) []byte { return fmt.Appendf(nil, "%d %x", len(frame), sha256.Sum256(frame)) },
		"gather": func(frame []byte) []byte {
			all.Done()
			all.Wait()
			return frame
		},
	}[name]
}

// serveStream is a peer over a stream. "deaf" reads nothing; "stubborn" also
// ignores the signal that asks it to end; "once" answers one frame and ends.
func serveStream(ctx context.Context, in io.Reader, out io.Writer, name string) {
	r := bufio.NewReader(in)
	switch name {
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
		_, _ = io.WriteString(out, "ready\n")
		<-ctx.Done()
		return
	case "deaf":
		<-ctx.Done()
		return
	case "once":
		line, _ := r.ReadBytes('\n')
		_, _ = out.Write(line)
		return
	}
	answer := newPeer(name)
	var mu sync.Mutex
	var answers sync.WaitGroup
	defer answers.Wait()
	for {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return
		}
		answers.Go(func() {
			b := answer(bytes.TrimSuffix(line, []byte("\n")))
			mu.Lock()
			defer mu.Unlock()
			if b != nil {
				_, _ = out.Write(append(b, '\n'))
			}
		})
	}
}

// peerHandler is a peer over HTTP. What answers nothing holds the request.
func peerHandler(ctx context.Context, name string) http.Handler {
	answer := newPeer(name)
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if name == "deaf" {
			<-ctx.Done()
			return
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		if b := answer(body); b != nil {
			_, _ = w.Write(b)
			return
		}
		<-req.Context().Done()
	})
}

// carrier is a way of reaching a peer.
type carrier struct {
	name string
	// http: frames carry their send.
	http bool
	dial func(t *testing.T, peer string) transport.Conn
}

// carriers are all ways of reaching a peer.
func carriers() []carrier {
	return []carrier{
		{"stdio", false, func(t *testing.T, peer string) transport.Conn {
			return dial(t, transport.Command(self(t), transport.CommandOptions{Env: with(peerVar + "=" + peer)}))
		}},
		{"in memory", false, func(t *testing.T, peer string) transport.Conn {
			return dial(t, transport.InMemory(func(ctx context.Context, rwc io.ReadWriteCloser) error {
				serveStream(ctx, rwc, rwc, peer)
				return nil
			}))
		}},
		{"socket", false, func(t *testing.T, peer string) transport.Conn { return dial(t, socket(t, peer)) }},
		{"pipes without deadlines", false, func(t *testing.T, peer string) transport.Conn { return dial(t, pipes(t, peer)) }},
		{"HTTP", true, func(t *testing.T, peer string) transport.Conn {
			return dial(t, transport.HTTP(serveHTTP(t, peerHandler(ending(t), peer)), transport.HTTPOptions{}))
		}},
		{"HTTP, started", true, func(t *testing.T, peer string) transport.Conn {
			address := freeAddress(t)
			opts := transport.CommandOptions{Env: with(peerVar + "=" + peer + "@" + address)}
			return dial(t, transport.Started("http://"+address, self(t), opts, long))
		}},
		{"HTTP+SSE", false, func(t *testing.T, peer string) transport.Conn {
			address := serveHTTP(t, eventsHandler(ending(t), peer))
			return dial(t, transport.HTTP(address, transport.HTTPOptions{SSE: &transport.SSE{}}))
		}},
	}
}

// long is a time that passes only where something is broken, short one that
// always passes.
const (
	long  = time.Minute
	short = 100 * time.Millisecond
)

// call is what made servers do their worst on.
const call = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"hi"}}}`

// dial dials, and kills what still lives at the end of the test.
func dial(t *testing.T, target transport.Target) transport.Conn {
	t.Helper()
	conn, err := target.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Kill)
	return conn
}

func self(t *testing.T) []string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return []string{path}
}

func with(entry string) []string { return append(os.Environ(), entry) }

// ending is a context that ends when the test does, before what the test
// started must have ended.
func ending(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	return ctx
}

// socket is a peer behind a socket.
func socket(t *testing.T, peer string) transport.Target {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	ctx := ending(t)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		serveStream(ctx, conn, conn, peer)
	}()
	return transport.Dialed("a socket", func(ctx context.Context) (io.ReadWriteCloser, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr().String())
	})
}

// pipe is one end of two pipes.
type pipe struct {
	io.Reader
	*io.PipeWriter
	end func()
}

func (p pipe) Close() error {
	p.end()
	return p.PipeWriter.Close()
}

// pipes is a peer behind a stream that knows no deadlines.
func pipes(t *testing.T, peer string) transport.Target {
	ctx := ending(t)
	return transport.Dialed("pipes", func(context.Context) (io.ReadWriteCloser, error) {
		theirIn, ourOut := io.Pipe()
		ourIn, theirOut := io.Pipe()
		go func() {
			serveStream(ctx, theirIn, theirOut, peer)
			theirIn.Close()
			theirOut.Close()
		}()
		return pipe{Reader: ourIn, PipeWriter: ourOut, end: func() { ourIn.Close() }}, nil
	})
}

// serveHTTP serves until the end of the test and returns the URL.
func serveHTTP(t *testing.T, h http.Handler) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: h}
	go func() { _ = server.Serve(l) }() // it ends with ErrServerClosed
	t.Cleanup(func() { server.Close() })
	return "http://" + l.Addr().String()
}

// freeAddress is one at which nothing listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	address, err := made.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// text is a message of fixed bytes.
func text(s string) transport.Message {
	return transport.Message{Body: fixed(s), Size: int64(len(s)), End: "\n"}
}

type fixed string

func (f fixed) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, string(f))
	return int64(n), err
}
