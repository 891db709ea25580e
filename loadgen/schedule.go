package loadgen

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"iter"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/mcpfuzz/mcpfuzz/generators"
)

// Schedule says which calls are due when. It is a pure function of its fields: the same
// fields make the same load.
type Schedule struct {
	Seed uint64
	// Pacer says when each prompt follows the one before; the first starts at once. Nil
	// for a closed load, in which prompts follow answers.
	Pacer vegeta.Pacer
	// FanOut says how many calls a prompt fires at once, Traffic which of them are wrong and
	// how; nil for none.
	FanOut  FanOut
	Traffic *Traffic
	// For is how long prompts are started, MaxCalls how many calls are at most.
	For      time.Duration
	MaxCalls int64
}

// FanOut is how many calls a prompt fires: always so many, or as many as the responses
// of a model were seen to make, which goes first.
type FanOut struct {
	Fixed    int
	Measured generators.FanOut
}

// most is the highest number of calls that a prompt may fire, mean the mean.
func (f FanOut) most() int {
	if n := len(f.Measured); n > 0 {
		return f.Measured[n-1].Calls // the fewest calls stand first
	}
	return f.Fixed
}

func (f FanOut) mean() float64 {
	total := f.Measured.Total()
	if total == 0 {
		return float64(f.Fixed)
	}
	calls := 0
	for _, r := range f.Measured {
		calls += r.Calls * r.Count
	}
	return float64(calls) / float64(total)
}

// Prompt is one request of a user: calls that are due at once.
type Prompt struct {
	// Number counts from 0; At is since the load began.
	Number uint64
	At     time.Duration
	Calls  int
}

// The streams of choices that follow from a seed.
const (
	fanOutStream uint64 = iota + 1
	callStream
	gapStream
)

// calls is how many calls the prompt of that number fires.
func (s Schedule) calls(number uint64) int {
	total := s.FanOut.Measured.Total()
	if total == 0 {
		return max(s.FanOut.Fixed, 1)
	}
	return s.FanOut.Measured.Calls(int(generators.Derive(s.Seed, fanOutStream, number) % uint64(total)))
}

// fires lists what the prompt of a number fires at once, behind what list holds: right calls,
// counted from 0, of which there are so many, and behind these the turns of the Traffic.
func (s Schedule) fires(number uint64, right int, list []int) []int {
	for i := range s.calls(number) {
		wrong := s.Traffic.at(number, i)
		for _, turn := range wrong {
			list = append(list, right-1+turn)
		}
		if len(wrong) == 0 {
			list = append(list, int(generators.Derive(s.Seed, callStream, number, uint64(i))%uint64(right)))
		}
	}
	return list
}

// Prompts are those of an open load, in order of time.
func (s Schedule) Prompts() iter.Seq[Prompt] {
	return func(yield func(Prompt) bool) {
		first, stop := s.Pacer.Pace(0, 0)
		at := first
		var calls int64
		for n := uint64(0); !stop && at-first < s.For; n++ {
			p := Prompt{Number: n, At: at - first, Calls: s.calls(n)}
			if calls += int64(p.Calls); calls > s.MaxCalls || !yield(p) {
				return
			}
			var wait time.Duration
			wait, stop = s.Pacer.Pace(at, n+1)
			at += max(wait, 0)
		}
	}
}

// Digest names the first prompts of a schedule, of a workload of so many right calls: their
// times, unless the load is closed, and which calls they fire.
func (s Schedule) Digest(prompts int64, calls int) string {
	h := sha256.New()
	if s.Traffic != nil {
		h.Write(s.Traffic.digest[:])
	}
	var record []byte
	var fired []int
	add := func(p Prompt) {
		fired = s.fires(p.Number, calls, fired[:0])
		record = binary.AppendUvarint(binary.AppendUvarint(record[:0], uint64(p.At)), uint64(len(fired)))
		for _, call := range fired {
			record = binary.AppendUvarint(record, uint64(call))
		}
		h.Write(record)
	}
	if s.Pacer == nil {
		for n := range uint64(prompts) {
			add(Prompt{Number: n, Calls: s.calls(n)})
		}
		return hex.EncodeToString(h.Sum(nil))
	}
	for p := range s.Prompts() {
		if prompts--; prompts < 0 {
			break
		}
		add(p)
	}
	return hex.EncodeToString(h.Sum(nil))
}
