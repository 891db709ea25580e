package scenarios_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// catalog is a catalogue of one tool "t" with that input schema.
func catalog(t testing.TB, schema string) *scenarios.Catalog {
	t.Helper()
	c, err := scenarios.ParseCatalog(fmt.Appendf(nil, `[{"name": "t", "inputSchema": %s}]`, schema))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestParseCatalogForms(t *testing.T) {
	const array = `[{"name": "b", "description": "d", "title": "B", "inputSchema": {"type": "object"}, "outputSchema": {"type": "string"},
		"annotations": {"readOnlyHint": true, "destructiveHint": false}}, {"name": "a", "inputSchema": {"type": "object"}}]`
	var digest string
	for name, data := range map[string]string{
		"array": array, "result": `{"tools": ` + array + `, "nextCursor": "x"}`,
		"response":      `{"jsonrpc": "2.0", "id": 1, "result": {"tools": ` + array + `}}`,
		"among blanks":  " \n" + array + "\n",
		"other members": `{"Tools": 1, "TOOLS": [], "tools": ` + array + `}`,
	} {
		c, err := scenarios.ParseCatalog([]byte(data))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		b, ok := c.Tool("b")
		if c.Len() != 2 || c.Tools()[0].Name != "b" || !ok || b.Title != "B" || b.Description != "d" || !b.IsReadOnly() ||
			b.Annotations.Destructive == nil || *b.Annotations.Destructive || string(b.Output) != `{"type": "string"}` || b.Trouble != "" {
			t.Errorf("%s: read as %+v", name, c.Tools())
		}
		if a, _ := c.Tool("a"); a.IsReadOnly() || a.Annotations.OpenWorld != nil {
			t.Errorf("%s: a hint that is not given: %+v", name, a)
		}
		if digest == "" {
			digest = c.Digest()
		}
		if c.Digest() != digest {
			t.Errorf("%s: another digest", name)
		}
	}
	if other := catalog(t, `{"type": "object"}`); other.Digest() == digest {
		t.Error("two catalogues have one digest")
	}
}

func TestNoListIsAnError(t *testing.T) {
	for _, data := range []string{
		``, `null`, `7`, `"x"`, `{}`, `{"tools": null}`, `{"tools": {}}`, `{"tools": 7}`, `[`, `{"Tools": []}`,
		`{"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "no"}}`, `{"result": {}}`, `{"result": null}`,
	} {
		if c, err := scenarios.ParseCatalog([]byte(data)); err == nil || !strings.HasPrefix(err.Error(), "read the list of tools") {
			t.Errorf("%s: %d tools, %v", data, c.Len(), err)
		}
	}
	for _, data := range []string{`[]`, `{"tools": []}`} {
		if c, err := scenarios.ParseCatalog([]byte(data)); err != nil || c.Len() != 0 {
			t.Errorf("%s: %d tools, %v", data, c.Len(), err)
		}
	}
}

// A tool that cannot be used is kept, named and never judged.
func TestBrokenToolsAreKept(t *testing.T) {
	for _, tc := range []struct{ entry, name, trouble string }{
		{`7`, "", "not as the protocol says"},
		{`{"inputSchema": {"type": "object"}}`, "", "no name"},
		{`{"name": "", "inputSchema": {"type": "object"}}`, "", "no name"},
		{`{"name": 7, "inputSchema": {"type": "object"}}`, "", "name:"},
		{`{"name": "x"}`, "x", "no inputSchema"},
		{`{"name": "x", "InputSchema": {}}`, "x", "no inputSchema"},
		{`{"name": "x", "inputSchema": null}`, "x", "no object but null"},
		{`{"name": "x", "inputSchema": "object"}`, "x", "no object but string"},
		{`{"name": "x", "inputSchema": true}`, "x", "no object but boolean"},
		{`{"name": "x", "inputSchema": false}`, "x", "no object but boolean"},
		{`{"name": "x", "inputSchema": [{"type": "object"}]}`, "x", "no object but array"},
		{`{"name": "x", "inputSchema": {"type": "string"}}`, "x", "takes no object"},
		{`{"name": "x", "inputSchema": {"type": ["array", "null"]}}`, "x", "takes no object"},
		{`{"name": "x", "inputSchema": {"description": "` + strings.Repeat("d", 1<<20) + `"}}`, "x", "bytes long"},
		{`{"name": "x", "inputSchema": {"type": "objekt"}}`, "x", "no JSON Schema"},
		{`{"name": "x", "inputSchema": {"type": "object", "properties": []}}`, "x", "no JSON Schema"},
		{`{"name": "x", "inputSchema": {"$ref": "#/$defs/nowhere"}}`, "x", "no JSON Schema"},
		{`{"name": "x", "inputSchema": {"maxLength": -1}}`, "x", "no JSON Schema"},
		{`{"name": "x", "description": 7, "inputSchema": {"type": "object"}}`, "x", "description:"},
		{`{"name": "x", "annotations": {"readOnlyHint": "yes"}, "inputSchema": {"type": "object"}}`, "x", "annotations:"},
	} {
		c, err := scenarios.ParseCatalog([]byte(`[` + tc.entry + `, {"name": "sound", "inputSchema": {"type": "object"}}]`))
		if err != nil || c.Len() != 2 {
			t.Errorf("%s: %d tools, %v", tc.entry, c.Len(), err)
			continue
		}
		tool := c.Tools()[0]
		if tool.Unusable != (tc.name == "") {
			t.Errorf("%.200s: unusable is %t", tc.entry, tool.Unusable)
		}
		if tool.Name != tc.name || !strings.Contains(tool.Trouble, tc.trouble) || strings.Contains(tool.Trouble, "\n") {
			t.Errorf("%s: %q has the trouble %q, want %q", tc.entry, tool.Name, tool.Trouble, tc.trouble)
		}
		l := c.WantOf(scenarios.Call{Tool: tc.name, Args: scenarios.MustValue(`{"a": 1}`)})
		if l.Want != scenarios.WantAny || len(l.Unjudged) != 1 {
			t.Errorf("%s: labelled %+v", tc.entry, l)
		}
		if sound, ok := c.Tool("sound"); !ok || sound.Trouble != "" {
			t.Errorf("%s: it spoils the next: %q", tc.entry, sound.Trouble)
		}
	}
}

// Of two tools with one name the first is meant; two schemas for it cannot
// both be the contract.
func TestNamesThatStandTwice(t *testing.T) {
	const text, number = `{"type": "object", "properties": {"a": {"type": "string"}}}`, `{"type": "object", "properties": {"a": {"type": "number"}}}`
	for _, tc := range []struct {
		name, first, second string
		want                scenarios.Want
	}{
		{"same schema", text, text, scenarios.WantReject},
		{"another schema", text, number, scenarios.WantAny},
	} {
		c, err := scenarios.ParseCatalog(fmt.Appendf(nil, `[{"name": "t", "inputSchema": %s}, {"name": "t", "inputSchema": %s}]`, tc.first, tc.second))
		if err != nil || c.Len() != 2 {
			t.Fatal(c.Len(), err)
		}
		if l := c.WantOf(scenarios.Call{Tool: "t", Args: scenarios.MustValue(`{"a": 7}`)}); l.Want != tc.want {
			t.Errorf("%s: %+v", tc.name, l)
		}
		if first, second := c.Tools()[0], c.Tools()[1]; first.Unusable || !second.Unusable || !strings.Contains(second.Trouble, "twice") {
			t.Errorf("%s: the second has no trouble", tc.name)
		}
	}
}

// Schemas that are made to cost much are read in bounded time and memory.
func TestHostileCatalogs(t *testing.T) {
	deep := func(n int) string {
		return strings.Repeat(`{"properties":{"a":`, n) + `{}` + strings.Repeat(`}}`, n)
	}
	for name, schema := range map[string]string{
		"deep":          deep(100),
		"too deep":      deep(2000),
		"too many":      `{"allOf": [` + strings.Repeat(`{}, `, 6_000) + `{"not": {}}]}`,
		"circle":        `{"$ref": "#"}`,
		"circle of two": `{"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"allOf": [{"$ref": "#/$defs/a"}]}}}`,
		"many branches": `{"$defs": {"x": {"anyOf": [{"$ref": "#/$defs/x"}, {"$ref": "#/$defs/x"}, {"type": "object"}]}}, "$ref": "#/$defs/x"}`,
		"pattern":       `{"properties": {"a": {"pattern": "((a{1,1000}){1,1000}){1,1000}"}}}`,
	} {
		c := catalog(t, schema)
		for _, args := range []string{`{}`, `{"a": {"a": 1}}`, `{"a": {"$repeat": ["a", 2000000]}}`} {
			if l := c.WantOf(scenarios.Call{Tool: "t", Args: scenarios.MustValue(args)}); l.Want == scenarios.WantReject {
				t.Errorf("%s: %s is refused: %v", name, args, l.Breaches)
			}
		}
	}
}

func TestConforms(t *testing.T) {
	c, err := scenarios.ParseCatalog([]byte(`[
		{"name":"promises","inputSchema":{},"outputSchema":{"type":"object","properties":{"at":{"type":"string","format":"date"}},"required":["at"]}},
		{"name":"none","inputSchema":{}},
		{"name":"broken","inputSchema":{},"outputSchema":{"type":"nothing"}},
		{"name":"twice","inputSchema":{},"outputSchema":false},
		{"name":"twice","inputSchema":true}]`))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		tool, content  string
		broken, judged bool
	}{
		{"promises", `{"at":"2026-01-01"}`, false, true},
		{"promises", `{"at":"some day"}`, false, true},
		{"promises", `{"at":7}`, true, true},
		{"promises", `{}`, true, true},
		{"promises", "", true, true},
		{"promises", `{"at":"` + strings.Repeat("x", 2<<20) + `"}`, false, false},
		{"none", `{}`, false, false},
		{"broken", `{}`, false, false},
		{"twice", `{}`, false, false},
		{"unknown", `{}`, false, false},
	} {
		var content json.RawMessage
		if tc.content != "" {
			content = json.RawMessage(tc.content)
		}
		broken, judged := c.Conforms(tc.tool, content)
		if judged != tc.judged || len(broken) > 0 != tc.broken {
			t.Errorf("%s: %.40s breaks %v, judged %v", tc.tool, tc.content, broken, judged)
		}
	}
}
