package generators_test

import (
	"os"
	"sync"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// rich reads testdata/catalog.json once: tools as real servers list them, and
// some with what is rare, as if it had been learnt that one shows and one destroys what
// others write. It is immutable.
var rich = sync.OnceValues(func() (*scenarios.Catalog, error) {
	data, err := os.ReadFile("testdata/catalog.json")
	if err != nil {
		return nil, err
	}
	c, err := scenarios.ParseCatalog(data)
	if err != nil {
		return nil, err
	}
	return c.WithHandles(
		scenarios.Handle{Tool: "find_user", Does: scenarios.DeedShows, Args: scenarios.MustValue(`{"id": 1}`), Pointer: "/id", Path: "structuredContent/id"},
		scenarios.Handle{Tool: "echo", Does: scenarios.DeedDestroys, Args: scenarios.MustValue(`{"message": "x"}`), Pointer: "/message", Path: "structuredContent/id"},
	), nil
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
