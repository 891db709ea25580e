package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/internal/report"
	"github.com/mcpfuzz/mcpfuzz/loadgen"
	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// play learns which calls work, sends them and tells what became of them.
func (f *loadFlags) play(cmd *cobra.Command, cfg campaign.Config, t target, load loadgen.Config, expected []loadgen.Expectation) error {
	ctx := cmd.Context()
	ready, err := f.pick.prepare(ctx, cfg)
	if err != nil {
		return err
	}
	defer ready.Close()
	load.Session, load.Calls, load.URL = ready.Session, ready.Calls, ready.Conn.Address()
	if load.Plan.Traffic, err = f.traffic(ready); err != nil {
		return exit{exitUntestable, err}
	}
	if load.URL == "" {
		load.Conn = ready.Conn
	}
	watch := startSampling(ctx, samplerOf(t, f.pid))
	answer, err := f.measure(cmd, t, load)
	answer.Used = watch.end(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}
	for _, e := range expected {
		answer.Expected = append(answer.Expected, e.Judge(answer))
	}
	if err := f.save(answer); err != nil {
		return exit{exitUsage, err}
	}
	if err := printLoad(cmd.OutOrStdout(), f.format, answer); err != nil {
		return exit{exitUsage, err}
	}
	if ctx.Err() != nil {
		return exit{exitInterrupted, nil}
	}
	return loadVerdict(answer)
}

// traffic is what the models of the profile get wrong; nil where none is asked for.
func (f *loadFlags) traffic(ready campaign.Ready) (*loadgen.Traffic, error) {
	profile, ok := generators.FindProfile(f.profile)
	if !ok {
		return nil, nil
	}
	return loadgen.NewTraffic(f.rates.Seed, profile, loadgen.Offer{Catalog: ready.Catalog, Callable: ready.Callable, Known: ready.Known})
}

// measure sends the load, and what follows it to study the server.
func (f *loadFlags) measure(cmd *cobra.Command, t target, load loadgen.Config) (record.Load, error) {
	ctx := cmd.Context()
	bar := newLoadProgress(cmd.ErrOrStderr(), load.Plan.For)
	load.Progress, load.IDs = bar.update, new(atomic.Int64)
	named := func(result loadgen.Result) record.Load {
		l := result.Record(load)
		l.Target, l.Problem, l.Nice = t.String(), t.redact.String(l.Problem), t.nice
		return l
	}
	if f.out != "" {
		load.Snapshot = func(result loadgen.Result) {
			l := named(result)
			l.Running = true
			_ = f.save(l) // if it cannot be done in the end, that is told
		}
	}
	result, err := f.send(ctx, load)
	bar.done()
	if err != nil {
		return record.Load{}, exit{exitUsage, err}
	}
	answer := named(result)
	for _, part := range []struct {
		asked bool
		play  func() error
	}{
		{f.study.asked(), func() error {
			answer.Study, err = f.study.study(ctx, load, t, newStudyProgress(cmd.ErrOrStderr()))
			return err
		}},
		{f.slow.clients > 0, func() error {
			answer.Slow, err = f.slow.play(ctx, load, t, newStudyProgress(cmd.ErrOrStderr()))
			return err
		}},
		{f.burst > 0, func() error {
			b, err := f.bursts(load).Run(ctx)
			answer.Burst = &b
			return err
		}},
		{f.sessions > 0, func() error {
			answer.Sessions, err = f.manySessions(ctx, load, t)
			return err
		}},
	} {
		if !part.asked || ctx.Err() != nil {
			continue
		}
		if err := part.play(); err != nil {
			return answer, exit{exitUntestable, err}
		}
	}
	return answer, nil
}

// save saves the answer where that is asked for.
func (f *loadFlags) save(l record.Load) error {
	if f.out == "" {
		return nil
	}
	return record.Save(f.out, l)
}

// send sends the load, and writes its calls where that is asked for.
func (f *loadFlags) send(ctx context.Context, load loadgen.Config) (loadgen.Result, error) {
	if f.raw == "" {
		return loadgen.Run(ctx, load)
	}
	file, err := os.Create(f.raw)
	if err != nil {
		return loadgen.Result{}, fmt.Errorf("--raw: %w", err)
	}
	raw := loadgen.NewRaw(file, load)
	load.Each = raw.Add
	result, err := loadgen.Run(ctx, load)
	if failed := errors.Join(raw.Close(), file.Close()); err == nil && failed != nil {
		err = fmt.Errorf("--raw: %w", failed)
	}
	return result, err
}

// bursts are those that were asked for.
func (f *loadFlags) bursts(load loadgen.Config) loadgen.Burst {
	return loadgen.Burst{Load: load, Size: f.burst, Times: f.times}
}

// checkBursts reports what of the bursts that were asked for cannot be.
func (f *loadFlags) checkBursts(load loadgen.Config) error {
	if f.burst == 0 && f.times == defaultBursts {
		return nil
	}
	return f.bursts(load).Check()
}

func printLoad(w io.Writer, format string, l record.Load) error {
	if format == "json" {
		return l.Encode(w)
	}
	return report.Load(w, l, tableOptions(w))
}

// badUnexpected are the outcomes that fail a load of which nothing is expected.
var badUnexpected = []oracles.Outcome{oracles.Garbled, oracles.Dropped, oracles.Crashed, oracles.Hung, oracles.Faulted}

// loadVerdict fails a load under which calls got a wrong answer, or of which something else
// was than was expected. Where nothing was, calls without an answer fail it, too.
func loadVerdict(l record.Load) error {
	failed := l.Outcomes[oracles.Garbled.String()] > 0
	for _, v := range loadgen.Verdicts() {
		failed = failed || v.Fails && l.Study != nil && l.Study.Verdict == v.Name
	}
	for _, bad := range badUnexpected {
		failed = failed || len(l.Expected) == 0 && l.Outcomes[bad.String()] > 0
	}
	for _, x := range l.Expected {
		failed = failed || !x.Held
	}
	if failed {
		return exit{exitFindings, nil}
	}
	return nil
}
