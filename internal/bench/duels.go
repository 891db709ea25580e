package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfuzz/mcpfuzz/loadgen"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// duels are all that are fought.
func duels() []duel {
	return []duel{
		{"the judge beside encoding/json", judges, []bar{
			{name: "CPU per answer", figure: cpuPerCall, atMost: 0.12},
			{name: "ns of CPU per answer", figure: cpuPerCall, atMost: 300, alone: true},
			// Each turn starts with what is then kept.
			{name: "allocations per answer", figure: allocations, atMost: 0.001, alone: true},
		}},
		{"HTTP beside wrk with two threads", besideWrk(2), []bar{
			{name: "calls/s", figure: perSecond, atLeast: 0.90},
		}},
		{"HTTP beside wrk with one thread", besideWrk(1), []bar{
			{name: "CPU per call", figure: cpuPerCall, atMost: 1.10},
		}},
		{"HTTP beside vegeta", beside(func(address string) client { return onVegeta(address, false) }), []bar{
			{name: "calls/s", figure: perSecond, atLeast: 2.0},
			{name: "allocations per call", figure: allocations, atMost: 0.1, alone: true},
			{name: "bytes allocated per call", figure: allocated, atMost: 128, alone: true},
		}},
		{"HTTP beside vegeta with its metrics", beside(func(address string) client { return onVegeta(address, true) }), []bar{
			{name: "CPU per call", figure: cpuPerCall, atMost: 0.40},
		}},
		{"HTTP beside net/http and encoding/json", beside(onNetHTTP), []bar{
			{name: "calls/s", figure: perSecond, atLeast: 1.5},
			{name: "CPU per call", figure: cpuPerCall, atMost: 0.60},
		}},
		{"stdio beside the client of the SDK", besideSDK, []bar{
			{name: "calls/s", figure: perSecond, atLeast: 20},
		}},
		{"lag at 1,000 calls/s beside time.Sleep", lags(1000), []bar{{name: "median", figure: middle, atMost: 0.25}}},
		{"lag at 20,000 calls/s beside time.Sleep", lags(20_000), []bar{{name: "median", figure: middle, atMost: 0.25}}},
		{"20,000 calls/s that are asked for", asked(20_000), []bar{
			{name: "the rate by that", figure: func(s sample) float64 { return perSecond(s) / 20_000 }, atLeast: 0.999, atMost: 1.001, alone: true},
		}},
		{"bursts of 10 calls beside net/http", besideBursts(10), []bar{{name: "median skew", figure: middle, atMost: 0.5}}},
		{"bursts of 100 calls beside net/http", besideBursts(100), []bar{{name: "median skew", figure: middle, atMost: 0.5}}},
		{"bursts of 100 calls of 5 ms", together100, []bar{
			{name: "share that was out before the first answer", figure: allTogether, atLeast: 0.99, alone: true},
		}},
		{"a load ten times as long beside one", longer, []bar{
			{name: "peak memory", figure: memory, atMost: 1.05},
			{name: "time per call", figure: timePerCall, atMost: 1.10},
			{name: "peak memory in MiB", figure: func(s sample) float64 { return memory(s) / (1 << 20) }, atMost: 64, alone: true},
		}},
		{"a server that stalls for 100 ms each second", stalled, []bar{
			{name: "p95 by the 50 ms that it is in truth", figure: against(50*time.Millisecond, at95), atLeast: 0.85, atMost: 1.15, alone: true},
			{name: "p99 by the 90 ms that it is in truth", figure: against(90*time.Millisecond, at99), atLeast: 0.93, atMost: 1.07, alone: true},
			{name: "p95 from when sent, which must be wrong", figure: against(50*time.Millisecond, at95Sent), atMost: 0.1, alone: true},
		}},
	}
}

func at95(s sample) time.Duration     { return s.p95 }
func at99(s sample) time.Duration     { return s.p99 }
func at95Sent(s sample) time.Duration { return s.p95Sent }

// against is a time by what it is in truth.
func against(truth time.Duration, at func(sample) time.Duration) func(sample) float64 {
	return func(s sample) float64 { return float64(at(s)) / float64(truth) }
}

// lags is how late a pacer is, beside one that sleeps as Go programs do.
func lags(perSecond int) func() (client, client, func(), error) {
	return func() (client, client, func(), error) {
		address, stop, err := startCanned(overHTTP)
		late := func(r loadgen.Result) sample { return sample{p50: r.Lag.At(50)} }
		return sleeping(perSecond), paced(address, perSecond, clients, late), stop, err
	}
}

// asked asks for so many calls a second.
func asked(perSecond int) func() (client, client, func(), error) {
	return func() (client, client, func(), error) {
		address, stop, err := startCanned(overHTTP)
		return nil, paced(address, perSecond, clients, func(loadgen.Result) sample { return sample{} }), stop, err
	}
}

// stalled asks for 1,000 calls a second on 10 connections. Where all wait for the end of a
// stall, P(time > x) is (100 ms - x) by a second.
func stalled() (yardstick, ours client, stop func(), err error) {
	address, stop, err := startCanned(overHTTPStalling)
	times := func(r loadgen.Result) sample {
		return sample{p95: r.Response.At(95), p99: r.Response.At(99), p95Sent: r.Service.At(95)}
	}
	return nil, paced(address, 1000, 10, times), stop, err
}

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

// besideSDK puts the client of the SDK beside ours, each on a server of its own.
func besideSDK() (client, client, func(), error) {
	cmd, err := canned(overStdio)
	if err != nil {
		return nil, nil, nil, err
	}
	target := transport.Command([]string{cmd.Path}, transport.CommandOptions{Env: append(os.Environ(), cannedVar+"="+overStdio)})
	polite := mcp.NewClient(&mcp.Implementation{Name: "yardstick", Version: "1"}, nil)
	s, err := polite.Connect(context.Background(), &mcp.CommandTransport{Command: cmd}, nil)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("connect the client of the SDK: %w", err)
	}
	return onSDK(s), oursStdio(target, window), func() { _ = s.Close() }, nil // the server ends in any case
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
