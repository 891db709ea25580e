package generators_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// hardSchema is an entry of testdata/hard-schemas.json.
type hardSchema struct {
	Name   string
	Schema json.RawMessage
	// Valid: there are arguments that it allows. Beyond: none of them are made.
	Valid, Beyond bool
}

// misbehave checks that cases can be made of each class that applies, and that a
// new key is refused where the schema is closed.
func misbehave(t *testing.T, c *scenarios.Catalog, s generators.Subject) {
	t.Helper()
	args, valid := generators.Valid(generators.FromSeed(1), s)
	closed := valid && c.WantOf(scenarios.Call{Tool: "t", Args: args.With("/zz_q", scenarios.Str("x"))}).Want == scenarios.WantReject
	for _, g := range generators.All() {
		if !g.Applies(s) {
			continue
		}
		steps := g.Steps(generators.FromSeed(1), s)
		if err := (scenarios.Case{Name: "x", Steps: steps}).Check(); err != nil {
			t.Errorf("%s: %v", g.ID, err)
		}
		onTop := strings.Count(mutant(steps[0]), "/") == 1
		if want := c.WantOf(steps[0]).Want; g.ID == "P2" && closed && onTop && want != scenarios.WantReject {
			t.Errorf("a new key is not to be refused: %s", text(steps[0]))
		}
	}
}

// Of each schema that allows any arguments some are made, whatever is drawn, and
// all that are made validate; of a few it is said that none can be made.
func TestHardSchemas(t *testing.T) {
	data, err := os.ReadFile("testdata/hard-schemas.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []hardSchema
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	const draws = 20
	for _, hard := range list {
		t.Run(hard.Name, func(t *testing.T) {
			c := parseCatalog(t, fmt.Sprintf(`[{"name": "t", "inputSchema": %s}]`, hard.Schema))
			tool := c.Tools()[0]
			if tool.Trouble != "" {
				t.Fatal(tool.Trouble)
			}
			s, made := generators.NewSubject(c, tool), 0
			for seed := range uint64(draws) {
				args, ok := generators.Valid(generators.FromSeed(seed), s)
				l := c.WantOf(scenarios.Call{Tool: "t", Args: args})
				if ok && (l.Want != scenarios.WantAny || len(l.Unjudged) > 0) {
					t.Errorf("%s: %+v", args, l)
				}
				if ok {
					made++
				}
			}
			if want := map[bool]int{true: draws}[hard.Valid && !hard.Beyond]; made != want {
				t.Errorf("%d of %d draws make valid arguments, want %d", made, draws, want)
			}
			misbehave(t, c, s)
		})
	}
}
