package generators_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/generators"
)

var ranges = []int{0, 1, 2, 5, 255, 256, 257, 65_536, 65_537, 1 << 30, 1 << 62}

func choices(d *generators.Draw) []int {
	var list []int
	for range 50 {
		for _, n := range ranges {
			list = append(list, d.N(n))
		}
	}
	return list
}

func TestTapeReplaysASeed(t *testing.T) {
	for seed := range uint64(20) {
		d := generators.FromSeed(seed)
		want := choices(d)
		replay := generators.FromTape(d.Tape())
		if got := choices(replay); !slices.Equal(got, want) {
			t.Fatalf("seed %d: %v, then %v", seed, want, got)
		}
		if !bytes.Equal(replay.Tape(), d.Tape()) {
			t.Fatalf("seed %d: the replay has another tape", seed)
		}
		if again := choices(generators.FromSeed(seed)); !slices.Equal(again, want) {
			t.Fatalf("seed %d draws something else the second time", seed)
		}
		if other := choices(generators.FromSeed(seed + 1)); slices.Equal(other, want) {
			t.Fatalf("seeds %d and %d draw the same", seed, seed+1)
		}
	}
}

func TestChoicesTakeFewBytes(t *testing.T) {
	for n, want := range map[int]int{-1: 0, 0: 0, 1: 0, 2: 1, 256: 1, 257: 2, 65_536: 2, 65_537: 3, 1 << 24: 3, 1 << 40: 5, 1 << 62: 8} {
		d := generators.FromSeed(1)
		d.N(n)
		if got := len(d.Tape()); got != want {
			t.Errorf("a choice among %d takes %d bytes, want %d", n, got, want)
		}
	}
}

func TestEveryTapeDecodes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		tape := make([]byte, r.IntN(40))
		for i := range tape {
			tape[i] = byte(r.IntN(256))
		}
		original := slices.Clone(tape)
		d := generators.FromTape(tape)
		for i, v := range choices(d) {
			if n := ranges[i%len(ranges)]; v < 0 || v >= max(n, 1) {
				t.Fatalf("%x: %d is not below %d", tape, v, n)
			}
		}
		if !bytes.Equal(tape, original) || !bytes.Equal(d.Tape(), tape) {
			t.Fatalf("%x: changed, or not used up: %x", original, d.Tape())
		}
		for i, v := range choices(d) {
			if v != 0 {
				t.Fatalf("choice %d is %d behind the end of the tape", i, v)
			}
		}
	}
	if d := generators.FromTape(nil); d.Bool() || d.N(9) != 0 {
		t.Error("an empty tape does not choose what is simplest")
	}
}

func TestDeriveSeparatesStreams(t *testing.T) {
	seen := map[uint64]bool{}
	for seed := range uint64(20) {
		for stream := range uint64(20) {
			for i := range uint64(20) {
				seen[generators.Derive(seed, stream, i)] = true
			}
		}
	}
	if len(seen) != 20*20*20 {
		t.Errorf("%d of 8000 are different", len(seen))
	}
	if again := generators.Derive(1, 2, 3); generators.Derive(1, 2, 3) != again || generators.Derive(1, 3, 2) == again {
		t.Error("not a function of its parts in their order")
	}
}
