package loadgen

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"net"
	"net/url"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
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
	// MaxRate is how many calls a second may be planned at most.
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
}

// counted is a configuration whose ids are counted on from load to load.
func (cfg Config) counted() Config {
	if cfg.IDs == nil {
		cfg.IDs = new(atomic.Int64)
	}
	return cfg
}

// Ended is a call that ended: when it was due, sent and done since the load began, and its
// class. Sent is 0 where it was not.
type Ended struct {
	Began           time.Time
	Due, Sent, Done time.Duration
	Class           Class
	// Status is that of the response, where a stream answers 200; 0 where there is none. Out
	// and In are the bytes of the call and of what answers it, without heads.
	Status  int
	Out, In int64
}

// Progress is how a load stands: for how long it runs, the calls that ended and those of
// them that are OK, and the response time that 99 of 100 calls do not exceed.
type Progress struct {
	For       time.Duration
	Calls, OK int64
	P99       time.Duration
}

// Result is what a load measured.
type Result struct {
	// Offered and Achieved are calls in a second: as planned, and as sent. A closed load
	// offers what it achieves.
	Offered, Achieved float64
	Prompts           int64
	// Tally counts the calls; Tools are the names of the tools in it. A call that was
	// under way when the context ended is not counted.
	Tally
	ToolNames []string
	// Strays are messages that answer no call under way: second answers, those under
	// another id, text that is no message.
	Strays int64
	// Followed counts the calls of loops beside their first ones.
	Followed int64
	// Retried counts the calls that were sent again, Waited those of them that came when
	// they were told to, and Kept those of these that were then let in.
	Retried, Waited, Kept int64
	// Took is how long prompts were started.
	Took time.Duration
	// Fairness is Jain's index over the calls of each agent that are OK: 1 where all were
	// served alike, 1/N where one of N was alone. 0 where that is not known.
	Fairness float64
	// Goroutines is how many more there are in this process than before, which a server in it
	// has left where nothing else goes on.
	Goroutines int
	// Digest names what was sent: the same seed sends the same.
	Digest string
	// Problem is the first answer that was not accepted, in words; "" for none.
	Problem string
}

// The bounds of a load where none are given: more than this is no test but an attack.
const (
	DefaultMaxCalls    = 5_000_000
	DefaultMaxRate     = 100_000
	DefaultConnections = 256
)

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
	case cfg.Vegeta && (plan.Pacer == nil || cfg.Conn != nil):
		return errors.New("vegeta sends open loads over HTTP, and no other")
	case cfg.Connections < 1 || plan.MaxCalls < 1:
		return errors.New("a load needs a connection and a call at least")
	case peak > cfg.MaxRate:
		return fmt.Errorf("the load is of up to %.0f calls a second, more than --max-rate %.0f", peak, cfg.MaxRate)
	case mean*plan.For.Seconds() > float64(plan.MaxCalls):
		return fmt.Errorf("the load is of more than --max-calls %d; lower the rate, the fan-out or the time", plan.MaxCalls)
	}
	return enoughFiles(max(cfg.Connections, cfg.Agents*plan.most()))
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
	calls := s.FanOut.mean() * width
	return mean * calls, peak * calls
}

// most is about the highest number of calls that a prompt fires: one of them at most is taken
// to be a mistake that is made several times at once.
func (s Schedule) most() int {
	_, widest := s.Traffic.width()
	return s.FanOut.most() + widest - 1
}

// Run sends the load and judges every answer. It returns when all answers came, or the
// context ended; what was measured until then is no error.
func Run(ctx context.Context, cfg Config) (Result, error) {
	if err := cfg.Check(); err != nil {
		return Result{}, err
	}
	if len(cfg.Calls) == 0 {
		return Result{}, errors.New("a load needs a call that works")
	}
	goroutines := runtime.NumGoroutine()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cfg = cfg.counted()
	e := &engine{ctx: ctx, ids: cfg.IDs, plan: cfg.Plan, limits: limits{cfg.Deadline, cfg.Timeout}, start: time.Now(), flush: func() {}, told: cfg.Each, retries: cfg.Retries, patient: cfg.Patient}
	connect := e.overHTTP
	if cfg.Conn != nil {
		connect = e.overStream
	}
	if err := connect(ctx, cfg); err != nil {
		return Result{}, err
	}
	e.board = newBoard(len(e.work.tools), e.work.kinds)
	e.digest = newDigester(cfg.Plan, e.work.right)
	defer e.digest.stop()
	e.running.Go(func() { e.tell(ctx, cfg) })
	send := e.play
	if cfg.Vegeta {
		send = e.attack
	}
	took, err := send(ctx, cfg)
	e.stop()
	cancel()
	e.running.Wait()
	r := e.result(took)
	if cfg.InProcess {
		e.digest.stop() // it may be one
		r.Goroutines = moreGoroutines(goroutines)
	}
	return r, err
}

