package loadgen

import (
	"runtime"
	"sync"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// Times is a histogram of durations that can be merged without loss, in memory that does
// not grow. The zero Times is empty. It is not safe for concurrent use.
type Times struct {
	h      *hdr.Histogram
	digits int // 0 stands for the coarser
	// clamped counts what was longer than the histogram holds.
	clamped int64
}

// The precision of histograms in significant digits: of those of all calls, and of those
// of a tool.
const (
	fineDigits   = 3
	coarseDigits = 2
)

// longestTime is what histograms hold; what is longer counts as that.
const longestTime = 10 * time.Minute

func (t *Times) add(d time.Duration) {
	if t.h == nil {
		t.h = hdr.New(1, int64(longestTime), max(t.digits, coarseDigits))
	}
	if d > longestTime {
		d = longestTime
		t.clamped++
	}
	_ = t.h.RecordValue(int64(max(d, 0))) // it is within the bounds
}

// merge adds what another counted, of the same precision.
func (t *Times) merge(o Times) {
	if o.h == nil {
		return
	}
	if t.h == nil {
		t.h = hdr.New(1, int64(longestTime), max(o.digits, coarseDigits))
		t.digits = o.digits
	}
	t.h.Merge(o.h)
	t.clamped += o.clamped
}

// Count is how many durations were added.
func (t Times) Count() int64 {
	if t.h == nil {
		return 0
	}
	return t.h.TotalCount()
}

// At is the duration that the given percentage of them do not exceed, 0 if there are
// none.
func (t Times) At(percent float64) time.Duration {
	if t.h == nil {
		return 0
	}
	// Less than one of them would be none.
	return time.Duration(t.h.ValueAtPercentile(max(percent, 100/float64(max(t.Count(), 1)))))
}

// Max is the longest.
func (t Times) Max() time.Duration { return t.At(100) }

// Tally counts calls. Tallies of several workers, processes or machines are merged
// without loss, in any order. It is not safe for concurrent use.
type Tally struct {
	// Classes and Outcomes count the calls that ended in each.
	Classes  [classes]int64
	Outcomes [oracles.Outcomes]int64
	// Response is the time from when a call was due until it was answered, Service that
	// from when it was sent, and Lag how much later it was sent than it was due. A call
	// without an answer counts with the time that was waited.
	Response, Service, Lag Times
	// Tools are the tallies by tool, in the order of the tools of the load, and Kinds the
	// outcomes by kind: of right calls, and of the mistakes in the order of the Traffic.
	Tools []ToolTally
	Kinds [][oracles.Outcomes]int64
}

// ToolTally counts the calls of one tool.
type ToolTally struct {
	Classes [classes]int64
	// Response is as that of a Tally, in less detail.
	Response Times
}

func newTally(tools, kinds int) Tally {
	fine := Times{digits: fineDigits}
	return Tally{
		Response: fine, Service: fine, Lag: fine,
		Tools: make([]ToolTally, tools), Kinds: make([][oracles.Outcomes]int64, kinds),
	}
}

// Calls is how many calls were counted.
func (t *Tally) Calls() int64 { return sum(t.Classes) }

// Calls is how many calls were counted.
func (t *ToolTally) Calls() int64 { return sum(t.Classes) }

func sum(counts [classes]int64) int64 {
	var n int64
	for _, c := range counts {
		n += c
	}
	return n
}

// ended is a call of which nothing more is awaited, in times since the load began; sent
// is 0 where it was not.
type ended struct {
	tool, kind      int
	due, sent, done time.Duration
	outcome         oracles.Outcome
	class           Class
}

func (t *Tally) add(e ended) {
	tool := &t.Tools[e.tool]
	t.Classes[e.class]++
	t.Outcomes[e.outcome]++
	t.Kinds[e.kind][e.outcome]++
	tool.Classes[e.class]++
	t.Response.add(e.done - e.due)
	tool.Response.add(e.done - e.due)
	if e.sent > 0 {
		t.Service.add(e.done - e.sent)
		t.Lag.add(e.sent - e.due)
	}
}

// Merge adds what another tally of the same tools and kinds counted.
func (t *Tally) Merge(o Tally) {
	for c, n := range o.Classes {
		t.Classes[c] += n
	}
	for word, n := range o.Outcomes {
		t.Outcomes[word] += n
	}
	t.Response.merge(o.Response)
	t.Service.merge(o.Service)
	t.Lag.merge(o.Lag)
	for i, counts := range o.Kinds {
		for word, n := range counts {
			t.Kinds[i][word] += n
		}
	}
	for i, tool := range o.Tools {
		for c, n := range tool.Classes {
			t.Tools[i].Classes[c] += n
		}
		t.Tools[i].Response.merge(tool.Response)
	}
}

// mostShards bounds how many tallies there are for all connections: enough that they
// seldom wait for each other, and few, since one takes most of a megabyte.
const mostShards = 4

// board is the tallies of a load that is under way. It is safe for concurrent use.
type board struct {
	shards []shard
	// tools and kinds are how many there are.
	tools, kinds int
}

type shard struct {
	mu sync.Mutex
	Tally
}

func newBoard(tools, kinds int) *board {
	b := board{make([]shard, min(runtime.GOMAXPROCS(0), mostShards)), tools, kinds}
	for i := range b.shards {
		b.shards[i].Tally = newTally(tools, kinds)
	}
	return &b
}

// add counts a call; workers of different numbers seldom wait for each other.
func (b *board) add(worker int, e ended) {
	s := &b.shards[worker%len(b.shards)]
	s.mu.Lock()
	s.Tally.add(e)
	s.mu.Unlock()
}

// total is what was counted by now.
func (b *board) total() Tally {
	all := newTally(b.tools, b.kinds)
	for i := range b.shards {
		s := &b.shards[i]
		s.mu.Lock()
		all.Merge(s.Tally)
		s.mu.Unlock()
	}
	return all
}
