package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// sampler measures what the target uses.
type sampler func(context.Context) (transport.Sample, error)

// samplerOf measures the process of that id, or, where that is 0, what we started.
func samplerOf(t target, pid int) sampler {
	if pid == 0 {
		return t.Sample
	}
	return func(ctx context.Context) (transport.Sample, error) { return transport.SampleOf(ctx, pid) }
}

// checkPID reports an error where a process was named that cannot be measured.
func checkPID(ctx context.Context, pid int) error {
	if pid == 0 {
		return nil
	}
	if _, err := transport.SampleOf(ctx, pid); err != nil {
		return fmt.Errorf("--pid %d: %w", pid, err)
	}
	return nil
}

// sampling measures a target again and again.
type sampling struct {
	take sampler
	stop context.CancelFunc
	all  sync.WaitGroup
	used *record.Used
}

// betweenSamples is long enough that looking does not disturb.
const betweenSamples = time.Second

// startSampling measures until end is called. What cannot be measured is left out.
func startSampling(ctx context.Context, take sampler) *sampling {
	s := &sampling{take: take}
	first, err := take(ctx)
	ctx, s.stop = context.WithCancel(ctx)
	if err != nil {
		return s
	}
	before := usage(first)
	s.used = &record.Used{Before: before, Peak: before}
	s.all.Go(func() {
		tick := time.NewTicker(betweenSamples)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if now, err := take(ctx); err == nil {
					s.used.Peak = s.used.Peak.Or(usage(now))
				}
			}
		}
	})
	return s
}

// end measures once more and returns what was used; nil where nothing is known.
func (s *sampling) end(ctx context.Context) *record.Used {
	s.stop()
	s.all.Wait()
	if s.used == nil {
		return nil
	}
	last, err := s.take(ctx)
	if err != nil {
		s.used.Gone = true
		return s.used
	}
	s.used.After = usage(last)
	s.used.Peak = s.used.Peak.Or(s.used.After)
	return s.used
}

func usage(s transport.Sample) record.Usage {
	return record.Usage{CPU: s.CPU.Seconds(), RSS: s.RSS, Files: s.Files, Threads: s.Threads}
}
