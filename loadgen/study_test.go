package loadgen

import (
	"container/heap"
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// simulated is a server that takes calls one after the other to some slots, in time that
// only counts.
type simulated struct {
	// slots are when each is free, now is the time; gone: it has ended.
	slots []time.Duration
	now   time.Duration
	gone  bool
	calls int
	// treat is what becomes of a call that would wait so long. A call that is not taken
	// costs nothing and is answered at once, unless that is a timeout.
	treat func(s *simulated, wait time.Duration) (c Class, taken bool)
}

const simulatedService = 10 * time.Millisecond

// serve serves a call and returns its end.
func (s *simulated) serve(at time.Duration, cfg Config) (done time.Duration, c Class) {
	s.calls++
	slot := 0
	for i := range s.slots {
		if s.slots[i] < s.slots[slot] {
			slot = i
		}
	}
	start := max(at, s.slots[slot])
	c, taken := Refused, false
	if !s.gone {
		c, taken = s.treat(s, start-at)
	}
	done = at + time.Millisecond
	if taken {
		done = start + simulatedService
		s.slots[slot] = done
	}
	switch {
	case c == Timeout || done-at > cfg.Timeout:
		return at + cfg.Timeout, Timeout
	case c == OK && done-at > cfg.Deadline:
		return done, Late
	}
	return done, c
}

// source is a client of a load whose next call is due then: an agent, or one that comes
// once.
type source struct {
	load  int
	next  time.Duration
	agent bool
}

// line is a heap of sources.
type line []source

func (l line) Len() int           { return len(l) }
func (l line) Less(i, j int) bool { return l[i].next < l[j].next }
func (l line) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }
func (l *line) Push(x any)        { *l = append(*l, x.(source)) }
func (l *line) Pop() any {
	last := (*l)[len(*l)-1]
	*l = (*l)[:len(*l)-1]
	return last
}

// fire plays loads together.
func (s *simulated) fire(_ context.Context, loads ...begun) ([]Result, error) {
	results := make([]Result, len(loads))
	begin, sources := s.now, line{}
	for i, l := range loads {
		results[i] = Result{Tally: Tally{Tools: make([]ToolTally, 1), Kinds: make([][oracles.Outcomes]int64, 1)}}
		for range l.Agents {
			sources = append(sources, source{i, begin + l.after, true})
		}
		if l.Plan.Pacer != nil {
			results[i].Took = l.Plan.For
			for p := range l.Plan.Prompts() {
				sources = append(sources, source{i, begin + l.after + p.At, false})
			}
		}
	}
	heap.Init(&sources)
	for len(sources) > 0 {
		x := heap.Pop(&sources).(source)
		l, r := loads[x.load], &results[x.load]
		start := begin + l.after
		if x.next-start >= l.Plan.For || r.Calls() >= l.Plan.MaxCalls {
			continue
		}
		done, c := s.serve(x.next, l.Config)
		r.add(ended{due: x.next - start, sent: x.next - start + 1, done: done - start, class: c, outcome: oracles.Accepted})
		if l.Each != nil {
			l.Each(Ended{Due: x.next - start, Sent: x.next - start + 1, Done: done - start, Class: c})
		}
		s.now = max(s.now, done)
		if x.agent {
			r.Took = max(r.Took, done-start)
			heap.Push(&sources, source{x.load, done, true})
		}
	}
	for i, l := range loads {
		results[i].Offered = float64(results[i].Calls()) / min(results[i].Took, l.Plan.For).Seconds()
	}
	return results, nil
}

const simulatedDeadline = 100 * time.Millisecond

// The servers that verdicts are of.
var simulatedServers = map[string]func(*simulated, time.Duration) (Class, bool){
	"sheds": func(_ *simulated, wait time.Duration) (Class, bool) {
		if wait > simulatedDeadline/2 {
			return RejectClean, false
		}
		return OK, true
	},
	"queues": func(s *simulated, wait time.Duration) (Class, bool) { // half of its work is for nothing
		switch {
		case wait > 4*simulatedDeadline/5:
			return Timeout, false
		case wait > simulatedDeadline/2 && s.calls%2 == 0:
			return Timeout, true
		}
		return OK, true
	},
	"collapses": func(*simulated, time.Duration) (Class, bool) { return OK, true },
	"crashes": func(s *simulated, wait time.Duration) (Class, bool) {
		s.gone = wait > simulatedDeadline
		return OK, true
	},
	"corrupts": func(s *simulated, wait time.Duration) (Class, bool) {
		if wait > simulatedDeadline/4 && s.calls%50 == 0 {
			return Wrong, true
		}
		return OK, true
	},
	// It sheds, but says nothing of it.
	"": func(_ *simulated, wait time.Duration) (Class, bool) {
		if wait > simulatedDeadline/2 {
			return RejectBare, false
		}
		return OK, true
	},
}

