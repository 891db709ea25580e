package generators_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// A value that grows far enough to tell of memory begins with a session of its own;
// where it cannot, the short series tells of time.
func TestGrowing(t *testing.T) {
	g, _ := generators.Find("S5")
	for most, long := range map[int]bool{511: false, 512: false, 1943: false, 1944: true, 5000: true, 20000: true} {
		c := parseCatalog(t, fmt.Sprintf(`[{"name": "t", "inputSchema": {"type": "object", "properties": {"s": {"type": "string", "maxLength": %d}}}}]`, most))
		s := generators.NewSubject(c, c.Tools()[0])
		if g.Applies(s) != (most >= 512) {
			t.Errorf("up to %d characters: applies: %t", most, g.Applies(s))
			continue
		}
		if !g.Applies(s) {
			continue
		}
		weighed := false
		for _, d := range draws(8) {
			c := scenarios.Case{Name: "x", Steps: g.Steps(d, s)}
			_, opens := c.Steps[0].(scenarios.Open)
			if len(c.Steps) < 6 || opens != oracles.Weighed(c) {
				t.Errorf("up to %d characters, %d steps, of which the first opens a session: %t", most, len(c.Steps), opens)
			}
			weighed = weighed || opens
		}
		if weighed != long {
			t.Errorf("up to %d characters: memory is looked at: %t", most, weighed)
		}
	}
}

// In an address a value grows by what parts the values of its template, unescaped, and
// ends in the others of that kind; all are had in turn.
func TestGrowingAddresses(t *testing.T) {
	run := func(unit string) string { return strings.Repeat(unit, 16) }
	for template, want := range map[string][]string{
		"items:{/id*}":  {"items:/" + run(",") + ":/!", "items:/" + run(":") + ",/!", "items:/" + run("/") + ",:!"},
		"note:///{id}":  {"note:///" + run(",") + ":/!", "note:///" + run(":") + ",/!", "note:///" + run("/") + ",:!"},
		"{+all}":        {run(",") + "!"},
		"find{?q,most}": {"find?q=" + run(",") + "?!&most=", "find?q=" + run("?") + ",!&most="},
	} {
		c := parseCatalog(t, fmt.Sprintf(`{"tools": [], "resources": [], "resourceTemplates": [{"uriTemplate": %q}]}`, template))
		pair := generators.Pair{Tool: "resource/" + template, Class: "S5", Feature: scenarios.FeatureResource}
		deck := generators.NewDeck(1, c, []generators.Pair{pair})
		for i, first := range want {
			made, _ := deck.Case(i)
			var lengths []int
			for _, step := range made.Steps {
				uri, _ := step.(scenarios.Request).Params.Member("uri").Text()
				if len(lengths) == 0 && !strings.HasPrefix(uri, first) {
					t.Errorf("%s, turn %d begins with %s, want %s", template, i, uri, first)
				}
				lengths = append(lengths, len(uri))
			}
			if !slices.IsSorted(lengths) || len(lengths) < 20 || lengths[len(lengths)-1] < 3000 {
				t.Errorf("%s, turn %d: the addresses are %v characters long", template, i, lengths)
			}
		}
	}
}
