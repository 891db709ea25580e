package loadgen

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// Config is one load over HTTP.
type Config struct {
	URL string
	// Rate is how many prompts start in a second, FanOut how many calls each
	// fires at once.
	Rate, FanOut int
	// For is how long prompts are started.
	For time.Duration
	// Deadline bounds each answer.
	Deadline time.Duration
	// Session says how calls are written; it must be open.
	Session protocol.Session
	// Calls are sent in turn; there must be one at least.
	Calls []scenarios.Call
}

// Result is what a load measured.
type Result struct {
	// Offered and Achieved are calls in a second: as planned, and as sent.
	Offered, Achieved float64
	// Planned and Sent count calls.
	Planned, Sent int
	// Outcomes counts the calls by what became of them.
	Outcomes map[string]int
	// Latencies are those of all calls, from when they were sent.
	Latencies Latencies
	// Problem is the first trouble that a call had, "" for none.
	Problem string
}

// Latencies are percentiles.
type Latencies struct{ P50, P90, P99, Max time.Duration }

// most bounds a load: more than this is no test but an attack.
const (
	mostCalls = 5_000_000
	mostBody  = 4 << 20
)

// Run sends the load and judges every answer. It returns when all answers came,
// or the context ended.
func Run(ctx context.Context, cfg Config) (Result, error) {
	planned := int(cfg.For.Seconds()*float64(cfg.Rate)) * cfg.FanOut
	switch {
	case cfg.Rate < 1 || cfg.FanOut < 1 || cfg.For <= 0:
		return Result{}, errors.New("a load needs a rate, a fan-out and a time")
	case planned > mostCalls:
		return Result{}, fmt.Errorf("%d calls are more than %d; lower the rate, the fan-out or the time", planned, mostCalls)
	case len(cfg.Calls) == 0:
		return Result{}, errors.New("a load needs a call that works")
	}
	attacker := vegeta.NewAttacker(vegeta.Timeout(cfg.Deadline), vegeta.MaxBody(mostBody), vegeta.Redirects(vegeta.NoFollow))
	stop := context.AfterFunc(ctx, func() { attacker.Stop() })
	defer stop()
	j := &judge{answered: map[string]bool{}, outcomes: map[string]int{}}
	var metrics vegeta.Metrics
	for r := range attacker.Attack(cfg.targeter(), burstPacer{cfg.Rate, cfg.FanOut}, cfg.For, "load") {
		metrics.Add(r)
		j.add(r)
	}
	metrics.Close()
	return Result{
		Offered: float64(cfg.Rate * cfg.FanOut), Achieved: metrics.Rate,
		Planned: planned, Sent: int(metrics.Requests), Outcomes: j.outcomes, Problem: j.problem,
		Latencies: Latencies{metrics.Latencies.P50, metrics.Latencies.P90, metrics.Latencies.P99, metrics.Latencies.Max},
	}, nil
}

// targeter writes the calls, each under an id of its own.
func (cfg Config) targeter() vegeta.Targeter {
	var n atomic.Int64
	return func(t *vegeta.Target) error {
		k := n.Add(1)
		call := cfg.Calls[int(k)%len(cfg.Calls)]
		m, err := cfg.Session.Encode(call, idOf(k))
		if err != nil {
			return fmt.Errorf("write a call: %w", err)
		}
		var body strings.Builder
		if _, err := m.Body.WriteTo(&body); err != nil {
			return fmt.Errorf("write a call: %w", err)
		}
		*t = vegeta.Target{Method: http.MethodPost, URL: cfg.URL, Body: []byte(body.String()), Header: m.Header}
		return nil
	}
}

// idStart keeps the ids of a load apart from those of the handshake.
const idStart = 1_000_000

func idOf(k int64) string { return strconv.FormatInt(idStart+k, 10) }

// burstPacer starts prompts at a rate; the calls of one prompt go out at once.
type burstPacer struct{ rate, fanOut int }

// Pace tells how long to wait for the next call.
func (p burstPacer) Pace(elapsed time.Duration, hits uint64) (time.Duration, bool) {
	prompt := hits / uint64(p.fanOut)
	due := time.Duration(float64(prompt) / float64(p.rate) * float64(time.Second))
	return max(0, due-elapsed), false
}

// Rate is the number of calls in a second.
func (p burstPacer) Rate(time.Duration) float64 { return float64(p.rate * p.fanOut) }

// judge counts answers by what became of the call.
type judge struct {
	answered map[string]bool
	outcomes map[string]int
	problem  string
}

func (j *judge) add(r *vegeta.Result) {
	word := j.outcome(r)
	j.outcomes[word.String()]++
	if r.Error != "" && j.problem == "" && word != oracles.Accepted {
		j.problem = r.Error
	}
}

// outcome judges one answer by its body: a status alone says nothing. An id
// that was never sent, or is answered twice, is garbled.
func (j *judge) outcome(r *vegeta.Result) oracles.Outcome {
	if r.Code == 0 {
		if strings.Contains(r.Error, "connection refused") {
			return oracles.Crashed
		}
		return oracles.Dropped
	}
	seen := oracles.Seen{Sent: scenarios.Call{}}
	for _, f := range transport.BodyFrames(r.Headers, r.Body) {
		f.Status, f.Header = int(r.Code), r.Headers
		reply := protocol.Read(f)
		if reply.Kind == protocol.Notification {
			continue
		}
		seen.ID = reply.ID
		seen.Answers = append(seen.Answers, oracles.Answer{Frame: f, Reply: reply})
	}
	if r.Code < http.StatusBadRequest {
		if n, err := strconv.ParseInt(seen.ID, 10, 64); err != nil || n <= idStart || j.answered[seen.ID] {
			return oracles.Garbled
		}
		j.answered[seen.ID] = true
	}
	return oracles.OutcomeOf(oracles.Observation{HTTP: true}, seen)
}
