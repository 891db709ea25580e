package loadgen_test

import (
	"context"
	"io"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/made"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/loadgen"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// onMade is a load of a made server in memory: four agents that send 40 calls.
func onMade(t *testing.T, name string) loadgen.Config {
	t.Helper()
	return onStream(t, name, func(rwc io.ReadWriteCloser) io.ReadWriter { return rwc })
}

// onStream is the same where the server speaks over what wrap makes of its stream.
func onStream(t *testing.T, name string, wrap func(io.ReadWriteCloser) io.ReadWriter) loadgen.Config {
	t.Helper()
	servers := made.Servers()
	i := slices.IndexFunc(servers, func(s made.Server) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("there is no made server %q", name)
	}
	target := transport.InMemory(func(ctx context.Context, rwc io.ReadWriteCloser) error {
		stream := wrap(rwc)
		return servers[i].Run(ctx, stream, stream)
	})
	rev, _ := protocol.Lookup(protocol.Legacy)
	s, err := execute.Dial(t.Context(), target, execute.Settings{Revision: rev, Deadline: 10 * time.Second, Probe: time.Second, IDs: &execute.IDs{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	cfg := load("")
	cfg.Conn, cfg.Session = s.Conn(), s.Protocol()
	cfg.Calls = []scenarios.Call{{Tool: "echo", Args: scenarios.MustValue(`{"text":"7"}`)}}
	cfg.Plan.Pacer, cfg.Plan.For, cfg.Plan.FanOut.Fixed, cfg.Plan.MaxCalls, cfg.Agents = nil, time.Hour, 1, 40, 4
	return cfg
}

func TestLoadOverAStream(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*loadgen.Config)
		want   map[string]int
		strays int64
	}{
		{"sound", nil, map[string]int{"ok": 40, "accepted": 40}, 0},
		{"unordered", nil, map[string]int{"ok": 40, "accepted": 40}, 0},
		{"slow", nil, map[string]int{"ok": 40, "accepted": 40}, 0},
		{"noisy", nil, map[string]int{"ok": 40, "accepted": 40}, 40},
		{"asks", func(c *loadgen.Config) { c.Agents = 1 }, map[string]int{"ok": 40, "accepted": 40}, 0},
		{"rejects-all", nil, map[string]int{"rpc_error": 40, "rejected": 40}, 0},
		{"faults-all", nil, map[string]int{"rpc_error": 40, "faulted": 40}, 0},
		{"answers-twice", nil, map[string]int{"ok": 40, "accepted": 40}, 40},
		{"silent", func(c *loadgen.Config) {
			c.Deadline, c.Timeout, c.Plan.MaxCalls = 10*time.Millisecond, 20*time.Millisecond, 8
		}, map[string]int{"timeout": 8, "dropped": 8}, 0},
		{"foreign-id", func(c *loadgen.Config) {
			c.Deadline, c.Timeout, c.Plan.MaxCalls = 10*time.Millisecond, 20*time.Millisecond, 8
		}, map[string]int{"timeout": 8, "dropped": 8}, 8},
		{"exits", func(c *loadgen.Config) { c.Agents = 1 }, map[string]int{"reset": 1, "crashed": 1}, 0},
		{"closes", func(c *loadgen.Config) { c.Agents = 1 }, map[string]int{"reset": 1, "dropped": 1}, 0},
		{"tears", func(c *loadgen.Config) { c.Agents = 1 }, map[string]int{"reset": 1, "dropped": 1}, 0},
		{"sound", func(c *loadgen.Config) {
			open := load("").Plan
			c.Plan, c.Agents = open, 0
		}, map[string]int{"ok": 40, "accepted": 40}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg := onMade(t, test.name)
			if test.change != nil {
				test.change(&cfg)
			}
			r := run(t, cfg)
			check(t, r, test.want)
			// The load may end before the last of them has come.
			if r.Strays > test.strays || r.Strays < test.strays-1 {
				t.Errorf("%d messages came for no call, want %d", r.Strays, test.strays)
			}
		})
	}
}

// leaky leaves a goroutine at each write, until release is closed.
type leaky struct {
	io.ReadWriter
	left    *atomic.Int64
	release chan struct{}
}

func (l leaky) Write(b []byte) (int, error) {
	l.left.Add(1)
	go func() { <-l.release }()
	return l.ReadWriter.Write(b)
}

func TestGoroutinesThatAServerInMemoryLeaves(t *testing.T) {
	sound := onMade(t, "sound")
	sound.InProcess = true
	if r := run(t, sound); r.Goroutines != 0 {
		t.Errorf("a sound server is said to leave %d goroutines", r.Goroutines)
	}
	l := leaky{left: new(atomic.Int64), release: make(chan struct{})}
	defer close(l.release)
	cfg := onStream(t, "sound", func(rwc io.ReadWriteCloser) io.ReadWriter { return leaky{rwc, l.left, l.release} })
	cfg.InProcess = true
	before := l.left.Load()
	if r := run(t, cfg); int64(r.Goroutines) != l.left.Load()-before || r.Goroutines < 40 {
		t.Errorf("%d goroutines are said to be left, want %d", r.Goroutines, l.left.Load()-before)
	}
}

// metered counts the writes to a stream.
type metered struct {
	io.ReadWriteCloser
	writes *atomic.Int64
}

func (c metered) Write(b []byte) (int, error) {
	c.writes.Add(1)
	return c.ReadWriteCloser.Write(b)
}

// The calls of a prompt go out in one write, so that a server gets them at once.
func TestABurstOverAStreamIsOneWrite(t *testing.T) {
	servers := made.Servers()
	i := slices.IndexFunc(servers, func(s made.Server) bool { return s.Name == "sound" })
	var writes atomic.Int64
	target := transport.Dialed("counted", func(context.Context) (io.ReadWriteCloser, error) {
		ours, theirs := net.Pipe()
		go func() { _ = servers[i].Run(context.Background(), theirs, theirs) }() // it ends with its input
		return metered{ours, &writes}, nil
	})
	rev, _ := protocol.Lookup(protocol.Legacy)
	s, err := execute.Dial(t.Context(), target, execute.Settings{Revision: rev, Deadline: 10 * time.Second, Probe: time.Second, IDs: &execute.IDs{}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Kill()
	cfg := load("")
	cfg.Conn, cfg.Session = s.Conn(), s.Protocol()
	cfg.Calls = []scenarios.Call{{Tool: "echo", Args: scenarios.MustValue(`{"text":"7"}`)}}
	before := writes.Load()
	b, err := loadgen.Burst{Load: cfg, Size: 10, Times: 5}.Run(t.Context())
	if err != nil || b.Times != 5 || b.Together != 5 {
		t.Fatalf("%+v, error %v; want 5 bursts, each together", b, err)
	}
	if n := writes.Load() - before; n != 5 {
		t.Errorf("5 bursts are %d writes", n)
	}
}
