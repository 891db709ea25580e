package mcpfuzz

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// Fuzz fuzzes a server of the Go SDK, made anew in memory for each input and
// once to learn its tools. It calls f.Add with a simple case of every class of
// mistake, and f.Fuzz, so both must be left to it.
//
// An input is the name of a class, or of a scenario, and a tape: the choices
// from which one case is made of it. Every input decodes, and what one byte of
// the tape changes is small. An input that takes longer than 8 s is skipped.
func Fuzz(f *testing.F, newServer func() *mcp.Server, opts ...Option) {
	f.Helper()
	fuzz(f, transport.SDK(newServer), newSettings(opts))
}

// FuzzTarget is [Fuzz] for a server that is reached in any other way. In memory
// each input gets a new connection; elsewhere the session is kept as long as it
// can be used, and what an input shows counts when it shows again on a new one.
// A server that is not ours must be one that may be written to.
func FuzzTarget(f *testing.F, t transport.Target, opts ...Option) {
	f.Helper()
	fuzz(f, t, newSettings(append(opts[:len(opts):len(opts)], Frames())))
}

// inputLimit bounds all of one input, below the 10 s after which Go ends it.
const inputLimit = 8 * time.Second

func fuzz(f *testing.F, target transport.Target, s settings) {
	f.Helper()
	s.deadline = min(s.deadline, defaultDeadline)
	a := announcer{on: loud()}
	cfg, err := s.config(target, a.announce)
	if err != nil {
		f.Fatal(err)
	}
	trial, err := campaign.NewTrial(f.Context(), cfg)
	if err != nil {
		f.Fatalf("mcpfuzz: %v", err)
	}
	f.Cleanup(trial.Close)
	for _, base := range trial.Deck().Bases() {
		f.Add(base, []byte{})
	}
	alone := target.Kind().InProcess
	f.Fuzz(func(t *testing.T, base string, tape []byte) {
		a.on = loud() || saved(t)
		ctx, cancel := context.WithTimeout(t.Context(), inputLimit)
		defer cancel()
		shown, err := try(ctx, trial, trial.Deck().Decode(base, tape), alone)
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			t.Skipf("mcpfuzz: the input takes longer than %v", inputLimit)
		case err != nil:
			t.Fatalf("mcpfuzz: %v", err)
		}
		report(t, s.failOn, shown)
	})
}

// try plays a case so that what it shows is its own doing: on a session of its
// own, or else twice, the second time so.
func try(ctx context.Context, trial *campaign.Trial, c scenarios.Case, alone bool) ([]campaign.Shown, error) {
	if alone {
		trial.Renew()
	}
	_, shown, err := trial.Try(ctx, c)
	if err != nil || alone || len(shown) == 0 {
		return shown, err
	}
	trial.Renew()
	_, shown, err = trial.Try(ctx, c)
	return shown, err
}
