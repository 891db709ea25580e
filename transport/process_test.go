//go:build unix

package transport_test

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/made"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// madeChild is a made server as a process.
func madeChild(t *testing.T, name string, limits transport.Limits) transport.Target {
	return transport.Command(self(t), transport.CommandOptions{Env: with(made.Env(name)), Limits: limits, Name: name})
}

// untilEnd receives until the stream ends and returns what came.
func untilEnd(t *testing.T, conn transport.Conn) []string {
	t.Helper()
	var lines []string
	for {
		f, err := conn.Recv(t.Context())
		if errors.Is(err, io.EOF) {
			return lines
		}
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(f.Bytes))
	}
}

// await waits until the process was reaped.
func await(t *testing.T, conn transport.Conn) transport.State {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		if s := conn.State(); s.Phase == transport.Exited {
			return s
		}
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal("the process lives on")
		}
	}
}

func TestHowAProcessEnds(t *testing.T) {
	for _, tc := range []struct {
		name, exit, stderr string
		held, torn         bool
	}{
		{name: "exits", exit: "exit code 7"},
		{name: "killed", exit: "signal killed"},
		{name: "panics", exit: "exit code 2", stderr: "made to panic"},
		{name: "tears-and-exits", exit: "exit code 7", torn: true},
		{name: "leaves-a-child", exit: "exit code 7", held: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, madeChild(t, tc.name, transport.Limits{}))
			send(t, conn, text(call))
			if lines := untilEnd(t, conn); len(lines) > 0 {
				t.Errorf("it answered %q", lines)
			}
			s := await(t, conn)
			if s.Exit.String() != tc.exit || s.HeldOpen != tc.held || (len(s.Torn) > 0) != tc.torn {
				t.Errorf("got %v, held open %t, torn %q", s.Exit, s.HeldOpen, s.Torn)
			}
			if got := string(conn.Stderr()); !strings.Contains(got, tc.stderr) {
				t.Errorf("it wrote %q, want %q in it", got, tc.stderr)
			}
		})
	}
}

func TestWhatWasWrittenBeforeTheEndIsReceived(t *testing.T) {
	conn := dial(t, madeChild(t, "answers-and-exits", transport.Limits{}))
	send(t, conn, text(call))
	if lines := untilEnd(t, conn); len(lines) != 1 || !strings.Contains(lines[0], `"id":1`) {
		t.Errorf("got %q, want the answer", lines)
	}
	if s := await(t, conn); s.HeldOpen {
		t.Error("the pipe is held open")
	}
}

func TestTooMuchMemoryEndsTheProcess(t *testing.T) {
	for name, launcher := range map[string][]string{"itself": nil, "what it started": {"sh", "-c", `"$0" "$@"; exit $?`}} {
		t.Run(name, func(t *testing.T) {
			conn := dial(t, transport.Command(append(launcher, self(t)...), transport.CommandOptions{
				Env: with(made.Env("eats")), Limits: transport.Limits{TargetMemory: 256 << 20},
			}))
			send(t, conn, text(call))
			untilEnd(t, conn)
			s := await(t, conn)
			if !s.Exit.OverMemory || !strings.Contains(s.Exit.String(), "memory") {
				t.Errorf("it ended with %v", s.Exit)
			}
		})
	}
}

func TestClosingIsPoliteFirst(t *testing.T) {
	for _, tc := range []struct {
		name, step, exit string
		target           transport.Target
	}{
		{"ends with its input", "eof", "exit code 0", madeChild(t, "sound", transport.Limits{CloseGrace: long})},
		{"ends when asked", "term", "signal terminated", madeChild(t, "deaf", transport.Limits{CloseGrace: time.Second})},
		{"must be killed", "kill", "signal killed", transport.Command(self(t), transport.CommandOptions{
			Env: with(peerVar + "=stubborn"), Limits: transport.Limits{CloseGrace: short},
		})},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, tc.target)
			if tc.step == "kill" {
				receive(t, conn) // it ignores the signal from now on
			}
			report := conn.Close()
			if report.Step != tc.step || report.Exit.String() != tc.exit || report.Took <= 0 {
				t.Errorf("got %q after %v with %v, want %q with %q", report.Step, report.Took, report.Exit, tc.step, tc.exit)
			}
		})
	}
}

