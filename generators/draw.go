package generators

import (
	"math/rand/v2"
	"slices"
)

// Draw is a stream of small choices. Choice 0 is always the simplest, and a
// tape that runs out yields zeros, so every tape decodes to something. A Draw
// is not safe for concurrent use.
type Draw struct {
	rand *rand.Rand
	tape []byte
	// at is how much of a given tape is used.
	at int
	// turn is the number of the case among those of its class; what is chosen in
	// turn follows from it where inTurn is set.
	turn  int
	turns bool
}

// FromSeed draws from a generator (PCG) that starts at seed.
func FromSeed(seed uint64) *Draw { return &Draw{rand: rand.New(rand.NewPCG(seed, 0x6d637066757a7a))} }

// FromTape draws from recorded bytes.
func FromTape(tape []byte) *Draw { return &Draw{tape: slices.Clone(tape)} }

// Tape returns the bytes of the choices made so far; FromTape makes the same
// choices of them.
func (d *Draw) Tape() []byte {
	if d.rand == nil {
		return slices.Clone(d.tape[:min(d.at, len(d.tape))])
	}
	return slices.Clone(d.tape)
}

// N chooses a number in [0, n); 0 when n is at most 1. It takes one byte of
// the tape when n <= 256.
func (d *Draw) N(n int) int {
	if n <= 1 {
		return 0
	}
	width := widthOf(n)
	if d.rand != nil {
		return d.record(d.rand.IntN(n), width)
	}
	var v uint64
	for range width {
		v = v<<8 | uint64(d.next())
	}
	return int(v % uint64(n))
}

// widthOf is how many bytes of the tape a choice among n takes.
func widthOf(n int) int {
	width := 1
	for limit := 256; limit < n && width < 8; limit <<= 8 {
		width++
	}
	return width
}

// record keeps a choice on the tape.
func (d *Draw) record(v, width int) int {
	for shift := width - 1; shift >= 0; shift-- {
		d.tape = append(d.tape, byte(v>>(8*shift)))
	}
	return v
}

// Turn chooses like N. In a deck that deals every pair alike the cases of a class
// have all choices in turn, so that none is left to luck.
func (d *Draw) Turn(n int) int {
	if !d.turns || n <= 1 {
		return d.N(n)
	}
	v := d.turn % n
	d.turn /= n
	return d.record(v, widthOf(n))
}

func (d *Draw) next() byte {
	d.at++
	if d.at > len(d.tape) {
		return 0
	}
	return d.tape[d.at-1]
}

// Bool chooses; false is the simpler.
func (d *Draw) Bool() bool { return d.N(2) == 1 }

// pick chooses one of a list that is not empty.
func pick[T any](d *Draw, list []T) T { return list[d.N(len(list))] }

// inTurn chooses one of a list that is not empty, all in turn.
func inTurn[T any](d *Draw, list []T) T { return list[d.Turn(len(list))] }

// Derive makes the seed of one stream of choices out of a run's seed
// (splitmix64, Steele et al. 2014).
func Derive(seed uint64, parts ...uint64) uint64 {
	for _, p := range parts {
		seed += 0x9e3779b97f4a7c15 + p*0xbf58476d1ce4e5b9
		seed = (seed ^ seed>>30) * 0xbf58476d1ce4e5b9
		seed = (seed ^ seed>>27) * 0x94d049bb133111eb
		seed ^= seed >> 31
	}
	return seed
}
