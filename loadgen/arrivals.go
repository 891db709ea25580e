package loadgen

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/mcpfuzz/mcpfuzz/generators"
)

// Rates are the figures of an open load, in prompts.
type Rates struct {
	Seed uint64
	// PerSecond is how many start in a second: at all times, in the mean, or at first.
	PerSecond int
	// Peak is the rate at the end of a ramp or on top of a sine, or how many start
	// together in a burst; 0 for twice the rate, half as much more for a sine.
	Peak int
	// Period is the length of a wave of a sine, 0 for all of the time; For is all of it.
	Period, For time.Duration
}

// Arrival is a way in which prompts come by themselves, whether the last are answered or
// not.
type Arrival struct {
	Name, Doc string
	// Pacer makes the Pacer of some rates.
	Pacer func(Rates) (vegeta.Pacer, error)
}

// Arrivals returns all of them, the plainest first.
func Arrivals() []Arrival {
	return []Arrival{
		{"constant", "One prompt after the other, all as far apart.", func(r Rates) (vegeta.Pacer, error) {
			return vegeta.ConstantPacer{Freq: r.PerSecond, Per: time.Second}, nil
		}},
		{"poisson", "Independent prompts, as those of many people are.", func(r Rates) (vegeta.Pacer, error) {
			return Poisson{PerSecond: float64(r.PerSecond), Seed: r.Seed}, nil
		}},
		{"ramp", "From the rate evenly up, or down, to the peak.", func(r Rates) (vegeta.Pacer, error) {
			slope := float64(r.peak()-r.PerSecond) / r.For.Seconds()
			return vegeta.LinearPacer{StartAt: vegeta.Rate{Freq: r.PerSecond, Per: time.Second}, Slope: slope}, nil
		}},
		{"sine", "Around the rate up to the peak and as far down, in waves.", sine},
		{"burst", "So many prompts at once as the peak says, as often as makes the rate.", func(r Rates) (vegeta.Pacer, error) {
			every := float64(r.peak()) / float64(r.PerSecond) * float64(time.Second)
			return Bursts{Size: r.peak(), Every: time.Duration(every)}, nil
		}},
	}
}

// mostPrompts is how many may start in a second: one in each nanosecond.
const mostPrompts = int(time.Second)

// NewPacer makes the Pacer of a kind of arrivals.
func NewPacer(name string, r Rates) (vegeta.Pacer, error) {
	switch {
	case r.PerSecond < 1 || r.For <= 0:
		return nil, errors.New("a load needs a rate of at least 1 prompt a second and a time above 0")
	case r.Peak < 0 || r.Period < 0:
		return nil, errors.New("the peak and the period of a load are no less than 0")
	case max(r.PerSecond, r.Peak) > mostPrompts:
		return nil, fmt.Errorf("the load is of more than %d prompts a second, which no clock tells apart", mostPrompts)
	}
	var names []string
	for _, a := range Arrivals() {
		if a.Name == name {
			return a.Pacer(r)
		}
		names = append(names, a.Name)
	}
	return nil, fmt.Errorf("there are no arrivals %q, but %s", name, strings.Join(names, ", "))
}

func (r Rates) peak() int {
	if r.Peak == 0 {
		return 2 * r.PerSecond
	}
	return r.Peak
}

func sine(r Rates) (vegeta.Pacer, error) {
	up := r.Peak - r.PerSecond
	if r.Peak == 0 {
		up = r.PerSecond / 2
	}
	if up < 0 || up >= r.PerSecond {
		return nil, fmt.Errorf("the peak of a sine is %d prompts a second; want one from the rate up to less than twice of that", r.Peak)
	}
	if r.Period == 0 {
		r.Period = r.For
	}
	return vegeta.SinePacer{
		Period: r.Period, Mean: vegeta.Rate{Freq: r.PerSecond, Per: time.Second}, Amp: vegeta.Rate{Freq: up, Per: time.Second},
	}, nil
}

// Poisson is a Pacer of independent arrivals at a mean rate per second. Each wait is
// counted from the hit before, which is when a Schedule asks for it.
type Poisson struct {
	PerSecond float64
	Seed      uint64
}

// Pace draws the wait for a hit; it follows from the seed and the number alone.
func (p Poisson) Pace(_ time.Duration, hits uint64) (time.Duration, bool) {
	u := unit(generators.Derive(p.Seed, gapStream, hits))
	return time.Duration(-math.Log(u) / p.PerSecond * float64(time.Second)), p.PerSecond <= 0
}

// Rate is the mean number of hits in a second.
func (p Poisson) Rate(time.Duration) float64 { return p.PerSecond }

// Bursts is a Pacer of so many hits at once, again and again.
type Bursts struct {
	Size  int
	Every time.Duration
}

// Pace waits for the next burst where the last one is complete.
func (b Bursts) Pace(elapsed time.Duration, hits uint64) (time.Duration, bool) {
	if b.Size < 1 || b.Every <= 0 {
		return 0, true
	}
	return max(0, time.Duration(hits/uint64(b.Size))*b.Every-elapsed), false
}

// Rate is the number of hits in a second over many bursts.
func (b Bursts) Rate(time.Duration) float64 { return float64(b.Size) / b.Every.Seconds() }
