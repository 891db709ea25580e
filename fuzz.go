package mcpfuzz

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// Fuzz fuzzes a server of the Go SDK, made anew in memory for each input and
// once to learn its tools. It calls f.Add with a simple case of every class of
// mistake, and f.Fuzz, so both must be left to it.
//
// An input is the name of a class, or of a scenario, and a tape: the choices
// from which one case is made of it. Every input decodes, and what one byte of
// the tape changes is small. What an input shows counts when it shows again on
// a new server. An input that takes longer than 8 s, or sends more than 1 MiB,
// is skipped; [Check] plays larger ones.
func Fuzz(f *testing.F, newServer func() *mcp.Server, opts ...Option) {
	f.Helper()
	fuzz(f, transport.SDK(newServer), newSettings(opts))
}

// FuzzTarget is [Fuzz] for a server that is reached in any other way. In memory
// each input gets a new connection; elsewhere the session is kept as long as it
// can be used, and a new one is opened to see a finding again. Every tool is
// called, those that write included: the server must be one that may be written
// to.
func FuzzTarget(f *testing.F, t transport.Target, opts ...Option) {
	f.Helper()
	fuzz(f, t, newSettings(append(opts[:len(opts):len(opts)], Frames())))
}

// inputLimit bounds the time of one input, below the 10 s after which Go ends
// it, and inputSize what it sends, since one large message costs the time of a
// thousand others.
const (
	inputLimit = 8 * time.Second
	inputSize  = 1 << 20
)

func fuzz(f *testing.F, target transport.Target, s settings) {
	f.Helper()
	s.deadline = min(s.deadline, defaultDeadline)
	z := fuzzer{least: s.failOn, alone: target.Kind().InProcess}
	z.on = loud() || coordinates()
	cfg, err := s.config(f, target, z.announce)
	if err != nil {
		f.Fatal(err)
	}
	if z.trial, err = campaign.NewTrial(f.Context(), cfg); err != nil {
		f.Fatalf("mcpfuzz: %v", err)
	}
	f.Cleanup(z.trial.Close)
	for _, base := range z.trial.Deck().Bases() {
		f.Add(base, []byte{})
	}
	f.Fuzz(func(t *testing.T, base string, tape []byte) {
		z.on = loud() || saved(t)
		z.input(t, z.trial.Deck().Decode(base, tape))
	})
}

// fuzzer plays the inputs of a fuzz test.
type fuzzer struct {
	announcer
	trial *campaign.Trial
	least oracles.Severity
	// alone: each input gets a session of its own.
	alone bool
}

// input plays one input and fails its test with what it shows.
func (z *fuzzer) input(t *testing.T, c scenarios.Case) {
	t.Helper()
	if c.Size() > inputSize {
		t.Skipf("mcpfuzz: the input sends more than %d bytes", inputSize)
	}
	ctx, cancel := context.WithTimeout(t.Context(), inputLimit)
	defer cancel()
	shown, err := z.try(ctx, c)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		t.Skipf("mcpfuzz: the input takes longer than %v", inputLimit)
	case err != nil:
		t.Fatalf("mcpfuzz: %v", err)
	}
	fail(t, shown)
}

// try plays a case, and again on a new session when it shows something, so that
// what it shows is its own doing and no accident.
func (z *fuzzer) try(ctx context.Context, c scenarios.Case) ([]campaign.Shown, error) {
	if z.alone {
		z.trial.Renew()
	}
	_, shown, err := z.trial.Try(ctx, c)
	if shown = atLeast(z.least, shown); err != nil || len(shown) == 0 {
		return nil, err
	}
	z.trial.Renew()
	_, again, err := z.trial.Try(ctx, c)
	if errors.Is(err, context.DeadlineExceeded) {
		// A server that hangs leaves no time to see it twice.
		return shown, nil
	}
	return atLeast(z.least, again), err
}
