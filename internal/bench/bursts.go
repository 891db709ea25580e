package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"slices"
	"sync"
	"time"

	"github.com/mcpfuzz/mcpfuzz/loadgen"
)

// bursts is how many there are in a turn.
const bursts = 50

// besideBursts puts bursts of so many calls, each sent by a goroutine with the client of the
// standard library, beside ours.
func besideBursts(size int) func() (client, client, func(), error) {
	return func() (client, client, func(), error) {
		address, stop, err := startCanned(overHTTP)
		return burstsOnNetHTTP(address, size), ourBursts(address, size), stop, err
	}
}

// together100 are bursts of 100 calls of 5 ms each.
func together100() (yardstick, ours client, stop func(), err error) {
	address, stop, err := startCanned(overHTTPWorking)
	return nil, ourBursts(address, 100), stop, err
}

func ourBursts(address string, size int) client {
	return func(ctx context.Context, _ time.Duration) (sample, error) {
		start := time.Now()
		r, err := loadgen.Burst{Size: size, Times: bursts, Load: httpLoad(address)}.Run(ctx)
		ms := func(n float64) time.Duration { return time.Duration(n * float64(time.Millisecond)) }
		return sample{
			calls: int64(r.Times * size), took: time.Since(start), p50: ms(r.Skew.Median), least: ms(r.Skew.Min),
			right: float64(r.Together) / float64(max(r.Times, 1)),
		}, err
	}
}

func burstsOnNetHTTP(address string, size int) client {
	return func(ctx context.Context, _ time.Duration) (sample, error) {
		bodies, header, err := newBodies()
		if err != nil {
			return sample{}, err
		}
		c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: size, DisableCompression: true}}
		defer c.CloseIdleConnections()
		var skews []time.Duration
		start := time.Now()
		for i := range bursts + 1 {
			skew, err := oneBurst(ctx, size, func(ctx context.Context) error {
				res, err := post(ctx, c, address, header, bodies.next())
				if err != nil {
					return err
				}
				defer res.Body.Close()
				_, err = io.Copy(io.Discard, res.Body)
				return err
			})
			if err != nil {
				return sample{}, err
			}
			if i > 0 { // the first opens the connections
				skews = append(skews, skew)
			}
		}
		slices.Sort(skews)
		return sample{calls: int64(bursts * size), took: time.Since(start), p50: skews[len(skews)/2]}, nil
	}
}

// oneBurst does something in so many goroutines at once, and tells how far apart its requests
// were written.
func oneBurst(ctx context.Context, size int, do func(context.Context) error) (time.Duration, error) {
	sent, errs := make([]time.Time, size), make([]error, size)
	var all sync.WaitGroup
	for i := range size {
		all.Go(func() {
			errs[i] = do(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
				WroteRequest: func(httptrace.WroteRequestInfo) { sent[i] = time.Now() },
			}))
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return 0, err
		}
	}
	return slices.MaxFunc(sent, time.Time.Compare).Sub(slices.MinFunc(sent, time.Time.Compare)), nil
}
