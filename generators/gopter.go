package generators

import (
	"github.com/leanovate/gopter"
)

// tapeLength is how many choices gopter makes for one value.
const tapeLength = 64

// Gen adapts a function of a Draw, and the way its values become simpler, to a
// gopter generator, so that properties over it shrink as everything else does.
func Gen[T any](draw func(*Draw) T, shrinks func(T) []T) gopter.Gen {
	shrinker := func(v any) gopter.Shrink {
		candidates, at := shrinks(v.(T)), 0
		return func() (any, bool) {
			if at == len(candidates) {
				return nil, false
			}
			at++
			return candidates[at-1], true
		}
	}
	return func(p *gopter.GenParameters) *gopter.GenResult {
		tape := make([]byte, tapeLength)
		for i := range tape {
			tape[i] = byte(p.Rng.Intn(256))
		}
		return gopter.NewGenResult(draw(FromTape(tape)), shrinker)
	}
}
