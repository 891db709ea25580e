package loadgen

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// Study finds out how a server bears more and more calls: it climbs a ladder of closed
// loads, looks for the highest rate that is borne, and sends twice of that.
type Study struct {
	// Load says how calls are made, all of which are right. Its Agents, Pacer and For are those
	// of no level; its MaxCalls bound the study as a whole.
	Load Config
	// Level is how long each level lasts. Less than 20 deadlines do not show that a queue
	// grows where the load is 5 % too high.
	Level time.Duration
	// Other is a second session, for a client that watches the overload; nil for none.
	Other *protocol.Session
	// LadderOnly leaves it at the ladder.
	LadderOnly bool
	// Progress, unless nil, is told how many levels are done, and of about how many.
	Progress func(done, of int)
}

// LevelDeadlines is how many deadlines a level should last at least.
const LevelDeadlines = 20

// Ladder is how many calls are in parallel on its steps.
func Ladder() []int { return []int{1, 2, 5, 10, 20, 50} }

// The figures of a study.
const (
	// enoughYield is the share of the calls that are served in time where a rate is borne.
	enoughYield = 0.95
	// kneeStep is from one rate of the sweep to the next, kneeWidth how far apart the ends
	// of the knee may be at most.
	kneeStep  = 1.5
	kneeWidth = 0.05
	// fewestCalls are in a level that tells anything.
	fewestCalls = 20
	// probes are the calls that tell whether a server answers as at first, calm how many
	// times longer they may take, and by how much.
	probes    = 5
	calm      = 2
	calmSlack = 2 * time.Millisecond
	// mostRefusals is how many times in a row all probes may find nobody.
	mostRefusals = 3
	// mostDrain is how many levels it may take a server to answer as at first.
	mostDrain = 10
)

// begun is a load that begins after a time.
type begun struct {
	after time.Duration
	Config
}

// study is one under way.
type study struct {
	Study
	// fire sends loads together and returns what each measured.
	fire func(context.Context, ...begun) ([]Result, error)
	r    record.Study
	// left are the calls that may still be sent, base is the time of a probe at first.
	left int64
	base time.Duration
	// levels counts those that are done.
	levels int
	// best is the highest goodput of an open level, wrong how many answers were none.
	best  float64
	wrong int64
	// refused is the lowest rate that is not borne, of those that were sent as they should be;
	// spoiltBy says why one was not.
	refused  float64
	spoiltBy string
	// stop says why no more is sent, "" where it goes on; limited, crashed: it is the
	// generator, or the server is gone.
	stop             string
	limited, crashed bool
}

// Run makes the study. A context that ends makes it shorter, which is no error.
func (s Study) Run(ctx context.Context) (record.Study, error) {
	return s.run(ctx, runTogether)
}

func (s Study) run(ctx context.Context, fire func(context.Context, ...begun) ([]Result, error)) (record.Study, error) {
	s.Load = s.Load.plain()
	x := &study{Study: s, fire: fire, left: s.Load.Plan.MaxCalls}
	x.r.Ladder, x.r.Level, x.r.Short = []record.Level{}, s.Level.Seconds(), s.Level < LevelDeadlines*s.Load.Deadline
	x.r.Processors = runtime.NumCPU()
	for _, step := range []func(context.Context) error{x.baseline, x.ladder, x.knee, x.overload} {
		if x.stop != "" || s.LadderOnly && x.r.Capacity > 0 {
			break
		}
		if err := step(ctx); err != nil {
			return x.r, err
		}
	}
	x.r.Verdict, x.r.Why = x.verdict()
	return x.r, nil
}

