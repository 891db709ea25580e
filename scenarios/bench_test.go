package scenarios_test

import (
	"testing"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

func BenchmarkFormatAndParse(b *testing.B) {
	c := everyStep(b)
	b.SetBytes(int64(len(scenarios.Format(c))))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := scenarios.Parse(scenarios.Format(c)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWantOf(b *testing.B) {
	c := catalog(b, `{"type": "object", "properties": {"path": {"type": "string", "pattern": "^[\\w./-]+$", "maxLength": 4096},
		"edits": {"type": "array", "items": {"type": "object", "properties": {"oldText": {"type": "string"}, "newText": {"type": "string"}},
		"required": ["oldText", "newText"], "additionalProperties": false}}, "dryRun": {"type": "boolean"}}, "required": ["path", "edits"], "additionalProperties": false}`)
	for name, args := range map[string]string{
		"valid":    `{"path": "notes/a.txt", "edits": [{"oldText": "a", "newText": "b"}], "dryRun": true}`,
		"broken":   `{"path": "notes/a.txt", "edits": [{"oldText": "a"}], "dryRun": "true"}`,
		"1 MiB":    `{"path": {"$repeat": ["A", 1000000]}, "edits": []}`,
		"too much": `{"path": {"$repeat": ["A", 10485760]}, "edits": []}`,
	} {
		call := scenarios.Call{Tool: "t", Args: scenarios.MustValue(args)}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.WantOf(call)
			}
		})
	}
}

// What a validation costs that is given up.
func BenchmarkFanOut(b *testing.B) {
	c := catalog(b, `{`+fanOut(60, `{"required": ["x"]}`, `{"oneOf": [BELOW, BELOW]}`)+`}`)
	for b.Loop() {
		c.WantOf(scenarios.Call{Tool: "t", Args: scenarios.Obj()})
	}
}

func BenchmarkCompileCatalog(b *testing.B) {
	data := []byte(`[{"name": "t", "inputSchema": {"type": "object", "properties": {"a": {"type": "string", "pattern": "^a+$"}, "b": {"items": {"$ref": "#"}}}}}]`)
	for b.Loop() {
		if _, err := scenarios.ParseCatalog(data); err != nil {
			b.Fatal(err)
		}
	}
}
