package scenarios_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

func TestSurveyOfKeys(t *testing.T) {
	for name, want := range map[string]bool{
		"api_key": true, "apiKey": true, "github_access_token": true, "token": true, "Authorization": true, "x-api-key": true,
		"key": false, "page_token": false, "max_tokens": false, "tokens": false, "primary_key": false, "secretary": false,
	} {
		for kind, text := range map[string]bool{"string": true, "integer": false} {
			s := catalog(t, fmt.Sprintf(`{"properties": {"o": {"type": "object", "properties": {%q: {"type": %q}}}}}`, name, kind)).Survey(0)
			if got := fmt.Sprint(s.Keys) == "[/o/"+name+"]"; got != (want && text) {
				t.Errorf("%s of kind %s: %v", name, kind, s.Keys)
			}
		}
	}
}

func TestSurvey(t *testing.T) {
	const closed = `"additionalProperties": false`
	for _, tc := range []struct{ name, schema, open, unbounded, undescribed string }{
		{"nothing said", `{"type": "object"}`, "[]", "[]", "[]"},
		{"no parameters", `{"type": "object", ` + closed + `}`, "", "[]", "[]"},
		{"boolean schema", `true`, "", "[]", "[]"},
		{"bare text", `{"type": "object", "properties": {"a": {"type": "string"}}}`, "[]", "[/a]", "[/a]"},
		{"described", `{"properties": {"a": {"type": "integer", "description": "d"}}, ` + closed + `}`, "", "[]", "[]"},
		{"blank description", `{"properties": {"a": {"type": "integer", "description": " "}}, ` + closed + `}`, "", "[]", "[/a]"},
		{"bounded texts", `{"properties": {"a": {"type": "string", "maxLength": 3}, "b": {"type": "string", "enum": ["x"]}, "c": {"const": "x", "type": "string"},
			"d": {"type": "string", "format": "uuid"}, "e": {"type": "string", "pattern": "^[a-z+*]{1,9}\\+$"}}, ` + closed + `}`, "", "[]", "[/a /b /c /d /e]"},
		{
			"patterns without end", `{"properties": {"a": {"type": "string", "pattern": "^a+$"}, "b": {"type": "string", "pattern": "a"}, "c": {"type": "string", "pattern": "^a{2,}$"}}, ` + closed + `}`,
			"", "[/a /b /c]", "[/a /b /c]",
		},
		{"items", `{"properties": {"l": {"type": "array", "description": "d", "items": {"type": "string"}}}, ` + closed + `}`, "", "[/l /l/*]", "[]"},
		{"tuple", `{"properties": {"l": {"type": "array", "description": "d", "prefixItems": [{"type": "number"}], "items": false}}, ` + closed + `}`, "", "[]", "[]"},
		{"open below", `{"properties": {"o": {"type": "object", "description": "d", "properties": {"k": {"type": "null", "description": "d"}}}}, ` + closed + `}`, "[/o]", "[]", "[]"},
		{"nothing said below", `{"properties": {"o": {"type": "object", "description": "d"}}, ` + closed + `}`, "[/o]", "[]", "[]"},
		{"map on purpose", `{"properties": {"o": {"type": "object", "description": "d", "additionalProperties": true}}, ` + closed + `}`, "", "[]", "[]"},
		{"map of texts", `{"properties": {"o": {"type": "object", "description": "d", "additionalProperties": {"type": "string"}}}, ` + closed + `}`, "", "[/o/*]", "[]"},
		{"map at the top", `{"type": "object", "additionalProperties": {"type": "integer"}}`, "", "[]", "[]"},
		{"closed otherwise", `{"type": "object", "properties": {"a": {"description": "d"}}, "unevaluatedProperties": false}`, "", "[]", "[]"},
		{"keys by pattern", `{"type": "object", "patternProperties": {"^x": {}}}`, "", "[]", "[]"},
		{"named keys", `{"type": "object", "propertyNames": {"enum": ["a"]}}`, "", "[]", "[]"},
		{"bounds in one part", `{"properties": {"a": {"description": "d", "allOf": [{"type": "string"}, {"maxLength": 4}]}}, ` + closed + `}`, "", "[]", "[]"},
		{"bounds behind a reference", `{"properties": {"a": {"description": "d", "$ref": "#/$defs/s"}}, "$defs": {"s": {"type": "string", "maxLength": 4}}, ` + closed + `}`, "", "[]", "[]"},
		{
			"description beside a reference", `{"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"a": {"description": "d", "$ref": "#/definitions/s"}}, "definitions": {"s": {"type": "null"}}, ` + closed + `}`,
			"", "[]", "[]",
		},
		{"what cannot be judged bounds too", `{"properties": {"a": {"type": ["string", "null"], "nullable": true, "maxLength": 4, "description": "d"}}, "unevaluatedProperties": false}`, "", "[]", "[]"},
		{"foreign reference", `{"properties": {"a": {"description": "d", "$ref": "https://example.com/x.json"}}, ` + closed + `}`, "", "[]", "[]"},
		{"circle", `{"type": "object", "description": "d", "properties": {"c": {"$ref": "#"}}, ` + closed + `}`, "", "[]", "[]"},
		{"circle of a list", `{"properties": {"t": {"$ref": "#/$defs/t"}}, ` + closed + `, "$defs": {"t": {"description": "d", "type": "array", "items": {"$ref": "#/$defs/t"}}}}`, "", "[/t]", "[]"},
		{"no schema", `7`, "", "[]", "[]"},
	} {
		s := catalog(t, tc.schema).Survey(0)
		open := tc.open
		switch open {
		case "":
			open = "[]"
		case "[]":
			open = `[""]`
		}
		if got := fmt.Sprint(s.Unbounded); got != tc.unbounded {
			t.Errorf("%s: unbounded %s, want %s", tc.name, got, tc.unbounded)
		}
		if got := fmt.Sprint(s.Undescribed); got != tc.undescribed {
			t.Errorf("%s: undescribed %s, want %s", tc.name, got, tc.undescribed)
		}
		if got := strings.ReplaceAll(fmt.Sprintf("%q", s.Open), `"/o"`, "/o"); got != open {
			t.Errorf("%s: open %s, want %s", tc.name, got, open)
		}
	}
}

