package campaign_test

import (
	"os"
	"regexp"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// BenchmarkMemory measures what lives on the heap when the last case of a run has been
// judged, and the most that the process ever held, of a run and of one ten times as
// long: neither may grow with the number of cases.
func BenchmarkMemory(b *testing.B) {
	for b.Loop() {
		heap, peak := memoryOf(b, 20_000)
		heapLong, peakLong := memoryOf(b, 200_000)
		b.ReportMetric(heapLong/heap, "heap-ratio")
		b.ReportMetric(heapLong/(1<<20), "heap-MiB")
		b.ReportMetric(peakLong/peak, "rss-ratio")
		b.ReportMetric(peakLong/(1<<20), "rss-MiB")
	}
}

// memoryOf are the bytes that a run of so many cases holds at its end, and the most
// that this process held. Large values, which cost time and are as large in each
// run, are left out.
func memoryOf(b *testing.B, cases int) (heap, peak float64) {
	b.Helper()
	cfg := config(inMemory(b), cases)
	cfg.Filter.Skip = []string{"S2", "S5"}
	cfg.Log = func(record.Line) error { return nil }
	var once sync.Once
	cfg.Progress = func(done, of, _ int) {
		if done < of {
			return
		}
		once.Do(func() {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			heap = float64(m.HeapAlloc)
		})
	}
	s, err := campaign.Run(b.Context(), cfg)
	if err != nil || s.Cases != cases || heap == 0 {
		b.Fatal(s.Cases, heap, err)
	}
	return heap, peakRSS(b)
}

var highWater = regexp.MustCompile(`VmHWM:\s+([0-9]+) kB`)

// peakRSS is the most resident memory that this process ever held, in bytes, where
// the system says.
func peakRSS(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	found := highWater.FindSubmatch(status)
	if err != nil || found == nil {
		b.Skip("this system does not say how much memory a process held")
	}
	kib, err := strconv.Atoi(string(found[1]))
	if err != nil {
		b.Fatal(err)
	}
	return float64(kib) * 1024
}