func aStudy() Study {
	return Study{
		Load: Config{
			Deadline: simulatedDeadline, Timeout: 2 * simulatedDeadline, Connections: 1, MaxRate: DefaultMaxRate,
			Plan: Schedule{FanOut: FanOut{Fixed: 1}, MaxCalls: DefaultMaxCalls},
		},
		Level: LevelDeadlines * simulatedDeadline, Other: &protocol.Session{},
	}
}

func studyOf(t *testing.T, treat func(*simulated, time.Duration) (Class, bool), change func(*Study)) record.Study {
	t.Helper()
	s := aStudy()
	change(&s)
	server := &simulated{slots: make([]time.Duration, 4), treat: treat}
	r, err := s.run(t.Context(), server.fire)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestVerdicts(t *testing.T) {
	for want, treat := range simulatedServers {
		r := studyOf(t, treat, func(*Study) {})
		if r.Verdict != want {
			t.Errorf("%q: the verdict is %q: %s", want, r.Verdict, r.Why)
		}
		// Four calls that take 10 ms each are 400 a second.
		if math.Abs(r.Capacity/400-1) > 0.01 || math.Abs(r.Parallel/4-1) > 0.01 {
			t.Errorf("%q: the capacity is %.1f/s, %.2f in parallel; want 400 and 4", want, r.Capacity, r.Parallel)
		}
		if want == "crashes" {
			continue
		}
		// Where a queue of 50 ms is filled once, 20 more are served.
		if k := r.Knee; k == nil || k.Not < 400 || k.Borne > 1.06*400+20 || (k.Not-k.Borne)/k.Not > kneeWidth {
			t.Errorf("%q: the knee is %+v", want, k)
		}
	}
}

func TestWhatAnOverloadDoesToOthers(t *testing.T) {
	sheds, collapses := studyOf(t, simulatedServers["sheds"], func(*Study) {}), studyOf(t, simulatedServers["collapses"], func(*Study) {})
	for _, s := range []record.Study{sheds, collapses} {
		if len(s.Isolation) != 2 || s.Isolation[0].Session != "its own" || s.Isolation[0].Before.OK != 1 || s.Isolation[0].Recovery == nil {
			t.Fatalf("the isolation is %+v", s.Isolation)
		}
	}
	quick, slow := sheds.Isolation[0], collapses.Isolation[0]
	if quick.Index <= slow.Index || *quick.Recovery >= *slow.Recovery || slow.Index > 0.1 {
		t.Errorf("one that sheds isolates %v and recovers in %v, one that collapses %v and %v", quick.Index, *quick.Recovery, slow.Index, *slow.Recovery)
	}
	// All that it was sent too much is still to be done, whoever waits for it.
	if took := *slow.Recovery; took < 3.5 || took > 5 {
		t.Errorf("twice too much for 4 s costs %v s", took)
	}
	// The last of these calls is given up 0.2 s after the end.
	if *quick.Abandoned > 0.1 || math.Abs(*slow.Abandoned-(*slow.Recovery-0.2)) > 0.05 {
		t.Errorf("work for nobody takes %v and %v s", *quick.Abandoned, *slow.Abandoned)
	}
	if sheds.Drained > 0.1 || collapses.Drained < 0.5 {
		t.Errorf("drained in %v and %v s", sheds.Drained, collapses.Drained)
	}
	if *sheds.Retention < goodRetention || *collapses.Retention > lostRetention/2 {
		t.Errorf("retention %v and %v", *sheds.Retention, *collapses.Retention)
	}
	if knee := sheds.LatencyKnee; knee < 300 || knee > 620 {
		t.Errorf("the latency knee is at %v/s", knee)
	}
}

// Where nobody gives up, a server that serves all in turn recovers when it has done what was left.
func TestRecoveryIsTheWorkThatIsLeft(t *testing.T) {
	r := studyOf(t, simulatedServers["collapses"], func(s *Study) { s.Load.Timeout = 10 * time.Second })
	if len(r.Isolation) == 0 || r.Isolation[0].Factor == nil {
		t.Fatalf("the isolation is %+v", r.Isolation)
	}
	// The client that tells of it has a twentieth of the rate, which goes on meanwhile.
	if factor := *r.Isolation[0].Factor; factor < 1 || factor > 1.07 {
		t.Errorf("it takes %.3f of the time that the work takes", factor)
	}
}

// Where the machine was busy while a rate was tried, the server seems not to bear it.
func TestAKneeThatIsNoneIsNoVerdict(t *testing.T) {
	server := &simulated{slots: make([]time.Duration, 4), treat: simulatedServers["collapses"]}
	disturbed := func(ctx context.Context, loads ...begun) ([]Result, error) {
		if p := loads[0].Plan.Pacer; p != nil && p.Rate(0) > 150 && p.Rate(0) < 250 {
			loads[0].Deadline = 1
		}
		return server.fire(ctx, loads...)
	}
	r, err := aStudy().run(t.Context(), disturbed)
	if err != nil || r.Verdict != "" || r.Retention != nil || !strings.HasPrefix(r.Why, "twice the knee is borne") {
		t.Errorf("the verdict is %q: %s; error %v", r.Verdict, r.Why, err)
	}
}

// What the generator could not send says nothing, and takes nothing back: the knee is looked for
// below it, and what was borne stands.
func TestWhatTheGeneratorSpoilsIsNoKnee(t *testing.T) {
	for _, tc := range []struct {
		name          string
		above, below  float64 // rates that are spoilt
		knee, closed  bool
		overload, why string
	}{
		{"beyond the knee", 550, math.Inf(1), true, true, "sent", "at twice the knee, 8"},
		{"at the knee", 390, math.Inf(1), true, false, "", "at 4"},
		{"everywhere", 10, math.Inf(1), false, false, "", "at 1"},
		{"just above the knee", 410, 590, true, true, "sent", "at twice the knee 0.0"},
	} {
		server := &simulated{slots: make([]time.Duration, 4), treat: simulatedServers["collapses"]}
		spoiling := func(ctx context.Context, loads ...begun) ([]Result, error) {
			p := loads[0].Plan.Pacer
			if p == nil || p.Rate(0) < tc.above || p.Rate(0) > tc.below {
				return server.fire(ctx, loads...)
			}
			loads[0].Deadline = 1
			results, err := server.fire(ctx, loads...)
			results[0].Lag, results[0].Busy = results[0].Response, 1.5
			return results, err
		}
		s := aStudy()
		s.Level = 10 * time.Second // so that there is a 99th percentile
		r, err := s.run(t.Context(), spoiling)
		want, told := "generator-limited", "took 1.5 of"
		if !math.IsInf(tc.below, 1) {
			want, told = "collapses", ""
		}
		if err != nil || r.Verdict != want || !strings.HasPrefix(r.Why, tc.why) || !strings.Contains(r.Why, told) {
			t.Errorf("%s: the verdict is %q: %s; error %v", tc.name, r.Verdict, r.Why, err)
		}
		switch k := r.Knee; {
		case (k != nil) != tc.knee, (r.Overload != nil) != (tc.overload != ""):
			t.Errorf("%s: the knee is %+v, the overload %+v", tc.name, k, r.Overload)
		case k != nil && ((k.Not > 0) != tc.closed || k.Borne < 0.9*min(tc.above, 400) || k.Borne >= tc.above || k.Not >= tc.above && k.Not <= tc.below):
			t.Errorf("%s: the knee is %+v", tc.name, k)
		}
	}
}

func TestAStudyEndsWithItsCalls(t *testing.T) {
	for name, change := range map[string]func(*Study){
		"all calls":      func(s *Study) { s.Load.Plan.MaxCalls = 2000 },
		"--max-rate":     func(s *Study) { s.Load.MaxRate = 500 },
		"no rate to try": func(s *Study) { s.Load.MaxRate = 100 },
		"the ladder":     func(s *Study) { s.LadderOnly = true },
		"too few calls":  func(s *Study) { s.Level = 50 * time.Millisecond },
	} {
		r := studyOf(t, simulatedServers["sheds"], change)
		if r.Retention != nil || r.Verdict == "sheds" {
			t.Errorf("%s: the verdict is %q: %s", name, r.Verdict, r.Why)
		}
		if sum := totalOf(r); name == "all calls" && sum > 2000 {
			t.Errorf("%d calls were sent", sum)
		}
	}
}

func totalOf(r record.Study) (n int64) {
	for _, l := range slices.Concat(r.Ladder, r.Levels) {
		n += l.Calls
	}
	return n
}

func TestTheLatencyKnee(t *testing.T) {
	level := func(rate float64, calls int64, p90 time.Duration) record.Level {
		return record.Level{Offered: rate, Response: record.NewTimes(calls, p90, func(float64) time.Duration { return p90 })}
	}
	levels := []record.Level{level(300, 300, 31*time.Millisecond), level(100, 150, time.Hour), level(400, 400, time.Second), level(200, 200, 15*time.Millisecond)}
	if got := latencyKnee(levels); got != 300 {
		t.Errorf("it is at %v, want 300", got)
	}
	if got := latencyKnee(levels[1:2]); got != 0 {
		t.Errorf("it is at %v where there are too few calls", got)
	}
}