// runTogether sends loads at once.
func runTogether(ctx context.Context, loads ...begun) ([]Result, error) {
	results, errs := make([]Result, len(loads)), make([]error, len(loads))
	start := time.Now()
	var all sync.WaitGroup
	for i, l := range loads {
		all.Go(func() {
			if until(ctx, start.Add(l.after)) {
				results[i], errs[i] = Run(ctx, l.Config)
			}
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return results, nil
}

// closed is a load of so many agents.
func (s *study) closed(agents int, limit time.Duration) Config {
	cfg := s.Load
	cfg.Agents = agents
	cfg.Plan.Pacer, cfg.Plan.FanOut, cfg.Plan.For, cfg.Plan.MaxCalls = nil, FanOut{Fixed: 1}, limit, s.left
	return cfg
}

// open is a load of so many calls a second, on as many connections as they may need.
func (s *study) open(perSecond float64, limit time.Duration) Config {
	const fine = 1000
	cfg := s.Load
	prompts := perSecond / cfg.Plan.FanOut.mean()
	cfg.Plan.Pacer = vegeta.ConstantPacer{Freq: max(int(prompts*fine), 1), Per: fine * time.Second}
	cfg.Agents, cfg.Plan.For, cfg.Plan.MaxCalls = 0, limit, s.left
	needed := math.Ceil(perSecond*cfg.Timeout.Seconds()) + float64(cfg.Plan.FanOut.most())
	if needed > float64(cfg.Connections) && needed < math.MaxInt32 && (cfg.Conn != nil || enoughFiles(needed) == nil) {
		cfg.Connections = int(needed)
	}
	return cfg
}

// level sends loads, of which the first is the level, waits until the server answers as
// at first, and tells what the level came to.
func (s *study) level(ctx context.Context, loads ...begun) (record.Level, error) {
	s.tell()
	results, err := s.fire(ctx, loads...)
	if err != nil {
		return record.Level{}, err
	}
	s.levels++
	for _, r := range results {
		s.left -= r.Calls()
		s.wrong += r.Classes[Wrong]
	}
	r, cfg := results[0], loads[0].Config
	l := newLevel(r, cfg)
	if cfg.Plan.Pacer != nil {
		s.best = max(s.best, l.Goodput)
	}
	switch {
	case ctx.Err() != nil:
		s.stop = "it was interrupted"
	case s.left <= 0:
		s.stop = "all calls that it may send were sent"
	case cfg.Conn != nil && isGone(r):
		s.crashed, s.stop = true, fmt.Sprintf("the server ended at %s", name(l))
	default:
		return l, s.drain(ctx, name(l))
	}
	return l, nil
}

// tell tells how many levels are done, before the next.
func (s *study) tell() {
	const usual = 18 // of the knee and of overloads
	of := len(Ladder())
	if !s.LadderOnly {
		of += usual
	}
	if s.Progress != nil {
		s.Progress(s.levels, max(of, s.levels+1))
	}
}

// isGone reports whether the server ended.
func isGone(r Result) bool { return r.Outcomes[oracles.Crashed] > 0 }

// name tells which level it is.
func name(l record.Level) string {
	if l.Clients > 0 {
		return fmt.Sprintf("%d calls in parallel", l.Clients)
	}
	return PerSecond.Format(l.Offered)
}

func newLevel(r Result, cfg Config) record.Level {
	took := r.Took // until the last answer, where clients wait for it
	if cfg.Plan.Pacer != nil {
		took = min(took, cfg.Plan.For)
	}
	l := record.Level{
		Offered: r.Offered, Calls: r.Calls(), Classes: classesOf(r.Classes), Response: r.Response.record(),
		Service: r.Service.record(), Fairness: r.Fairness, Busy: r.Busy, Limited: r.Limited(),
		Goodput: float64(r.Classes[OK]) / took.Seconds(), Answered: float64(r.Classes[OK]+r.Classes[Late]) / took.Seconds(),
	}
	l.Yield, _ = shareOf(r.Classes[OK], r.Calls()-r.Classes[Unsent])
	if cfg.Plan.Pacer == nil {
		l.Clients = cfg.Agents
	}
	return l
}

// baseline learns how long a call takes alone.
func (s *study) baseline(ctx context.Context) error {
	r, err := s.probe(ctx)
	if err != nil {
		return err
	}
	s.base = r.Service.At(50)
	if r.Classes[OK] == 0 {
		s.crashed, s.stop = isGone(r), "none of the first calls was served in time"
	}
	return nil
}

func (s *study) probe(ctx context.Context) (Result, error) {
	cfg := s.closed(1, probes*s.Load.Timeout)
	cfg.Plan.MaxCalls = probes
	results, err := s.fire(ctx, begun{Config: cfg})
	if err != nil {
		return Result{}, err
	}
	return results[0], nil
}

// drain waits until the server answers as at first. The time that this takes is a result.
func (s *study) drain(ctx context.Context, after string) error {
	var took time.Duration
	refusals := 0
	for took < mostDrain*s.Level {
		r, err := s.probe(ctx)
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return nil
		case r.Classes[OK] == r.Calls() && r.Service.At(50) <= calm*s.base+calmSlack:
			s.r.Drained = max(s.r.Drained, took.Seconds())
			return nil
		case s.Load.Conn != nil && isGone(r), r.Classes[Refused] == r.Calls():
			refusals++
		default:
			refusals = 0
		}
		if refusals == mostRefusals || s.Load.Conn != nil && refusals > 0 {
			s.crashed, s.stop = true, "nobody listens any more after "+after
			return nil
		}
		took += r.Took
	}
	s.r.Drained = took.Seconds()
	s.stop = fmt.Sprintf("%v after %s it does not answer as at first", took.Round(time.Second), after)
	return nil
}

// ladder climbs it. The calls that keep a server busy follow from its rate and the time of a
// call alone (Little 1961).
func (s *study) ladder(ctx context.Context) error {
	for _, n := range Ladder() {
		l, err := s.level(ctx, begun{Config: s.closed(n, s.Level)})
		if err != nil {
			return err
		}
		s.r.Ladder = append(s.r.Ladder, l)
		s.r.Capacity = max(s.r.Capacity, l.Answered)
		if s.stop != "" {
			break
		}
	}
	if alone, ok := s.r.Ladder[0].Service.At(50); ok {
		s.r.Parallel = s.r.Capacity * alone.Seconds()
	}
	return nil
}
