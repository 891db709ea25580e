package main

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mcpfuzz/mcpfuzz/loadgen"
)

// shards is of how many parts a tally is merged.
const shards = 7

// logged sends a million calls over standard input and output and keeps the times of each, to
// look at what is told of them.
func logged() (yardstick, ours client, stop func(), err error) {
	ours = func(ctx context.Context, _ time.Duration) (s sample, err error) {
		log := make([]loadgen.Ended, 0, million)
		var mu sync.Mutex
		start := time.Now()
		err = onStdio(ctx, commanded(overStdio), window, func(cfg loadgen.Config) error {
			cfg.Plan.For, cfg.Plan.MaxCalls = longEnough, million
			cfg.Each = func(e loadgen.Ended) {
				mu.Lock()
				defer mu.Unlock()
				log = append(log, e)
			}
			r, err := loadgen.Run(ctx, cfg)
			s = sample{calls: r.Calls(), took: time.Since(start), off: farthest(log, r.Response), right: alike(r.Tally, loadgen.Recounted(log, shards))}
			return err
		})
		return s, err
	}
	return nil, ours, func() {}, nil
}

// percentages are those at which times are compared.
func percentages() []float64 { return []float64{50, 90, 95, 99, 99.9, 99.99} }

// farthest is how far a percentile is off that of all response times in order, at most, in
// parts of that.
func farthest(log []loadgen.Ended, t loadgen.Times) (off float64) {
	all := make([]time.Duration, len(log))
	for i, e := range log {
		all[i] = e.Done - e.Due
	}
	slices.Sort(all)
	for _, percent := range percentages() {
		exact := all[int(math.Round(percent/100*float64(len(all))))-1]
		off = max(off, math.Abs(float64(t.At(percent)-exact))/float64(exact))
	}
	return off
}

// alike is the share of the counts and percentiles that two tallies have in common.
func alike(a, b loadgen.Tally) float64 {
	same, of := 0, 0
	equal := func(x, y int64) {
		if of++; x == y {
			same++
		}
	}
	for i, n := range a.Classes {
		equal(n, b.Classes[i])
	}
	for _, pair := range [][2]loadgen.Times{{a.Response, b.Response}, {a.Service, b.Service}, {a.Lag, b.Lag}} {
		equal(pair[0].Count(), pair[1].Count())
		for _, percent := range percentages() {
			equal(int64(pair[0].At(percent)), int64(pair[1].At(percent)))
		}
	}
	return float64(same) / float64(of)
}

// way is how a server answers, and the class that this is.
type way struct {
	class  loadgen.Class
	answer func(w http.ResponseWriter, id []byte)
}

// ways are those of one that counts them; the last is that it hangs up.
func ways() []way {
	return []way{
		{loadgen.OK, func(w http.ResponseWriter, id []byte) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, cannedHead+string(id)+cannedTail)
		}},
		{loadgen.RejectClean, func(w http.ResponseWriter, _ []byte) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		}},
		{loadgen.RejectBare, func(w http.ResponseWriter, _ []byte) { w.WriteHeader(http.StatusServiceUnavailable) }},
		{loadgen.Reset, func(http.ResponseWriter, []byte) { panic(http.ErrAbortHandler) }},
	}
}

// ownCounts are loads on a server that counts how it answers, in this process.
func ownCounts() (yardstick, ours client, stop func(), err error) {
	var calls atomic.Int64
	ways := ways()
	counts := make([]atomic.Int64, len(ways))
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // ours are whole
		way := int(calls.Add(1)) % len(ways)
		counts[way].Add(1)
		ways[way].answer(w, idIn(body))
	}))
	ours = func(ctx context.Context, turn time.Duration) (sample, error) {
		for i := range counts {
			counts[i].Store(0)
		}
		cfg := httpLoad(web.Listener.Addr().String())
		cfg.Plan.For = turn
		start := time.Now()
		r, err := loadgen.Run(ctx, cfg)
		right := 0
		for i, way := range ways {
			if n := counts[i].Load(); n > 0 && r.Classes[way.class] == n {
				right++
			}
		}
		if r.Calls() == 0 {
			err = errors.Join(err, errors.New("no call was made"))
		}
		return sample{calls: r.Calls(), took: time.Since(start), right: float64(right) / float64(len(ways))}, err
	}
	return nil, ours, web.Close, nil
}
