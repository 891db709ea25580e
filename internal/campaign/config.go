package campaign

import (
	"context"
	"runtime"
	"time"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/internal/canary"
	"github.com/mcpfuzz/mcpfuzz/internal/identity"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// Config is one run. The zero values of its optional fields mean what their
// comments say.
type Config struct {
	Target transport.Target
	// Older is the same server over HTTP+SSE, which is tried where the target
	// refuses to be initialized with an HTTP status (2025-03-26, transports,
	// backwards compatibility); nil for not at all.
	Older transport.Target
	// Seed and Cases say which cases are dealt: 0 to Cases-1 of Seed.
	Seed  uint64
	Cases int
	// For bounds the dealing of cases; 0 for no bound.
	For time.Duration
	// Workers is how many blocks are played at once; 0 for DefaultWorkers, and one where
	// there is a Reset.
	Workers int
	// Protocols are the revisions to speak; empty for those that the target prefers,
	// the newest of each era.
	Protocols []string
	// Deadline bounds each answer; 0 measures the target and takes at least
	// Floor, or execute.DefaultDeadline where that is 0.
	Deadline, Floor time.Duration
	// Wait bounds how long a target that stopped answering is waited for.
	Wait time.Duration
	// Canaries is where things are planted that the target must not reach, nil for
	// nowhere; Rooted says that the target was told of the root beside which they lie,
	// Backed that it asks the listener there.
	Canaries *canary.Yard
	Rooted   bool
	Backed   bool
	// Headers are sent with every HTTP request.
	Headers []string
	// Identities are the clients whose keys were given, the one that is used by
	// default first; nil for none.
	Identities *identity.Ring
	// Callable says whether a tool may be called, and why not.
	Callable func(scenarios.Tool) (bool, string)
	// Playable says the same of the tools that saved scenarios call, which are asked
	// for by name; nil for what Callable says.
	Playable func(scenarios.Tool) (bool, string)
	// Given are scenarios whose calls of tools work; they are tried before any call is
	// made up.
	Given []scenarios.Case
	// Baseline is what the target listed once; nil where that is not known.
	Baseline *scenarios.Catalog
	// ToolsAlone leaves out what a server offers beside its tools: prompts,
	// resources, completion.
	ToolsAlone bool
	// Filter decides what is dealt and what is reported.
	Filter Filter
	// Profile says whose calls are simulated; the zero Profile deals every pair
	// alike.
	Profile generators.Profile
	// Quick deals one case per class and library scenario, not per tool.
	Quick bool
	// Calls deals what a model or a user can cause and nothing else: not the
	// library, whose frames only a client can send. So does a Profile.
	Calls bool
	// Secrets must never come back; Shown is what the server may well show.
	Secrets, Shown []string
	// Redact is applied to everything that is recorded.
	Redact *record.Redactor
	// Log takes each line of the record as it becomes known, of several workers at once;
	// nil for none.
	Log func(record.Line) error
	// Save stores the smallest case of a finding and returns its path,
	// SaveUnconfirmed that of one which is flaky, or was not confirmed for lack of
	// time; nil for none. They are called one at a time, the worst finding first.
	Save, SaveUnconfirmed func(scenarios.Case) (string, error)
	// Reproduce writes the command that replays a saved case.
	Reproduce func(path string) string
	// Reset brings the data of the target back to what it was when it was learnt. It is
	// called between blocks, while nothing is played; nil for none.
	Reset func(context.Context) error
	// Setup is the case that is played on each server that was started, before all
	// others, with what belongs to the address that it listens at; on one that was not,
	// once. Nil for none.
	Setup func(address string) (scenarios.Case, error)
	// Before is told of each case before it is sent, those that are tried while
	// learning included; nil for none. Workers call it at once.
	Before func(scenarios.Case)
	// Progress is told after each case, one call at a time; nil for none. It must
	// not block.
	Progress func(done, of, findings int)
	// Version names the tool in records.
	Version string
	// Now is the clock for the record's date.
	Now func() time.Time
}

// DefaultWorkers is how many blocks are played at once: one per CPU, at most four, where
// all share a process, and two per CPU, at most eight, where each has its own. In our own
// process it is four per CPU. Many cases wait for what must not come, and others then have
// the processor.
func DefaultWorkers(kind transport.Kind) int {
	n := runtime.GOMAXPROCS(0)
	switch {
	case kind.Exclusive:
		return 1
	case kind.InProcess:
		return 4 * n
	case ownProcess(kind):
		return min(2*n, 8)
	}
	return min(n, 4)
}

// ownProcess reports whether each block is played on a process of its own.
func ownProcess(kind transport.Kind) bool { return kind.Fresh && !kind.InProcess }
