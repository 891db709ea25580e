package loadgen

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"runtime"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

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
	// FollowUps counts the prompts that followed the answers of others, beside Prompts.
	FollowUps int64
	// Followed counts the calls of loops beside their first ones.
	Followed int64
	// Retried counts the calls that were sent again, Waited those of them that came when
	// they were told to, and Kept those of these that were then let in.
	Retried, Waited, Kept int64
	// Took is how long prompts were started.
	Took time.Duration
	// Busy is how many processors this process kept busy meanwhile, in the mean; 0 where the
	// system does not tell.
	Busy float64
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

// Run sends the load and judges every answer. It returns when all answers came, or the
// context ended; what was measured until then is no error.
func Run(ctx context.Context, cfg Config) (Result, error) {
	if err := cfg.Check(); err != nil {
		return Result{}, err
	}
	if len(cfg.Calls) == 0 {
		return Result{}, errors.New("a load needs a call that works")
	}
	goroutines, used := runtime.NumGoroutine(), UsedTime()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cfg = cfg.counted()
	e := &engine{ctx: ctx, ids: cfg.IDs, plan: cfg.Plan, limits: limits{cfg.Deadline, cfg.Timeout}, start: time.Now(), flush: func() {}, told: cfg.Each, maxRate: cfg.MaxRate, retries: cfg.Retries, patient: cfg.Patient, unjudged: cfg.unjudged}
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
	r.Busy = (UsedTime() - used).Seconds() / e.now().Seconds()
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
	e.held = holding(cfg.Conn, e.now)
	s := newStream(e, e.held, cfg.Session)
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
	r.Followed, r.FollowUps = e.followed.Load(), e.followUps.Load()
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
		return fmt.Sprintf("the 99th percentile of the lag is %v, that of the response time %v%s", lag.Round(time.Microsecond), response.Round(time.Microsecond), r.room())
	}
	return ""
}

// room says how much of the machine this process took, where that is known.
func (r *Result) room() string {
	if r.Busy == 0 {
		return ""
	}
	return fmt.Sprintf(", and mcpfuzz took %.1f of %d processors", r.Busy, runtime.NumCPU())
}
