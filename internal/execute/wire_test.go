package execute_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

var idText = regexp.MustCompile(`"id":("[^"]*"|[0-9]+)`)

// literal answers every line once: what is no JSON with an error without an id,
// what is no UTF-8 with an error under the id in it, requests with a result.
func literal(_ context.Context, rwc io.ReadWriteCloser) error {
	lines := bufio.NewScanner(rwc)
	for lines.Scan() {
		line := lines.Bytes()
		id := idText.FindSubmatch(line)
		switch {
		case !utf8.Valid(line):
			fmt.Fprintf(rwc, `{"jsonrpc":"2.0","id":%s,"error":{"code":-32700,"message":"no UTF-8"}}`+"\n", id[1])
		case !json.Valid(line):
			fmt.Fprintln(rwc, `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no JSON"}}`)
		case id != nil:
			fmt.Fprintf(rwc, `{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-11-25"}}`+"\n", id[1])
		}
	}
	return lines.Err()
}

// session opens a session with a server that runs in memory.
func session(tb testing.TB, serve func(context.Context, io.ReadWriteCloser) error) *execute.Session {
	tb.Helper()
	legacy, _ := protocol.Lookup(protocol.Legacy)
	s, err := execute.Dial(tb.Context(), transport.InMemory(serve), execute.Settings{
		Revision: legacy, Deadline: 5 * time.Second, Probe: 5 * time.Second, IDs: new(execute.IDs),
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

func TestAnswersOfSeveralMalformedFramesFindTheirs(t *testing.T) {
	noJSON := scenarios.Raw{Bytes: "{\n"}
	noText := scenarios.Raw{Bytes: "{\"id\":9014,\"method\":\"\xff\"}\n"}
	ping := scenarios.Request{Method: "ping"}
	notify := scenarios.Notify{Method: "notifications/x"}
	for _, tc := range []struct {
		name  string
		steps []scenarios.Step
	}{
		{"two without an id", []scenarios.Step{noJSON, noJSON}},
		{"three", []scenarios.Step{noJSON, noText, noJSON}},
		{"before a request", []scenarios.Step{noJSON, ping}},
		{"after a request", []scenarios.Step{ping, noText, ping}},
		{"the same id twice", []scenarios.Step{noText, noText}},
		{"after a notification", []scenarios.Step{notify, noJSON, noJSON}},
		{"after a cancellation", []scenarios.Step{ping, scenarios.Cancel{Of: 1}, ping, noJSON}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := session(t, literal)
			o := s.Play(t.Context(), scenarios.Case{Steps: tc.steps}, nil, 0)
			for _, stray := range o.Strays {
				t.Errorf("a stray: %s", stray.Frame.Bytes)
			}
			for _, seen := range o.Seen {
				want := 1
				switch seen.Sent.(type) {
				case scenarios.Notify, scenarios.Cancel:
					want = 0
				}
				if n := len(seen.Answers); n != want || oracles.OutcomeOf(o, seen) == oracles.Garbled {
					t.Errorf("step %s has %d answers, want %d, and is %s", seen.Step, n, want, oracles.OutcomeOf(o, seen))
				}
			}
		})
	}
}

// heard is a target whose connections tell when the end of the output was
// received.
type heard struct {
	transport.Target
	end chan struct{}
}

func (h heard) Dial(ctx context.Context) (transport.Conn, error) {
	conn, err := h.Target.Dial(ctx)
	return heardConn{conn, h.end}, err
}

type heardConn struct {
	transport.Conn
	end chan struct{}
}

func (c heardConn) Recv(ctx context.Context) (transport.Frame, error) {
	f, err := c.Conn.Recv(ctx)
	if errors.Is(err, io.EOF) {
		close(c.end)
	}
	return f, err
}

func TestServerThatStopsReadingIsSeenToEnd(t *testing.T) {
	end := make(chan struct{})
	serve := func(_ context.Context, rwc io.ReadWriteCloser) error {
		bufio.NewReader(rwc).ReadString('\n')
		rwc.Close()
		<-end
		return errors.New("a frame that cannot be read")
	}
	legacy, _ := protocol.Lookup(protocol.Legacy)
	s, err := execute.DialBare(t.Context(), heard{transport.InMemory(serve), end}, execute.Settings{
		Revision: legacy, Deadline: 5 * time.Second, Probe: 5 * time.Second, IDs: new(execute.IDs),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	o := s.Play(t.Context(), scenarios.Case{Steps: []scenarios.Step{scenarios.Raw{Bytes: "{\n"}}}, nil, 0)
	if out := oracles.OutcomeOf(o, o.Seen[0]); out != oracles.Crashed || o.State.Reason == nil {
		t.Errorf("%s in state %+v, want crashed, with the reason", out, o.State)
	}
}
