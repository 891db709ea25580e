package loadgen

import (
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// Config is one load.
type Config struct {
	// URL is where the server listens, over HTTP/1.1, plain or with TLS. Conn is a
	// connection to one that does not, for the load alone.
	URL  string
	Conn transport.Conn
	// InProcess: the server runs in this process, so that the goroutines are counted which it
	// leaves.
	InProcess bool
	// Session says how calls are written; it must be open.
	Session protocol.Session
	// Calls are what prompts fire; there must be one at least.
	Calls []scenarios.Call
	// Plan says which calls are due when. Agents is how many clients send the next
	// prompt when the last is answered, where the plan is of a closed load.
	Plan   Schedule
	Agents int
	// Retries is how often a client of a closed load sends a call again that was not served.
	// Patient: first it waits as long as it was told.
	Retries int
	Patient bool
	// Vegeta sends the calls of an open load over HTTP through the Attacker of vegeta, which
	// knows proxies and HTTP/2, and of loops the first call alone.
	Vegeta bool
	// Connections bounds how many calls of an open load are under way at once. What is
	// due while all are taken is sent late, or is Unsent in the end.
	Connections int
	// An answer after the deadline is Late, one after the timeout is not waited for.
	Deadline, Timeout time.Duration
	// MaxRate is how many calls a second an open load may plan at most, and a closed one sends.
	MaxRate float64
	// Progress, unless nil, is told once a second how the load stands.
	// Snapshot, unless nil, is told once a second what was measured by then.
	Progress func(Progress)
	Snapshot func(Result)
	// Each, unless nil, is told of every call that ended, maybe of several at once.
	Each func(Ended)
	// IDs counts the ids that were given out, where loads follow each other on a session:
	// what one has given up may be under way when the next begins. Nil for a load alone.
	IDs *atomic.Int64
	// unjudged: see Unjudged.
	unjudged bool
}

// counted is a configuration whose ids are counted on from load to load.
func (cfg Config) counted() Config {
	if cfg.IDs == nil {
		cfg.IDs = new(atomic.Int64)
	}
	return cfg
}

// The bounds of a load where none are given: more than this is no test but an attack.
const (
	DefaultMaxCalls    = 5_000_000
	DefaultMaxRate     = 100_000
	DefaultConnections = 256
)

// plain is a configuration of right calls, each sent once by the engine itself, which nobody is
// told of: what a server bears is measured with these.
func (cfg Config) plain() Config {
	cfg.Retries, cfg.Vegeta, cfg.Plan.Traffic, cfg.Plan.FollowUps = 0, false, nil, 0
	cfg.Progress, cfg.Snapshot, cfg.Each = nil, nil, nil
	return cfg.counted()
}

// Check reports what is wrong with the size of a load.
func (cfg Config) Check() error {
	plan := cfg.Plan
	mean, peak := plan.rates()
	switch {
	case plan.For <= 0 || cfg.Deadline <= 0 || cfg.Timeout < cfg.Deadline:
		return errors.New("a load needs a time and a deadline above 0, and a timeout that is not below the deadline")
	case plan.FanOut.Measured.Total() == 0 && plan.FanOut.Fixed < 1:
		return errors.New("a load needs a fan-out of at least 1")
	case cfg.Retries < 0 || plan.Pacer != nil && cfg.Retries > 0:
		return errors.New("only the clients of a closed load send calls again, and no fewer times than 0")
	case plan.Pacer == nil && cfg.Agents < 1, plan.Pacer != nil && !(mean > 0):
		return errors.New("a load needs a rate above 0, or an agent at least")
	case !(plan.FollowUps >= 0 && plan.FollowUps < 1):
		return errors.New("the share of prompts that others follow is from 0 to less than 1")
	case plan.FollowUps > 0 && (plan.Pacer == nil || cfg.Vegeta):
		return errors.New("only to an open load, and not through vegeta, are there follow-ups; the clients of a closed one always go on")
	case cfg.Vegeta && (plan.Pacer == nil || cfg.Conn != nil):
		return errors.New("vegeta sends open loads over HTTP, and no other")
	case cfg.Connections < 1 || plan.MaxCalls < 1:
		return errors.New("a load needs a connection and a call at least")
	case !(peak <= cfg.MaxRate):
		return fmt.Errorf("the load is of up to %.0f calls a second, more than --max-rate %.0f", peak, cfg.MaxRate)
	case cfg.MaxRate == 0:
		return fmt.Errorf("--max-rate %g: want more than 0", cfg.MaxRate)
	case mean*plan.For.Seconds() > float64(plan.MaxCalls):
		return fmt.Errorf("the load is of more than --max-calls %d; lower the rate, the fan-out or the time", plan.MaxCalls)
	}
	return enoughFiles(max(float64(cfg.Connections), float64(cfg.Agents)*float64(plan.most())))
}

// rates are the mean and the highest number of calls that are due in a second, 0 for a
// closed load.
func (s Schedule) rates() (mean, peak float64) {
	const steps = 1000
	if s.Pacer == nil {
		return 0, 0
	}
	for i := range steps + 1 {
		rate := s.Pacer.Rate(s.For * time.Duration(i) / steps)
		mean += rate / (steps + 1)
		peak = math.Max(peak, rate)
	}
	width, _ := s.Traffic.width()
	calls := s.FanOut.mean() * width / (1 - s.FollowUps)
	return mean * calls, peak * calls
}

// most is about the highest number of calls that a prompt fires: one of them at most is taken
// to be a mistake that is made several times at once.
func (s Schedule) most() int {
	_, widest := s.Traffic.width()
	return min(s.FanOut.most(), math.MaxInt-widest) + widest - 1
}
