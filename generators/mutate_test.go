package generators_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// changedLines counts the lines of either text that the other has not, in
// order.
func changedLines(a, b string) int {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	row := make([]int, len(y)+1)
	for i := range x {
		diagonal := 0
		for j := range y {
			above := row[j+1]
			if x[i] == y[j] {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(row[j], above)
			}
			diagonal = above
		}
	}
	return max(len(x), len(y)) - row[len(y)]
}

// One changed byte of a tape changes little: the native fuzzer can climb.
func TestOneByteChangesLittle(t *testing.T) {
	deck, _ := richDeck(t, 1)
	base := steps(t, `call read_file {"path": "a.txt"}
call add {"a": 1, "b": 2}
call echo {"message": "x"}`)
	r := rand.New(rand.NewPCG(1, 1))
	counts := map[int]int{}
	const trials = 1500
	for range trials {
		tape := make([]byte, 64)
		for i := range tape {
			tape[i] = byte(r.IntN(256))
		}
		d := generators.FromTape(tape)
		before := linesOf(deck.Mutate(d, base))
		used := len(d.Tape())
		tape[r.IntN(used)] ^= byte(1 + r.IntN(255))
		counts[min(changedLines(before, linesOf(deck.Mutate(generators.FromTape(tape), base))), 4)]++
	}
	little := 100 * (counts[0] + counts[1]) / trials
	t.Logf("steps changed by one byte, of %d trials: none %d, one %d, two %d, three %d, more %d", trials, counts[0], counts[1], counts[2], counts[3], counts[4])
	if little < 50 || counts[0] > trials/2 {
		t.Errorf("%d%% change at most one step: %v", little, counts)
	}
}

func TestMutateIsSoundAndPure(t *testing.T) {
	deck, _ := richDeck(t, 1)
	library := scenarios.Library()
	seen := map[string]bool{}
	for i := range 600 {
		base := library[i%len(library)]
		before := string(scenarios.Format(base))
		one := deck.Mutate(generators.FromSeed(uint64(i)), base)
		if err := one.Check(); err != nil {
			t.Fatalf("%v:\n%s", err, scenarios.Format(one))
		}
		if len(one.Steps) == 0 || len(one.Steps) > max(12, len(base.Steps)) || one.Finding != nil {
			t.Fatalf("%d steps, %v", len(one.Steps), one.Finding)
		}
		if again := deck.Mutate(generators.FromSeed(uint64(i)), base); linesOf(again) != linesOf(one) {
			t.Fatal("not a function of the draw and the base")
		}
		if string(scenarios.Format(base)) != before {
			t.Fatal("the base was changed")
		}
		seen[linesOf(one)] = true
	}
	// A draw changes nothing in one case of four, as a tape that has run out does.
	if len(seen) < 350 {
		t.Errorf("only %d of 600 differ", len(seen))
	}
	empty := generators.NewDeck(1, nil, nil)
	if got := empty.Mutate(generators.FromSeed(1), library[0]); linesOf(got) != linesOf(library[0]) {
		t.Error("a deck without pairs changes a case")
	}
	if got := deck.Mutate(generators.FromTape(nil), library[0]); slices.Equal(got.Steps, nil) {
		t.Error("an empty tape makes nothing")
	}
}