func TestKillingAsksNobody(t *testing.T) {
	conn := dial(t, madeChild(t, "deaf", transport.Limits{CloseGrace: long}))
	conn.Kill()
	if s := await(t, conn); s.Exit.Signal != "killed" {
		t.Errorf("it ended with %v", s.Exit)
	}
}

func TestStderrIsARing(t *testing.T) {
	conn := dial(t, madeChild(t, "panics", transport.Limits{Stderr: 100}))
	send(t, conn, text(call))
	untilEnd(t, conn)
	await(t, conn)
	if b := conn.Stderr(); len(b) != 100 || strings.Contains(string(b), "made to panic") {
		t.Errorf("%d bytes are kept, want the last 100: %q", len(b), b)
	}
	if b := conn.Stderr(); len(b) > 0 {
		t.Errorf("%q was told before", b)
	}
}

func TestSampleIsOfTheNewestProcess(t *testing.T) {
	target := madeChild(t, "sound", transport.Limits{})
	if _, err := target.Sample(t.Context()); err == nil {
		t.Error("a process that was not started was measured")
	}
	conn := dial(t, target)
	send(t, conn, text(`{"jsonrpc":"2.0","id":1,"method":"ping"}`))
	receive(t, conn)
	s, err := target.Sample(t.Context())
	if err != nil || s.RSS < 1<<20 || s.Files < 3 || s.Threads < 1 {
		t.Errorf("got %+v and %v", s, err)
	}
	if p := conn.Peak(t.Context()); p < s.RSS/2 || p > 2*s.RSS {
		t.Errorf("it holds %d bytes, and at most %d so far", s.RSS, p)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if s, err := target.Sample(over); !errors.Is(err, context.Canceled) {
		t.Errorf("got %+v and %v", s, err)
	}
	conn.Close()
	if s, err := target.Sample(t.Context()); err == nil {
		t.Errorf("a process that ended was measured: %+v", s)
	}
}

// What a launcher starts is measured with it: the memory is that of the largest, since
// what they share is there once.
func TestSampleIsOfAllThatWasStarted(t *testing.T) {
	alone := madeChild(t, "sound", transport.Limits{})
	several := transport.Command(append([]string{"sh", "-c", `sleep 60 | "$0" "$@" >/dev/null & "$0" "$@"; exit $?`}, self(t)...),
		transport.CommandOptions{Env: with(made.Env("sound"))})
	samples := map[transport.Target]transport.Sample{}
	for _, target := range []transport.Target{alone, several} {
		conn := dial(t, target)
		send(t, conn, text(`{"jsonrpc":"2.0","id":1,"method":"ping"}`))
		receive(t, conn)
		s, err := target.Sample(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		samples[target] = s
	}
	one, all := samples[alone], samples[several]
	if all.Files <= one.Files || all.RSS < one.RSS/2 || all.RSS > 3*one.RSS/2 {
		t.Errorf("one process uses %+v, a launcher and what it started %+v", one, all)
	}
}

func TestCommandsThatCannotStart(t *testing.T) {
	if _, err := transport.Command([]string{"/no/such/program"}, transport.CommandOptions{}).Dial(t.Context()); err == nil ||
		!strings.Contains(err.Error(), "start /no/such/program") || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := madeChild(t, "sound", transport.Limits{}).Dial(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestCommandsHaveTheirEnvironmentAndFolder(t *testing.T) {
	dir := t.TempDir()
	opts := transport.CommandOptions{Env: []string{"ONLY=this"}, Dir: dir}
	conn := dial(t, transport.Command([]string{"/bin/sh", "-c", "pwd; env"}, opts))
	got := strings.Join(untilEnd(t, conn), "\n")
	if !strings.Contains(got, dir) || !strings.Contains(got, "ONLY=this") || strings.Contains(got, "HOME=") {
		t.Errorf("it saw %q", got)
	}
}
