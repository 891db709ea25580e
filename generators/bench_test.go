package generators_test

import (
	"testing"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

func BenchmarkGenerateCase(b *testing.B) {
	deck, _ := richDeck(b, 1)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		deck.Case(i)
	}
}

func BenchmarkFormatAndParseGenerated(b *testing.B) {
	deck, _ := richDeck(b, 1)
	cases := make([]scenarios.Case, 256)
	for i := range cases {
		cases[i], _ = deck.Case(i)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := scenarios.Parse(scenarios.Format(cases[i%len(cases)])); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLabelGenerated(b *testing.B) {
	deck, c := richDeck(b, 1)
	var steps []scenarios.Step
	for i := range 256 {
		made, _ := deck.Case(i)
		steps = append(steps, made.Steps[0])
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c.WantOf(steps[i%len(steps)])
	}
}

func BenchmarkNewSubject(b *testing.B) {
	c := richCatalog(b)
	tools := c.Tools()
	for i := 0; b.Loop(); i++ {
		generators.NewSubject(c, tools[i%len(tools)])
	}
}

func BenchmarkShrinks(b *testing.B) {
	deck, _ := richDeck(b, 1)
	for i := 0; b.Loop(); i++ {
		c, _ := deck.Case(i)
		generators.Shrinks(c)
	}
}
