package mcpfuzz_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz"
	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/refserver"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// hardened is the reference server in memory, with every guard on.
func hardened(tb testing.TB) transport.Target { return reference(tb) }

// reference is the same server without some guards.
func reference(tb testing.TB, without ...string) transport.Target {
	root := tb.TempDir()
	return transport.InMemory(func(ctx context.Context, rwc io.ReadWriteCloser) error {
		s, err := refserver.New(refserver.Options{Root: root, Without: without})
		if err != nil {
			return err
		}
		defer s.Close()
		return s.ServeStream(ctx, rwc)
	})
}

// FuzzServer lets the fuzzer choose cases: the hardened server must come
// through all of them without a finding above info.
func FuzzServer(f *testing.F) {
	mcpfuzz.FuzzTarget(f, hardened(f), mcpfuzz.FailOn(oracles.Low))
}

// FuzzWire sends any bytes as one frame: the hardened server must stay alive,
// answer at most once, and answer as the protocol says or not at all.
func FuzzWire(f *testing.F) {
	trial, err := campaign.NewTrial(f.Context(), campaign.Config{
		Target: hardened(f), Seed: 1, Cases: 1, Workers: 1, Deadline: 2 * time.Second,
		Callable: func(scenarios.Tool) (bool, string) { return true, "" }, Now: time.Now,
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(trial.Close)
	for _, c := range scenarios.Library() {
		for _, step := range c.Steps {
			if raw, ok := step.(scenarios.Raw); ok {
				f.Add([]byte(strings.TrimSuffix(raw.Bytes, "\n")))
			}
		}
	}
	for _, frame := range []string{
		`{"jsonrpc":"2.0","id":"a","method":"ping"}`,
		"\t{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"ping\"} \r",
		"\u00a0{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"ping\"}\u00a0",
		"\u00a0", "",
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read_note","arguments":{"id":1}}}`,
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}`,
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`,
		`{"jsonrpc":"2.0","id":9.000,"result":{}}`,
	} {
		f.Add([]byte(frame))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		// A newline would make two frames of one.
		line := string(bytes.ReplaceAll(frame, []byte("\n"), []byte(" "))) + "\n"
		c := scenarios.Case{Name: "wire", Steps: []scenarios.Step{scenarios.Raw{Bytes: line}}}
		trial.Renew()
		o, shown, err := trial.Try(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if !o.Probe.Alive || o.State.Phase != transport.Open {
			t.Errorf("the server is gone: %+v", o.State)
		}
		if n := len(o.Seen[0].Answers) + len(o.Strays); n > 1 {
			t.Errorf("%d answers: %s", n, execute.ReceivedBytes(o, "1"))
		}
		for _, s := range shown {
			if s.Severity != oracles.Info.String() {
				t.Errorf("%s: %s\nsent %s\nreceived %s", s.Signature, s.Message, s.Sent, s.Received)
			}
		}
	})
}

// FuzzScenario reads any text as a scenario: what can be read can be written,
// and reads the same again.
func FuzzScenario(f *testing.F) {
	for _, c := range scenarios.Library() {
		f.Add(scenarios.Format(c))
	}
	whole, err := os.ReadFile("scenarios/testdata/whole-grammar.txtar")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Fuzz(func(t *testing.T, src []byte) {
		c, err := scenarios.Parse(src)
		if err != nil {
			return
		}
		if err := c.Check(); err != nil {
			t.Fatalf("read, and then: %v", err)
		}
		text := scenarios.Format(c)
		again, err := scenarios.Parse(text)
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if !reflect.DeepEqual(c, again) {
			t.Errorf("read as\n%+v\nand after writing as\n%+v", c, again)
		}
	})
}
