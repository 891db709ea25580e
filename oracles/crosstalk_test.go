package oracles_test

import (
	"slices"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Two calls at once are each given a text. Shown is what each is answered.
func TestAnswersThatHoldWhatAnotherCallWasGiven(t *testing.T) {
	catalog, err := scenarios.ParseCatalog([]byte(`[{"name": "keep", "inputSchema": {"type": "object"}}]`))
	if err != nil {
		t.Fatal(err)
	}
	const a, b = "nonce-abcdef-1-end", "nonce-abcdef-2-end"
	control := oracles.Control{Call: scenarios.Call{Tool: "keep", Args: scenarios.MustValue(`{"text": "as it was"}`)}, Text: "kept as it was"}
	for _, tc := range []struct {
		name, more string
		shown      [2]string
		found      bool
	}{
		{"each its own", "", [2]string{a, b}, false},
		{"both the last", "", [2]string{b, b}, true},
		{"both both", "", [2]string{a + b, a + b}, false},
		{"neither", "", [2]string{"", ""}, false},
		{"of one note, and shown as it is then", `, "noteId": 7`, [2]string{b, b}, false},
		{"of one note, and crossed", `, "noteId": 7`, [2]string{b, a}, true},
		{"of two kinds", `, "kind": "x"`, [2]string{b, b}, true},
		{"that names the other itself", `, "kind": "` + b + `"`, [2]string{b, b}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text := func(s string) came { return ok(`{"content":[{"type":"text","text":"kept ` + s + `"}]}`) }
			line := func(nonce string) string { return "\tcall keep {\"text\": \"" + nonce + "\"" + tc.more + "}\n" }
			o := seen(t, oracles.Setting{Revision: protocol.Legacy}, "burst 2\n"+line(a)+line(b), text(tc.shown[0]), text(tc.shown[1]))
			ctx := &oracles.Context{Catalog: catalog, Controls: map[string]oracles.Control{"keep": control}}
			found := slices.ContainsFunc(oracles.Judge(ctx, o), func(f oracles.Finding) bool { return f.Oracle == "cross-talk" })
			if found != tc.found {
				t.Errorf("found %t, want %t", found, tc.found)
			}
		})
	}
}
