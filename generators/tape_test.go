package generators_test

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// deck is a deck over two tools of different kinds.
func deck(tb testing.TB) *generators.Deck {
	tb.Helper()
	catalog, err := scenarios.ParseCatalog([]byte(`{"tools": [
		{"name": "paint", "inputSchema": {"type": "object", "properties": {
			"color": {"type": "string", "enum": ["red", "green"]}, "strokes": {"type": "integer"}}, "required": ["color"]}},
		{"name": "list", "inputSchema": {"type": "object", "properties": {"tags": {"type": "array", "items": {"type": "string"}}}}}
	], "prompts": [{"name": "palette"}], "capabilities": {"prompts": {}, "resources": {}, "completions": {}, "logging": {}}}`))
	if err != nil {
		tb.Fatal(err)
	}
	every := func(scenarios.Tool) bool { return true }
	return generators.NewDeck(1, catalog, generators.Plan(catalog, every))
}

func TestDecodeWithoutATapeIsTheBaseItself(t *testing.T) {
	d := deck(t)
	bases := d.Bases()
	for _, l := range scenarios.Library() {
		if !slices.Contains(bases, l.Name) {
			t.Errorf("%s is no base", l.Name)
		}
		if c := d.Decode(l.Name, nil); !reflect.DeepEqual(c.Steps, l.Steps) {
			t.Errorf("%s is decoded as %v", l.Name, c.Steps)
		}
	}
	for _, class := range bases[len(scenarios.Library()):] {
		if c := d.Decode(class, nil); c.Origin.Class != class {
			t.Errorf("%s is decoded as a case of %s", class, c.Origin.Class)
		}
	}
	if !slices.Contains(bases, "T1") {
		t.Errorf("no class among the bases %v", bases)
	}
}

func TestEveryInputDecodesToACaseThatCanBeWritten(t *testing.T) {
	d := deck(t)
	bases := append(d.Bases(), "", "no such base", "\xff")
	rng := rand.New(rand.NewPCG(1, 2))
	different := map[string]bool{}
	const inputs = 5000
	for i := range inputs {
		tape := make([]byte, rng.IntN(40))
		for k := range tape {
			tape[k] = byte(rng.Uint32())
		}
		c := d.Decode(bases[i%len(bases)], tape)
		text := scenarios.Format(c)
		if err := c.Check(); err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if again, err := scenarios.Parse(text); err != nil || !bytes.Equal(scenarios.Format(again), text) {
			t.Fatalf("not the same after writing, %v:\n%s", err, text)
		}
		different[string(text)] = true
	}
	// A quarter of the tapes mutate nothing, and scenarios have no choices.
	if len(different) < inputs/2 {
		t.Errorf("%d inputs make only %d cases", inputs, len(different))
	}
}
