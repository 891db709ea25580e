package main

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/mcpfuzz/mcpfuzz/loadgen"
)

// progress is a bar with an estimate on a terminal, and nothing elsewhere.
type progress struct {
	pool *mpb.Progress
	bar  *mpb.Bar
}

func newProgress(w io.Writer, total int) *progress {
	return onTerminal(w, int64(total), decor.Name("cases "), decor.CountersNoUnit("%d / %d"))
}

// newStudyProgress is a bar of levels, of which it is not known how many there will be.
func newStudyProgress(w io.Writer) *progress {
	return onTerminal(w, 1, decor.Name("levels "), decor.CountersNoUnit("%d / %d"))
}

// onTerminal is a bar that begins with some decorators.
func onTerminal(w io.Writer, total int64, first ...decor.Decorator) *progress {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return &progress{}
	}
	pool := mpb.New(mpb.WithOutput(w), mpb.WithWidth(40))
	bar := pool.AddBar(total, mpb.PrependDecorators(first...),
		mpb.AppendDecorators(decor.Name("left "), decor.AverageETA(decor.ET_STYLE_GO)),
		mpb.BarRemoveOnComplete())
	return &progress{pool, bar}
}

// loadProgress is a bar that tells the rate of a load, its slow calls and its bad ones.
type loadProgress struct {
	*progress
	text atomic.Pointer[string]
}

func newLoadProgress(w io.Writer, limit time.Duration) *loadProgress {
	p := new(loadProgress)
	p.text.Store(new(string))
	p.progress = onTerminal(w, limit.Milliseconds(), decor.Any(func(decor.Statistics) string { return *p.text.Load() }))
	return p
}

// update shows how the load stands.
func (p *loadProgress) update(now loadgen.Progress) {
	if p.bar == nil {
		return
	}
	text := fmt.Sprintf("%.0f calls/s, p99 %v, %d not ok ", float64(now.Calls)/now.For.Seconds(), now.P99.Round(10*time.Microsecond), now.Calls-now.OK)
	p.text.Store(&text)
	p.bar.SetCurrent(now.For.Milliseconds())
}

// update shows how many of the cases are done.
func (p *progress) update(done, of, _ int) {
	if p.bar != nil {
		p.bar.SetTotal(int64(of), false)
		p.bar.SetCurrent(int64(done))
	}
}

// done takes the bar off the screen.
func (p *progress) done() {
	if p.bar != nil {
		p.bar.Abort(true)
		p.pool.Wait()
	}
}
