package generators_test

import (
	"os"
	"sync"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// rich reads testdata/catalog.json once: tools as real servers list them, and
// some with what is rare. It is immutable.
var rich = sync.OnceValues(func() (*scenarios.Catalog, error) {
	data, err := os.ReadFile("testdata/catalog.json")
	if err != nil {
		return nil, err
	}
	return scenarios.ParseCatalog(data)
})

// richPairs are all pairs of the rich catalogue.
var richPairs = sync.OnceValue(func() []generators.Pair {
	c, _ := rich()
	return generators.Plan(c, everyTool)
})

func richCatalog(t testing.TB) *scenarios.Catalog {
	t.Helper()
	c, err := rich()
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range c.Tools() {
		if tool.Trouble != "" {
			t.Fatalf("%s: %s", tool.Name, tool.Trouble)
		}
	}
	return c
}

func parseCatalog(t testing.TB, data string) *scenarios.Catalog {
	t.Helper()
	c, err := scenarios.ParseCatalog([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func everyTool(scenarios.Tool) bool { return true }

// richDeck deals every tool of the rich catalogue with every class.
func richDeck(t testing.TB, seed uint64) (*generators.Deck, *scenarios.Catalog) {
	c := richCatalog(t)
	return generators.NewDeck(seed, c, richPairs()), c
}
