package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/loadgen"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// clients is how many calls all clients over HTTP have under way, window how many those
// over standard input and output.
const (
	clients = 32
	window  = 256
)

// measured measures what a client does, which returns how many calls it made.
func measured(do func() (int64, error)) (sample, error) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	cpu, start := loadgen.UsedTime(), time.Now()
	calls, err := do()
	s := sample{calls: calls, took: time.Since(start), cpu: loadgen.UsedTime() - cpu}
	runtime.ReadMemStats(&after)
	s.allocations, s.bytes = float64(after.Mallocs-before.Mallocs), float64(after.TotalAlloc-before.TotalAlloc)
	if err == nil && calls == 0 {
		err = fmt.Errorf("no call was made")
	}
	return s, err
}

// theCall is what all clients send.
func theCall() scenarios.Call {
	return scenarios.Call{Tool: "notes", Args: scenarios.MustValue(`{"text":"notes"}`)}
}

// session is one without a handshake, which the canned server does not ask for.
func session(overHTTP bool) protocol.Session {
	rev, _ := protocol.Lookup(protocol.Legacy)
	return protocol.Session{Revision: rev, Version: rev.Name, HTTP: overHTTP}
}

// httpLoad is the part of a load that says where it is sent.
func httpLoad(address string) loadgen.Config {
	return loadgen.Config{
		URL: "http://" + address + "/mcp", Session: session(true), Calls: []scenarios.Call{theCall()}, Connections: 1, Agents: clients,
		Deadline: 10 * time.Second, Timeout: 10 * time.Second, MaxRate: 1 << 40, Plan: loadgen.Schedule{FanOut: loadgen.FanOut{Fixed: 1}, MaxCalls: 1 << 40},
	}
}

// paced is an open load of so many calls a second on some connections.
func paced(address string, perSecond, connections int, figures func(loadgen.Result, *sample)) client {
	return func(ctx context.Context, turn time.Duration) (sample, error) {
		cfg := httpLoad(address)
		cfg.Connections, cfg.Agents = connections, 0
		cfg.Plan.Pacer, cfg.Plan.For = vegeta.ConstantPacer{Freq: perSecond, Per: time.Second}, turn
		var r loadgen.Result
		s, err := measured(func() (sent int64, err error) {
			r, err = loadgen.Run(ctx, cfg)
			return r.Lag.Count(), err
		})
		s.took = r.Took
		figures(r, &s)
		return s, err
	}
}

// sleeping waits for so many moments a second with time.Sleep, and tells how late it was.
func sleeping(perSecond int) client {
	return func(ctx context.Context, turn time.Duration) (sample, error) {
		var late []time.Duration
		start := time.Now()
		for at := time.Duration(0); at < turn && ctx.Err() == nil; at += time.Second / time.Duration(perSecond) {
			time.Sleep(time.Until(start.Add(at)))
			late = append(late, time.Since(start)-at)
		}
		slices.Sort(late)
		return sample{calls: int64(len(late)), took: turn, p50: late[len(late)/2]}, nil
	}
}

// closed is a closed load, every answer of which must be right.
func closed(cfg loadgen.Config) client {
	return func(ctx context.Context, turn time.Duration) (sample, error) {
		cfg := cfg
		cfg.Plan.For = turn
		return measured(func() (int64, error) {
			r, err := loadgen.Run(ctx, cfg)
			if err == nil && r.Classes[loadgen.OK] != r.Calls() {
				err = fmt.Errorf("not all answers were right: %s", r.Problem)
			}
			return r.Calls(), err
		})
	}
}

func oursHTTP(address string) client { return closed(httpLoad(address)) }

// bodies writes the bodies of calls under ids of their own.
type bodies struct {
	head, tail string
	n          atomic.Int64
}

func newBodies() (*bodies, http.Header, error) {
	const mark = "1000000000"
	m, err := session(true).Encode(theCall(), mark)
	if err != nil {
		return nil, nil, err
	}
	var text bytes.Buffer
	if _, err := m.Body.WriteTo(&text); err != nil {
		return nil, nil, err
	}
	head, tail, _ := bytes.Cut(text.Bytes(), []byte(mark))
	return &bodies{head: string(head), tail: string(tail)}, m.Header, nil
}

func (b *bodies) next() []byte {
	id := strconv.FormatInt(1_000_000_000+b.n.Add(1), 10)
	return []byte(b.head + id + b.tail)
}

// onVegeta is vegeta's library at its highest rate, its results drained, or also given
// to its metrics.
func onVegeta(address string, metrics bool) client {
	return func(ctx context.Context, turn time.Duration) (sample, error) {
		bodies, header, err := newBodies()
		if err != nil {
			return sample{}, err
		}
		attacker := vegeta.NewAttacker(vegeta.Workers(clients), vegeta.MaxWorkers(clients), vegeta.Connections(clients))
		targeter := func(t *vegeta.Target) error {
			*t = vegeta.Target{Method: http.MethodPost, URL: "http://" + address + "/mcp", Body: bodies.next(), Header: header}
			return nil
		}
		stop := context.AfterFunc(ctx, func() { attacker.Stop() })
		defer stop()
		return measured(func() (calls int64, err error) {
			var all vegeta.Metrics
			for r := range attacker.Attack(targeter, vegeta.ConstantPacer{}, turn, "yardstick") {
				if r.Error != "" {
					err = fmt.Errorf("vegeta: %s", r.Error)
				}
				if metrics {
					all.Add(r)
				}
				calls++
			}
			return calls, err
		})
	}
}

// reply is an answer as far as it must be read to be judged.
type reply struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  *struct {
		IsError bool              `json:"isError"`
		Content []json.RawMessage `json:"content"`
	} `json:"result"`
	Error *struct {
		Code    int64  `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

// onNetHTTP is the client of the standard library, whose answers encoding/json judges.
func onNetHTTP(address string) client {
	return func(ctx context.Context, turn time.Duration) (sample, error) {
		bodies, header, err := newBodies()
		if err != nil {
			return sample{}, err
		}
		c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients, DisableCompression: true}}
		defer c.CloseIdleConnections()
		return measured(func() (int64, error) {
			return together(clients, turn, func() error {
				res, err := post(ctx, c, address, header, bodies.next())
				if err != nil {
					return err
				}
				defer res.Body.Close()
				var answer reply
				if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
					return err
				}
				_, err = io.Copy(io.Discard, res.Body)
				return err
			})
		})
	}
}

// together does something again and again in so many goroutines, and returns how often.
func together(n int, turn time.Duration, do func() error) (int64, error) {
	var calls atomic.Int64
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	end := time.Now().Add(turn)
	for range n {
		all.Go(func() {
			for time.Now().Before(end) {
				if err := do(); err != nil {
					failed.Store(&err)
					return
				}
				calls.Add(1)
			}
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return calls.Load(), nil
}

// post sends a call through net/http.
func post(ctx context.Context, c *http.Client, address string, header http.Header, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/mcp", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header = header
	return c.Do(req)
}
