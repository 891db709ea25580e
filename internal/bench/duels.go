package main

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/mcpfuzz/mcpfuzz/loadgen"
)

// duels are all that are fought.
func duels() []duel {
	return slices.Concat(judged(), overHTTPDuels(), overStdioDuels(), inTime(), atOnce(), countedDuels())
}

// judged are about what judging costs.
func judged() []duel {
	return []duel{
		{"the judge beside encoding/json", judges, []bar{
			{name: "CPU per answer", figure: cpuPerCall, atMost: 0.12},
			{number: 6, name: "ns of CPU to judge, class and record an answer of 88 bytes", figure: cpuPerCall, atMost: 300, alone: true},
			// Each turn starts with what is then kept.
			{number: 6, name: "allocations per answer", figure: allocations, atMost: 0.001, alone: true},
		}},
		{"HTTP with its judge beside HTTP without", besideUnjudged, []bar{
			{number: 5, name: "CPU per call", figure: cpuPerCall, atMost: 1.05},
		}},
	}
}

// overHTTPDuels are about what a closed load over HTTP costs.
func overHTTPDuels() []duel {
	return []duel{
		{"HTTP beside wrk with two threads", besideWrk(2), []bar{
			{number: 1, name: "calls/s", figure: perSecond, atLeast: 0.90},
		}},
		{"HTTP beside wrk with one thread", besideWrk(1), []bar{
			{number: 2, name: "CPU per call", figure: cpuPerCall, atMost: 1.10},
		}},
		{"HTTP beside vegeta", beside(func(address string) client { return onVegeta(address, false) }), []bar{
			{number: 3, name: "calls/s", figure: perSecond, atLeast: 2.0},
			{number: 7, name: "allocations per call", figure: allocations, atMost: 0.1, alone: true},
			{number: 7, name: "bytes allocated per call", figure: allocated, atMost: 128, alone: true},
		}},
		{"HTTP beside vegeta with its metrics", beside(func(address string) client { return onVegeta(address, true) }), []bar{
			{number: 4, name: "CPU per call", figure: cpuPerCall, atMost: 0.40},
		}},
		{"HTTP beside net/http and encoding/json", beside(onNetHTTP), []bar{
			{name: "calls/s", figure: perSecond, atLeast: 1.5},
			{name: "CPU per call", figure: cpuPerCall, atMost: 0.60},
		}},
	}
}

// overStdioDuels are about loads over standard input and output.
func overStdioDuels() []duel {
	return []duel{
		{"stdio beside the client of the SDK", besideSDK(overStdio, clients, window), []bar{
			{number: 20, name: "calls/s", figure: perSecond, atLeast: 20},
		}},
		{"stdio beside the client of the SDK, one call at a time, on a server of the SDK", besideSDK(overStdioSDK, 1, clients), []bar{
			{number: 21, name: "calls/s", figure: perSecond, atLeast: 1.5},
		}},
		{"10 million calls beside one million", longer, []bar{
			{number: 8, name: "peak memory", figure: memory, atMost: 1.05},
			{number: 8, name: "peak memory in MiB", figure: mebibytes, atMost: 64, alone: true},
			{number: 9, name: "time per call", figure: timePerCall, atMost: 1.10},
		}},
	}
}

// inTime are about when calls are sent, and what their times are.
func inTime() []duel {
	return []duel{
		{"lag at 1,000 calls/s beside time.Sleep", lags(1000), []bar{{number: 10, name: "median", figure: middle, atMost: 0.25}}},
		{"lag at 20,000 calls/s beside time.Sleep", lags(20_000), []bar{{number: 10, name: "median", figure: middle, atMost: 0.25}}},
		{"20,000 calls/s that are asked for", asked(20_000), []bar{
			{number: 11, name: "calls/s sent by that", figure: func(s sample) float64 { return perSecond(s) / 20_000 }, atLeast: 0.999, atMost: 1.001, alone: true},
			{number: 7, name: "allocations per call", figure: allocations, atMost: 0.1, alone: true},
			{number: 7, name: "bytes allocated per call", figure: allocated, atMost: 128, alone: true},
		}},
		{"a server that stalls for 100 ms each second, 10 connections", stalled, []bar{
			{number: 12, name: "p95 by the 50 ms that it is in truth", figure: against(50*time.Millisecond, at95), atLeast: 0.85, atMost: 1.15, alone: true},
			{number: 12, name: "p99 by the 90 ms that it is in truth", figure: against(90*time.Millisecond, at99), atLeast: 0.93, atMost: 1.07, alone: true},
			{number: 13, name: "p95 from when sent, which must be wrong, by that from when due", figure: sentByDue, atMost: 0.1, alone: true},
		}},
	}
}

