package loadgen_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/loadgen"
)

// schedule is a minute of a kind of arrivals at 100 prompts a second.
func schedule(t *testing.T, name string, seed uint64) loadgen.Schedule {
	t.Helper()
	pacer, err := loadgen.NewPacer(name, loadgen.Rates{Seed: seed, PerSecond: 100, Peak: 150, For: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return loadgen.Schedule{
		Seed: seed, Pacer: pacer, FanOut: loadgen.FanOut{Fixed: 1}, For: time.Minute, MaxCalls: loadgen.DefaultMaxCalls,
	}
}

func TestSchedulesFollowFromTheirSeed(t *testing.T) {
	for _, a := range loadgen.Arrivals() {
		s := schedule(t, a.Name, 1)
		prompts := slices.Collect(s.Prompts())
		if again := slices.Collect(schedule(t, a.Name, 1).Prompts()); !slices.Equal(prompts, again) {
			t.Errorf("%s: the same seed makes another schedule", a.Name)
		}
		if prompts[0].At != 0 {
			t.Errorf("%s: the first prompt starts at %v", a.Name, prompts[0].At)
		}
		if !slices.IsSortedFunc(prompts, func(a, b loadgen.Prompt) int { return int(a.At - b.At) }) || prompts[len(prompts)-1].At >= time.Minute {
			t.Errorf("%s: the times do not rise up to a minute", a.Name)
		}
		n := int64(len(prompts))
		if s.Digest(n, 3) != schedule(t, a.Name, 1).Digest(n, 3) || s.Digest(n, 3) == s.Digest(n-1, 3) || s.Digest(n, 3) == s.Digest(n, 4) {
			t.Errorf("%s: the digest does not name what is sent", a.Name)
		}
		if other := schedule(t, a.Name, 2); s.Digest(n, 3) == other.Digest(n, 3) {
			t.Errorf("%s: another seed has the same digest", a.Name)
		}
	}
}

func TestArrivals(t *testing.T) {
	// The prompts that start in each quarter of the minute.
	for name, want := range map[string][4]float64{
		"constant": {1500, 1500, 1500, 1500},
		"poisson":  {1500, 1500, 1500, 1500},
		"burst":    {1500, 1500, 1500, 1500},
		"ramp":     {1500 + 94, 1500 + 281, 1500 + 469, 1500 + 656},
		"sine":     {1500 + 477, 1500 + 477, 1500 - 477, 1500 - 477},
	} {
		var got [4]float64
		var gaps []float64
		last := time.Duration(0)
		for p := range schedule(t, name, 1).Prompts() {
			got[p.At/(15*time.Second)]++
			gaps = append(gaps, (p.At - last).Seconds())
			last = p.At
		}
		slack := 3.0
		if name == "poisson" {
			slack = 4 * math.Sqrt(1500)
		}
		for i := range got {
			if math.Abs(got[i]-want[i]) > slack && name != "burst" || math.Abs(got[i]-want[i]) > 150 {
				t.Errorf("%s: %v prompts by quarter, want %v", name, got, want)
				break
			}
		}
		mean, square := 0.0, 0.0
		for _, g := range gaps[1:] {
			mean += g / float64(len(gaps)-1)
			square += g * g / float64(len(gaps)-1)
		}
		// Of independent arrivals the deviation of the gaps is their mean.
		if name == "poisson" && math.Abs(math.Sqrt(square-mean*mean)/mean-1) > 0.05 {
			t.Errorf("the deviation of the gaps is %v, their mean %v", math.Sqrt(square-mean*mean), mean)
		}
	}
}

func TestFanOutIsAsMeasured(t *testing.T) {
	p, ok := generators.FindProfile("average")
	if !ok || len(p.FanOut) < 2 {
		t.Fatalf("the profile has the fan-out %v", p.FanOut)
	}
	s := schedule(t, "constant", 1)
	s.FanOut = loadgen.FanOut{Measured: p.FanOut}
	counts, prompts := map[int]float64{}, 0.0
	for prompt := range s.Prompts() {
		counts[prompt.Calls]++
		prompts++
	}
	for _, r := range p.FanOut {
		want := prompts * float64(r.Count) / float64(p.FanOut.Total())
		if math.Abs(counts[r.Calls]-want) > 5*math.Sqrt(want)+1 {
			t.Errorf("%v prompts fire %d calls, want %.0f", counts[r.Calls], r.Calls, want)
		}
		delete(counts, r.Calls)
	}
	if len(counts) > 0 {
		t.Errorf("prompts fire numbers of calls that were not measured: %v", counts)
	}
}

func TestAScheduleEndsWithItsCalls(t *testing.T) {
	s := schedule(t, "constant", 1)
	s.FanOut.Fixed, s.MaxCalls = 4, 10
	if n := len(slices.Collect(s.Prompts())); n != 2 {
		t.Errorf("%d prompts of 4 calls make at most 10, want 2", n)
	}
}
