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
	}
}

// beside puts a yardstick over HTTP beside ours.
func beside(yardstick func(address string) client) func() (client, client, func(), error) {
	return func() (client, client, func(), error) {
		address, stop, err := startCanned()
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
