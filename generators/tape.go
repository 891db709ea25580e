package generators

import (
	"slices"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Bases are the names from which Decode starts: the scenarios of the library,
// then the classes, each once, in the order of the deck.
func (d *Deck) Bases() []string {
	var library, classes []string
	for _, p := range d.pairs {
		if name := LibraryName(p.Class); name != "" {
			library = append(library, name)
		} else if !slices.Contains(classes, p.Class) {
			classes = append(classes, p.Class)
		}
	}
	return append(library, classes...)
}

// Decode makes a case of a base and a tape, as the native fuzzer gives them. It
// is total: a base that is none of the deck's is more of the tape, and then a
// pair is drawn too. With a base and an empty tape it is the scenario itself,
// or the simplest case of the class.
func (d *Deck) Decode(base string, tape []byte) scenarios.Case {
	pairs := slices.DeleteFunc(slices.Clone(d.pairs), func(p Pair) bool {
		return p.Class != base && p.Class != libraryPrefix+base
	})
	if len(pairs) == 0 {
		pairs, tape = d.pairs, slices.Concat([]byte(base), tape)
	}
	draw := FromTape(tape)
	pair := pick(draw, pairs)
	c := d.Mutate(draw, d.Make(draw, pair))
	c.Origin.Class = pair.Class
	return c
}
