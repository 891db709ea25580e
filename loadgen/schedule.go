package loadgen

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
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
	// FollowUps is the share of the prompts of an open load whose answers another follows at
	// once, which again another may follow.
	FollowUps float64
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
	roundStream
)

const (
	// mostRounds bounds how many prompts follow one.
	mostRounds = 100
	// roundStep is from the number of a prompt to that of the one that follows it.
	roundStep = 1 << 32
)

// rounds is how many prompts follow the one of that number.
func (s Schedule) rounds(number uint64) (n int) {
	for n < mostRounds && unit(generators.Derive(s.Seed, roundStream, number, uint64(n))) < s.FollowUps {
		n++
	}
	return n
}

// unit makes a draw a number between 0 and 1.
func unit(draw uint64) float64 {
	const bits = 53 // of a float64
	return (float64(draw>>(64-bits)) + 0.5) / (1 << bits)
}

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

// closed are the prompts of a closed load, whose times follow from the answers.
func (s Schedule) closed() iter.Seq[Prompt] {
	return func(yield func(Prompt) bool) {
		for n := uint64(0); yield(Prompt{Number: n, Calls: s.calls(n)}); n++ {
		}
	}
}

// Digest names the first prompts of a schedule, of a workload of so many right calls: their
// times, unless the load is closed, and which calls they fire.
func (s Schedule) Digest(prompts int64, calls int) string {
	d := newDigester(s, calls)
	defer d.stop()
	return d.upTo(prompts)
}

// digester names more and more prompts of a schedule. It is not safe for concurrent use.
type digester struct {
	plan  Schedule
	right int
	hash  hash.Hash
	next  func() (Prompt, bool)
	stop  func()
	count int64
	// fired and text are memory for one prompt.
	fired []int
	text  []byte
}

func newDigester(s Schedule, right int) *digester {
	d := &digester{plan: s, right: right, hash: sha256.New()}
	prompts := s.closed()
	if s.Pacer != nil {
		prompts = s.Prompts()
	}
	d.next, d.stop = iter.Pull(prompts)
	if s.Traffic != nil {
		d.hash.Write(s.Traffic.digest[:])
	}
	return d
}

// upTo names that many prompts, or all that there are; no fewer than the last time.
func (d *digester) upTo(prompts int64) string {
	for ; d.count < prompts; d.count++ {
		p, more := d.next()
		if !more {
			break
		}
		d.fired = d.plan.fires(p.Number, d.right, d.fired[:0])
		d.text = binary.AppendUvarint(binary.AppendUvarint(d.text[:0], uint64(p.At)), uint64(len(d.fired)))
		for _, call := range d.fired {
			d.text = binary.AppendUvarint(d.text, uint64(call))
		}
		if d.plan.FollowUps > 0 {
			d.text = binary.AppendUvarint(d.text, uint64(d.plan.rounds(p.Number)))
		}
		d.hash.Write(d.text)
	}
	return hex.EncodeToString(d.hash.Sum(nil))
}
