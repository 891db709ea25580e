package generators_test

import (
	"fmt"
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
