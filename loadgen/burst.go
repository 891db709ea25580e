package loadgen

import (
	"cmp"
	"context"
	"errors"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// Burst is many calls at once, again and again. Each burst goes out over connections that are
// open already, from one thread, while no garbage is collected; the next when all answers
// came.
type Burst struct {
	// Load says how calls are made, all of which are right. Its Agents, and of its Plan the Pacer, FanOut and For,
	// are not looked at.
	Load Config
	// Size is how many calls a burst is of, Times how many bursts there are.
	Size, Times int
}

// Check reports what is wrong with the size of the bursts.
func (b Burst) Check() error {
	if b.Size < 1 || b.Times < 1 {
		return errors.New("a burst needs a call at least, and there must be one at least")
	}
	return b.config().Check()
}

func (b Burst) config() Config {
	cfg := b.Load.plain()
	cfg.Agents, cfg.Connections = 0, max(cfg.Connections, b.Size)
	cfg.Plan.Pacer, cfg.Plan.FanOut, cfg.Plan.For = vegeta.ConstantPacer{Freq: 1, Per: time.Second}, FanOut{Fixed: b.Size}, time.Millisecond
	return cfg
}

// Run sends the bursts. A context that ends makes them fewer, which is no error.
func (b Burst) Run(ctx context.Context) (record.Burst, error) {
	b.Load = b.Load.counted()
	r := record.Burst{Size: b.Size}
	var skews, firsts, lasts Times
	var ends [classes]int64
	overlaps := 0.0
	for i := range b.Times {
		calls, err := b.once(ctx, uint64(i))
		if err != nil {
			return r, err
		}
		if ctx.Err() != nil || len(calls) < b.Size {
			break
		}
		s := shapeOf(calls)
		skews.add(s.skew)
		firsts.add(s.first)
		lasts.add(s.last)
		overlaps += s.overlap
		r.Peak = max(r.Peak, s.peak)
		r.Times++
		if s.overlap == 1 {
			r.Together++
		}
		for _, c := range calls {
			ends[c.Class]++
		}
	}
	r.Skew, r.First, r.Last = skews.median(), firsts.median(), lasts.median()
	r.Overlap = overlaps / float64(max(r.Times, 1))
	r.Classes = classesOf(ends)
	return r, nil
}

// median is that of the durations, with the shortest and the longest of them.
func (t Times) median() record.Middle {
	ms := func(percent float64) float64 { return float64(t.At(percent)) / float64(time.Millisecond) }
	return record.Middle{Min: ms(0), Median: ms(50), Max: ms(100)}
}

// once sends one burst, of calls of its own, and returns what became of them.
func (b Burst) once(ctx context.Context, number uint64) (calls []Ended, err error) {
	var mu sync.Mutex
	cfg := b.config()
	cfg.Plan.Seed += number
	cfg.Each = func(e Ended) {
		mu.Lock()
		defer mu.Unlock()
		calls = append(calls, e)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	_, err = Run(ctx, cfg)
	return calls, err
}

// shape is how a burst went out and was answered.
type shape struct {
	// skew is from the first call to the last, first and last are when answers came, from
	// when the burst was due.
	skew, first, last time.Duration
	// overlap is the share of the calls that were out before the first answer, peak how many
	// were in flight at once at most.
	overlap float64
	peak    int
}

func shapeOf(calls []Ended) shape {
	sent := slices.DeleteFunc(slices.Clone(calls), func(c Ended) bool { return c.Sent == 0 })
	if len(sent) == 0 {
		return shape{}
	}
	bySent := func(a, b Ended) int { return cmp.Compare(a.Sent, b.Sent) }
	byDone := func(a, b Ended) int { return cmp.Compare(a.Done, b.Done) }
	first, last := slices.MinFunc(sent, byDone), slices.MaxFunc(sent, byDone)
	s := shape{
		skew:  slices.MaxFunc(sent, bySent).Sent - slices.MinFunc(sent, bySent).Sent,
		first: first.Done - first.Due, last: last.Done - last.Due,
	}
	out := 0
	for _, c := range sent {
		if c.Sent < first.Done {
			out++
		}
		flying := 0 // as this one goes out
		for _, d := range sent {
			if d.Sent <= c.Sent && d.Done > c.Sent {
				flying++
			}
		}
		s.peak = max(s.peak, flying)
	}
	s.overlap = float64(out) / float64(len(calls))
	return s
}