// moreGoroutines is how many more there are than before, when those that end soon have ended.
func moreGoroutines(before int) int {
	const looks = 100
	for range looks {
		if runtime.NumGoroutine() <= before {
			return 0
		}
		time.Sleep(time.Millisecond)
	}
	return max(0, runtime.NumGoroutine()-before)
}

// overHTTP makes lanes that are connections of their own.
func (e *engine) overHTTP(ctx context.Context, cfg Config) error {
	at, err := url.Parse(cfg.URL)
	if err != nil {
		return errors.New("the URL cannot be read")
	}
	p := newPoster(ctx, e, at, dialerOf(at, new(tls.Config)), cfg.Session)
	e.newLane = func(number int, warm bool, free func(lane, finished)) lane {
		return newConn(ctx, p, number, warm, free)
	}
	e.work, err = newWorkload(cfg.Session, cfg.Calls, cfg.Plan.Traffic, at)
	return err
}

// overStream makes lanes that share a connection.
func (e *engine) overStream(ctx context.Context, cfg Config) (err error) {
	if e.work, err = newWorkload(cfg.Session, cfg.Calls, cfg.Plan.Traffic, nil); err != nil {
		return err
	}
	s := newStream(e, cfg.Conn, cfg.Session)
	e.newLane, e.flush = s.lane, s.flush
	e.running.Go(func() { s.write(ctx) })
	e.running.Go(func() { s.read(ctx) })
	return nil
}

// play sends the calls and waits for the last answer. It returns how long prompts were
// started.
func (e *engine) play(ctx context.Context, cfg Config) (time.Duration, error) {
	watching, done := context.WithCancel(ctx)
	defer done()
	if cfg.Plan.Pacer == nil {
		e.running.Go(func() { e.watch(watching, func() {}) })
		e.agents(cfg.Agents)
		e.under.Wait()
		return e.now(), nil
	}
	p := newPool(e, cfg.Connections)
	p.warm(cfg.Plan.most())
	e.running.Go(func() { e.watch(watching, p.wake) })
	began := e.now()
	fired := make(chan time.Duration)
	go func() { // it keeps its thread
		p.run(ctx, began)
		fired <- e.now() - began
	}()
	took := <-fired
	e.under.Wait()
	if e.over.Load() {
		return took, nil
	}
	return max(took, cfg.Plan.For), nil
}

// result is what was measured by now, where prompts were started for so long.
func (e *engine) result(took time.Duration) Result {
	r := Result{
		Prompts: e.prompts.Load(), Tally: e.board.total(), ToolNames: e.work.tools,
		Took: took, Problem: e.problem.String(), Strays: e.strays.Load(),
	}
	r.Offered = float64(r.Calls()) / min(took, e.plan.For).Seconds()
	r.Achieved = float64(r.Lag.Count()) / took.Seconds()
	if e.plan.Pacer == nil {
		r.Offered = r.Achieved
	}
	e.mu.Lock()
	r.Fairness = jain(e.served)
	e.mu.Unlock()
	r.Retried, r.Waited, r.Kept = e.retried.Load(), e.waited.Load(), e.kept.Load()
	r.Followed = e.followed.Load()
	r.Digest = e.digest.upTo(r.Prompts)
	return r
}

// dialerOf opens connections to where a URL points, with TLS where that says so.
func dialerOf(at *url.URL, config *tls.Config) dialer {
	port := at.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[at.Scheme]
	}
	address := net.JoinHostPort(at.Hostname(), port)
	dial := new(net.Dialer).DialContext
	if at.Scheme == "https" {
		config = config.Clone()
		config.NextProtos = []string{"http/1.1"}
		dial = (&tls.Dialer{Config: config}).DialContext
	}
	return func(ctx context.Context) (net.Conn, error) { return dial(ctx, "tcp", address) }
}

// The shares beyond which a load tells of the generator: of calls that were not sent, and
// of the lag in the response time at the 99th percentile.
const (
	mostUnsent = 0.01
	mostLag    = 0.10
)

// Limited says why the load tells of the generator rather than of the server, "" where
// it does not.
func (r *Result) Limited() string {
	unsent := float64(r.Classes[Unsent]) / float64(max(r.Calls(), 1))
	lag, response := r.Lag.At(99), r.Response.At(99)
	switch {
	case unsent > mostUnsent:
		return fmt.Sprintf("%.1f %% of the calls were not sent, since all connections were taken", 100*unsent)
	case r.Response.Count() >= record.Needed(99) && float64(lag) > mostLag*float64(response):
		return fmt.Sprintf("the 99th percentile of the lag is %v, that of the response time %v", lag, response)
	}
	return ""
}
