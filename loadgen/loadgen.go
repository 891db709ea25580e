package loadgen

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Config is one load over HTTP.
type Config struct {
	URL string
	// Rate is how many prompts start in a second, FanOut how many calls each
	// fires at once.
	Rate, FanOut int
	// For is how long prompts are started. Where the tester cannot keep up, it
	// takes longer, and Result.Achieved is below Result.Offered.
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
	// Planned and Sent count calls. A call whose answer was not awaited because
	// the context ended is not among those sent.
	Planned, Sent int
	// Outcomes counts the calls by what became of them.
	Outcomes map[string]int
	// Latencies are those of all calls, from when they were sent.
	Latencies Latencies
	// Took is how long prompts were started in truth.
	Took time.Duration
	// Problem is the first answer that was not accepted, in words; "" for none.
	Problem string
}

// Latencies are percentiles.
type Latencies struct{ P50, P90, P99, Max time.Duration }

// most bounds a load: more than this is no test but an attack.
const (
	mostCalls = 5_000_000
	mostBody  = 4 << 20
)

// Check reports what is wrong with the size of a load.
func (cfg Config) Check() error {
	switch {
	case cfg.Rate < 1 || cfg.FanOut < 1 || cfg.For <= 0 || cfg.Deadline <= 0:
		return errors.New("a load needs a rate and a fan-out of at least 1, a time and a deadline above 0")
	case float64(cfg.Rate)*float64(cfg.FanOut)*cfg.For.Seconds() > mostCalls:
		return fmt.Errorf("the load is of more than %d calls; lower the rate, the fan-out or the time", mostCalls)
	}
	return nil
}

// planned is how many calls are sent: those of all prompts that start before
// the time is up, the first at once.
func (cfg Config) planned() int {
	return int(math.Ceil(cfg.For.Seconds()*float64(cfg.Rate))) * cfg.FanOut
}

// Run sends the load and judges every answer. It returns when all answers came,
// or the context ended; what was measured until then is no error.
func Run(ctx context.Context, cfg Config) (Result, error) {
	if err := cfg.Check(); err != nil {
		return Result{}, err
	}
	if len(cfg.Calls) == 0 {
		return Result{}, errors.New("a load needs a call that works")
	}
	attacker := vegeta.NewAttacker(vegeta.Client(client(ctx, cfg.Deadline)), vegeta.MaxBody(mostBody))
	stop := context.AfterFunc(ctx, func() { attacker.Stop() })
	defer stop()
	planned, start := cfg.planned(), time.Now()
	j := &judge{outcomes: map[string]int{}}
	var metrics vegeta.Metrics
	for r := range attacker.Attack(cfg.targeter(), pacer{cfg.Rate, cfg.FanOut, planned}, 0, "load") {
		if r.Code == 0 && ctx.Err() != nil {
			continue
		}
		metrics.Add(r)
		j.add(r)
	}
	metrics.Close()
	took := max(cfg.For, metrics.Latest.Sub(metrics.Earliest))
	if ctx.Err() != nil {
		took = time.Since(start)
	}
	sent := int(metrics.Requests)
	return Result{
		Offered: float64(cfg.Rate * cfg.FanOut), Achieved: float64(sent) / took.Seconds(),
		Planned: planned, Sent: sent, Outcomes: j.outcomes, Problem: j.problem, Took: took,
		Latencies: Latencies{metrics.Latencies.P50, metrics.Latencies.P90, metrics.Latencies.P99, metrics.Latencies.Max},
	}, nil
}

// targeter writes the calls, each under an id of its own. The id is told to the
// judge in the fragment of the URL, which is not sent.
func (cfg Config) targeter() vegeta.Targeter {
	address, _, _ := strings.Cut(cfg.URL, "#")
	var n atomic.Int64
	return func(t *vegeta.Target) error {
		k := n.Add(1)
		call, id := cfg.Calls[int(k)%len(cfg.Calls)], strconv.FormatInt(idStart+k, 10)
		m, err := cfg.Session.Encode(call, id)
		if err != nil {
			return fmt.Errorf("write a call: %w", err)
		}
		var body strings.Builder
		if _, err := m.Body.WriteTo(&body); err != nil {
			return fmt.Errorf("write a call: %w", err)
		}
		*t = vegeta.Target{Method: http.MethodPost, URL: address + "#" + id, Body: []byte(body.String()), Header: m.Header}
		return nil
	}
}

// idStart keeps the ids of a load apart from those of the handshake.
const idStart = 1_000_000

// pacer starts prompts at a rate until all calls are out; the calls of one
// prompt go out at once.
type pacer struct{ rate, fanOut, planned int }

// Pace tells how long to wait for the next call, and whether there is none.
func (p pacer) Pace(elapsed time.Duration, hits uint64) (time.Duration, bool) {
	prompt := hits / uint64(p.fanOut)
	due := time.Duration(float64(prompt) / float64(p.rate) * float64(time.Second))
	return max(0, due-elapsed), hits >= uint64(p.planned)
}

// Rate is the number of calls in a second.
func (p pacer) Rate(time.Duration) float64 { return float64(p.rate * p.fanOut) }
