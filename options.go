package mcpfuzz

import (
	"crypto/rand"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/canary"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// Option changes how a server is tested.
type Option func(*settings)

type settings struct {
	failOn   oracles.Severity
	deadline time.Duration
	seed     uint64
	cases    int
	frames   bool
	bases    []scenarios.Basis
	tools    []string
	skip     []string
}

// The settings where no option says otherwise.
const (
	defaultDeadline = 2 * time.Second
	defaultCases    = 500
)

func newSettings(opts []Option) settings {
	s := settings{failOn: oracles.High, deadline: defaultDeadline, seed: 1, cases: defaultCases}
	for _, o := range opts {
		o(&s)
	}
	return s
}

// FailOn sets the least severity of a finding that fails the test. Without it
// that is [oracles.High].
func FailOn(least oracles.Severity) Option { return func(s *settings) { s.failOn = least } }

// Deadline sets how long each answer may take: 2 s without it. In a fuzz test
// it is never more, since Go ends an input after 10 s without a word, and a
// server that does not answer is also asked for signs of life.
func Deadline(d time.Duration) Option { return func(s *settings) { s.deadline = d } }

// Bases restricts the findings to those that rest on one of these: the
// protocol, the tool's own published schema, the hardening rules. Without it
// all count.
func Bases(bases ...scenarios.Basis) Option { return func(s *settings) { s.bases = bases } }

// SkipTools leaves tools out, by their exact names: none of them is called,
// but under a name that is mistaken for it.
func SkipTools(names ...string) Option {
	return func(s *settings) { s.tools = append(s.tools, names...) }
}

// Skip leaves out classes of mistakes ("T7"), scenarios of the library
// ("library/id-null"), or findings of rules ("H3", "TOOL-04"). An id that
// names none of these fails the test; mcpfuzz list shows them all.
func Skip(ids ...string) Option { return func(s *settings) { s.skip = append(s.skip, ids...) } }

// Frames also tests what a client can send and a model cannot, as the scenarios
// of the library hold it: malformed messages, odd ids, sizes and depths that
// end the reader. For a server of the Go SDK it is the SDK that answers those and not
// the server's tools, so [Fuzz] and [Check] leave them out without it.
// [FuzzTarget] always tests them, and [Replay] plays what its files hold.
func Frames() Option { return func(s *settings) { s.frames = true } }

// Seed sets which cases [Check] plays; 1 without it. The same seed plays the
// same cases as long as the tools and the version of mcpfuzz are the same.
func Seed(seed uint64) Option { return func(s *settings) { s.seed = seed } }

// Cases sets how many cases [Check] plays, at least 1; 500 without it.
func Cases(n int) Option { return func(s *settings) { s.cases = n } }

// frameIDs are the class and the rules of messages that no reader takes. The Go
// SDK ends the session over them, before any tool sees the call.
func frameIDs() []string { return []string{"A5", "SIZE-01", "SIZE-02"} }

// config is the campaign against a target that the settings describe. What must not be
// reached is planted for it until the test ends.
func (s settings) config(tb testing.TB, target transport.Target, before func(scenarios.Case)) (campaign.Config, error) {
	filter := campaign.Filter{Skip: slices.Clone(s.skip), Bases: s.bases}
	if !s.frames {
		filter.Skip = append(filter.Skip, frameIDs()...)
	}
	if err := filter.Check(); err != nil {
		return campaign.Config{}, fmt.Errorf("mcpfuzz.Skip: %w", err)
	}
	if s.cases < 1 || s.deadline <= 0 {
		return campaign.Config{}, fmt.Errorf("mcpfuzz: want at least 1 case and a deadline, not %d and %v", s.cases, s.deadline)
	}
	yard, err := canary.Plant(tb.TempDir(), rand.Reader)
	if err != nil {
		return campaign.Config{}, fmt.Errorf("mcpfuzz: %w", err)
	}
	tb.Cleanup(func() {
		if err := yard.Close(); err != nil {
			tb.Errorf("mcpfuzz: remove what was planted: %v", err)
		}
	})
	return campaign.Config{
		// One worker, so that the case that was announced last is to blame for
		// what ends the process.
		Target: target, Seed: s.seed, Cases: s.cases, Workers: 1, Deadline: s.deadline,
		Callable: s.callable, Calls: !s.frames, Canaries: yard, Filter: filter, Before: before, Now: time.Now,
	}, nil
}

func (s settings) callable(t scenarios.Tool) (bool, string) {
	if slices.Contains(s.tools, t.Name) {
		return false, "left out by mcpfuzz.SkipTools"
	}
	return true, ""
}
