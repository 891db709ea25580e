package generators_test

import (
	"testing"

	"github.com/mcpfuzz/mcpfuzz/generators"
)

// Each turn of a varied loop has one mistake fewer, until the call is right or
// the model gives up.
func TestVariedLoops(t *testing.T) {
	c := richCatalog(t)
	g, _ := generators.Find("L4")
	lengths, gaveUp := map[int]bool{}, 0
	for _, name := range []string{"getWeatherForecast", "edit_file", "draw_chart", "tight"} {
		tool, _ := c.Tool(name)
		s := generators.NewSubject(c, tool)
		if !g.Applies(s) {
			t.Fatalf("no varied loop is made of %s", name)
		}
		for seed := range uint64(40) {
			steps := g.Steps(generators.FromSeed(seed), s)
			var left []int
			for _, step := range steps {
				left = append(left, len(c.WantOf(step).Breaches))
			}
			for i := 1; i < len(left); i++ {
				if left[i] >= left[i-1] {
					t.Errorf("%s: %v breaches in turn: %s", name, left, text(steps...))
				}
			}
			last := left[len(left)-1]
			if last > 1 || left[0] < 2 || len(left) > 5 {
				t.Errorf("%s: %v breaches in turn", name, left)
			}
			if last == 1 {
				gaveUp++
			}
			lengths[len(left)] = true
		}
	}
	if !lengths[2] || !lengths[3] || !lengths[5] || gaveUp == 0 || gaveUp > 80 {
		t.Errorf("loops of %v turns; %d of 160 are given up", lengths, gaveUp)
	}
}

// Where only one thing can be broken there is no varied loop.
func TestVariedLoopsNeedTwoMistakes(t *testing.T) {
	g, _ := generators.Find("L4")
	for schema, want := range map[string]bool{
		`{"type": "object", "properties": {"a": {"type": "string"}, "b": {}}}`:                                                                    false,
		`{"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}}`:                                                   true,
		`{"type": "object", "properties": {"o": {"type": "object", "properties": {"a": {"type": "string"}, "b": {"const": 1}}}}}`:                 true,
		`{"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "required": ["c"], "additionalProperties": false}`: false,
	} {
		c := parseCatalog(t, `[{"name": "t", "inputSchema": `+schema+`}]`)
		if got := g.Applies(generators.NewSubject(c, c.Tools()[0])); got != want {
			t.Errorf("%s: %v", schema, got)
		}
	}
}
