package generators_test

import (
	"os"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// richCatalog is testdata/catalog.json: tools as real servers list them, and
// some with what is rare.
func richCatalog(t testing.TB) *scenarios.Catalog {
	t.Helper()
	data, err := os.ReadFile("testdata/catalog.json")
	if err != nil {
		t.Fatal(err)
	}
	c := parseCatalog(t, string(data))
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
	return generators.NewDeck(seed, c, generators.Plan(c, everyTool)), c
}