// atOnce are about bursts.
func atOnce() []duel {
	return []duel{
		{"bursts of 10 calls beside net/http", besideBursts(10), []bar{
			{number: 16, name: "median skew", figure: middle, atMost: 0.5},
			{number: 16, name: "best skew in µs", figure: shortest, atMost: 80, alone: true},
		}},
		{"bursts of 100 calls beside net/http", besideBursts(100), []bar{{number: 17, name: "median skew", figure: middle, atMost: 0.5}}},
		{"bursts of 100 calls of 5 ms", together100, []bar{
			{number: 18, name: "share of them that was out before the first answer", figure: rightShare, atLeast: 0.99, alone: true},
		}},
		{"bursts of 10 calls over stdio", onePipe, []bar{
			{number: 19, name: "writes per burst", figure: writesPerBurst, atLeast: 1, atMost: 1, alone: true, always: true},
		}},
	}
}

// countedDuels are about whether what is told is what was.
func countedDuels() []duel {
	return []duel{
		{"a million calls whose times are kept", logged, []bar{
			{number: 14, name: "the most by which p50 to p99.99 are off those of all times in order", figure: worstError, atMost: 0.002, alone: true, always: true},
			{number: 15, name: "share of the counts and percentiles that are the same when merged of 7 parts", figure: rightShare, atLeast: 1, atMost: 1, alone: true, always: true},
		}},
		{"a server that counts how it answers", ownCounts, []bar{
			{number: 23, name: "share of the classes that count what it counts", figure: rightShare, atLeast: 1, atMost: 1, alone: true, always: true},
		}},
	}
}

func at95(s sample) time.Duration { return s.p95 }
func at99(s sample) time.Duration { return s.p99 }
func sentByDue(s sample) float64  { return float64(s.p95Sent) / float64(s.p95) }

// against is a time by what it is in truth.
func against(truth time.Duration, at func(sample) time.Duration) func(sample) float64 {
	return func(s sample) float64 { return float64(at(s)) / float64(truth) }
}

// lags is how late a pacer is, beside one that sleeps as Go programs do.
func lags(perSecond int) func() (client, client, func(), error) {
	return func() (client, client, func(), error) {
		address, stop, err := startCanned(overHTTP)
		late := func(r loadgen.Result, s *sample) { s.p50 = r.Lag.At(50) }
		return sleeping(perSecond), paced(address, perSecond, clients, late), stop, err
	}
}

// asked asks for so many calls a second.
func asked(perSecond int) func() (client, client, func(), error) {
	return func() (client, client, func(), error) {
		address, stop, err := startCanned(overHTTP)
		return nil, paced(address, perSecond, clients, func(loadgen.Result, *sample) {}), stop, err
	}
}

// stalled asks for 1,000 calls a second on 10 connections. Where all wait for the end of a
// stall, P(time > x) is (100 ms - x) by a second, for turns of whole seconds.
func stalled() (yardstick, ours client, stop func(), err error) {
	address, stop, err := startCanned(overHTTPStalling)
	load := paced(address, 1000, 10, func(r loadgen.Result, s *sample) {
		s.p95, s.p99, s.p95Sent = r.Response.At(95), r.Response.At(99), r.Service.At(95)
	})
	return nil, func(ctx context.Context, turn time.Duration) (sample, error) { return load(ctx, wholeSeconds(turn)) }, stop, err
}

// wholeSeconds is a turn that lasts for such.
func wholeSeconds(turn time.Duration) time.Duration { return max(time.Second, turn.Round(time.Second)) }

// beside puts a yardstick over HTTP beside ours.
func beside(yardstick func(address string) client) func() (client, client, func(), error) {
	return func() (client, client, func(), error) {
		address, stop, err := startCanned(overHTTP)
		if err != nil {
			return nil, nil, nil, err
		}
		return yardstick(address), oursHTTP(address), stop, nil
	}
}

// besideUnjudged puts a load whose answers nobody reads beside one that judges them.
func besideUnjudged() (yardstick, ours client, stop func(), err error) {
	address, stop, err := startCanned(overHTTP)
	return closed(loadgen.Unjudged(httpLoad(address))), oursHTTP(address), stop, err
}

// judges judge an answer of 88 bytes again and again: ours with its class and histograms,
// encoding/json without.
func judges() (yardstick, ours client, stop func(), err error) {
	const id = "1000000007"
	answer := []byte(cannedHead + id + cannedTail + "\n")
	yardstick = judging(func(times int) bool {
		right := true
		for range times {
			var a reply
			right = right && json.Unmarshal(answer, &a) == nil && string(a.ID) == id && a.Result != nil && !a.Result.IsError
		}
		return right
	})
	ours = judging(func(times int) bool {
		t := loadgen.Rejudged(answer, id, times)
		return t.Classes[loadgen.OK] == int64(times)
	})
	return yardstick, ours, func() {}, nil
}

// judging is a client that judges, many times between two looks at the clock.
func judging(judge func(times int) bool) client {
	const times = 100_000
	return func(_ context.Context, turn time.Duration) (sample, error) {
		return measured(func() (calls int64, err error) {
			for end := time.Now().Add(turn); time.Now().Before(end); calls += times {
				if !judge(times) {
					return calls, errors.New("an answer that is right is not judged so")
				}
			}
			return calls, nil
		})
	}
}
