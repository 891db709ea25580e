package generators_test

import (
	"testing"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// A mark stands where any text may, one place at a time, and the rest is as it was.
func TestMarksStandWhereAnyTextMay(t *testing.T) {
	catalog, err := scenarios.ParseCatalog([]byte(`[{"name": "t", "inputSchema": {"type": "object", "properties": {
		"any": {"type": "string"}, "kind": {"type": "string", "enum": ["a"]}, "short": {"type": "string", "maxLength": 5},
		"shaped": {"type": "string", "pattern": "^x"}, "n": {"type": "integer"},
		"in": {"type": "object", "properties": {"deep": {"type": "string"}}}}}}]`))
	if err != nil {
		t.Fatal(err)
	}
	tool, _ := catalog.Tool("t")
	args := scenarios.MustValue(`{"any": "b", "kind": "a", "short": "b", "shaped": "xb", "n": 1, "in": {"deep": "b"}}`)
	marked := generators.Marks(generators.NewSubject(catalog, tool), args, "a-mark-of-16-long")
	want := []scenarios.Value{
		args.With("/any", scenarios.Str("a-mark-of-16-long")), args.With("/in/deep", scenarios.Str("a-mark-of-16-long")),
	}
	if len(marked) != len(want) || !marked[0].Equal(want[0]) || !marked[1].Equal(want[1]) {
		t.Errorf("marked %v, want %v", marked, want)
	}
	whole, ok := generators.MarkedWhole(generators.NewSubject(catalog, tool), "/in/deep", "a-mark-of-16-long")
	any, _ := whole.At("/any")
	if deep, _ := whole.At("/in/deep"); !ok || !any.Equal(scenarios.Str("a-mark-of-16-long")) || deep.Equal(any) {
		t.Errorf("marked %v", whole)
	}
}