// References can name far more places than a schema has words.
func TestSurveyIsBounded(t *testing.T) {
	var defs strings.Builder
	for i := range 40 {
		fmt.Fprintf(&defs, `"d%d": {"type": "object", "properties": {"l": {"$ref": "#/$defs/d%d"}, "r": {"$ref": "#/$defs/d%d"}}}, `, i, i+1, i+1)
	}
	s := catalog(t, `{"$ref": "#/$defs/d0", "$defs": {`+defs.String()+`"d40": {"type": "string"}}}`).Survey(0)
	if len(s.Open) == 0 || len(s.Open) > 5000 {
		t.Errorf("%d places are open", len(s.Open))
	}
}

func TestListIsReadAgain(t *testing.T) {
	const list = `{"tools": [{"name": "a", "_meta": {"x": 1.50}, "inputSchema": {"type": "object", "description": "<b> \u202e"}}, 7, {"name": "a"}]}`
	c, err := scenarios.ParseCatalog([]byte(list))
	if err != nil {
		t.Fatal(err)
	}
	text, err := c.List()
	if err != nil || !strings.Contains(string(text), "1.50") || !strings.Contains(string(text), "<b>") {
		t.Fatalf("written as %s, %v", text, err)
	}
	again, err := scenarios.ParseCatalog(text)
	if err != nil || again.Len() != 3 || again.Tools()[0].Trouble != c.Tools()[0].Trouble {
		t.Errorf("read again as %d tools, %v", again.Len(), err)
	}
}
