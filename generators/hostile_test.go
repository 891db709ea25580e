package generators_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// wideTree is objects of n properties in each other.
func wideTree(n, levels int) string {
	if levels == 0 {
		return `{"type": "string"}`
	}
	below := wideTree(n, levels-1)
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `, "p%d": %s`, i, below)
	}
	return `{"type": "object", "properties": {` + b.String()[2:] + `}}`
}

// manyRefs is a circle of n required parts that each may be the whole again.
func manyRefs(n int) string {
	var properties, required strings.Builder
	for i := range n {
		fmt.Fprintf(&properties, `, "p%d": {"$ref": "#/$defs/n"}`, i)
		fmt.Fprintf(&required, `, "p%d"`, i)
	}
	return `{"$ref": "#/$defs/n", "$defs": {"n": {"anyOf": [{"type": "object", "properties": {` + properties.String()[2:] +
		`}, "required": [` + required.String()[2:] + `]}, {"type": "string"}]}}}`
}

// Schemas that run in circles, or are wider, longer or deeper than anything,
// cost bounded work and yield bounded cases.
func TestHostileSchemas(t *testing.T) {
	for name, schema := range map[string]string{
		"circle":               `{"$ref": "#"}`,
		"circle of branches":   `{"anyOf": [{"$ref": "#"}, {"allOf": [{"$ref": "#"}]}]}`,
		"circle in a property": `{"type": "object", "properties": {"x": {"$ref": "#/$defs/n"}}, "required": ["x"], "$defs": {"n": {"anyOf": [{"$ref": "#/$defs/n"}, {"oneOf": [{"$ref": "#/$defs/n"}]}, {"type": "string"}]}}}`,
		"endless object":       `{"$ref": "#/$defs/n", "$defs": {"n": {"type": "object", "properties": {"n": {"$ref": "#/$defs/n"}}, "required": ["n"]}}}`,
		"endless list":         `{"type": "object", "properties": {"n": {"$ref": "#/$defs/n"}}, "required": ["n"], "$defs": {"n": {"type": "array", "minItems": 3, "items": {"$ref": "#/$defs/n"}}}}`,
		"many ways back":       manyRefs(12),
		"wide and deep":        wideTree(16, 3),
		"200 properties":       wideTree(200, 1),
		"60 properties twice":  wideTree(60, 2),
		"long list":            `{"type": "object", "properties": {"l": {"type": "array", "minItems": 1000000000, "items": {"type": "object"}}}, "required": ["l"]}`,
		"long text":            `{"type": "object", "properties": {"s": {"type": "string", "minLength": 1000000000}, "p": {"pattern": "^[a-z]+$", "minLength": 1000000000}}, "required": ["s", "p"]}`,
		"many properties":      `{"type": "object", "minProperties": 1000000000}`,
		"long pattern":         `{"type": "object", "properties": {"s": {"pattern": "^((a{99}){99}){99}$"}, "t": {"pattern": "^(a?){900}b$"}, "u": {"pattern": "[^\\s\\S]"}}, "required": ["s"]}`,
		"many alternatives":    `{"type": "object", "properties": {"e": {"enum": [` + strings.Repeat(`"x", `, 20_000) + `"y"]}}, "required": ["e"], "$schema": "https://json-schema.org/draft/2020-12/schema"}`,
		"parts that exclude":   `{"type": "object", "properties": {"a": {"minimum": 5, "maximum": 1}, "b": {"not": {}}, "c": {"enum": []}}, "required": ["a", "b"]}`,
		"no words it knows":    `{"typ": "object", "$comment": 1, "properties": {"a": {"x-thing": {"$ref": "#"}}}}`,
		"odd words":            `{"type": "object", "required": [], "properties": {"a": {"type": [], "items": true, "minimum": -1e308, "maximum": 1e308}, "b": {"type": "number", "multipleOf": 1e-300}, "c": {"type": "integer", "minimum": 1e308}}}`,
		"false":                `false`,
	} {
		t.Run(name, func(t *testing.T) {
			c := parseCatalog(t, `[{"name": "t", "inputSchema": `+schema+`}]`)
			s := generators.NewSubject(c, c.Tools()[0])
			for seed := range uint64(2) {
				if args, ok := generators.Valid(generators.FromSeed(seed), s); ok && args.Size() > 1<<20 {
					t.Errorf("valid arguments of %d bytes", args.Size())
				}
			}
			for _, g := range generators.All() {
				if !g.Applies(s) {
					continue
				}
				steps := g.Steps(generators.FromSeed(1), s)
				if err := (scenarios.Case{Name: "x", Steps: steps}).Check(); err != nil {
					t.Errorf("%s: %v", g.ID, err)
				}
			}
		})
	}
}
