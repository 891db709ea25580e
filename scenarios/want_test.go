package scenarios_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// verdict is a label in short: what is broken as "keyword@pointer", or "ok";
// then, behind "~", what is loose.
func verdict(l scenarios.Label) string {
	text := strings.Join(places(l.Breaches), " ")
	if text == "" {
		text = "ok"
	}
	if len(l.Loose) > 0 {
		text += " ~ " + strings.Join(places(l.Loose), " ")
	}
	return text
}

func places(list []scenarios.Breach) []string {
	var out []string
	for _, b := range list {
		out = append(out, b.Keyword+"@"+b.Pointer)
	}
	return slices.Compact(out)
}

// row is one call: its arguments and the verdict that is evident from the
// schema; "" for arguments that are left out.
type row struct{ args, want string }

func judge(t *testing.T, schema string, rows []row) {
	t.Helper()
	c := catalog(t, schema)
	if trouble := c.Tools()[0].Trouble; trouble != "" {
		t.Fatalf("%s: %s", schema, trouble)
	}
	for _, r := range rows {
		var args scenarios.Value
		if r.args != "" {
			args = scenarios.MustValue(r.args)
		}
		l := c.WantOf(scenarios.Call{Tool: "t", Args: args})
		if got := verdict(l); got != r.want {
			t.Errorf("%.300s\n\t%.200s: %.300s, want %s", schema, r.args, got, r.want)
		}
		refused := len(l.Breaches) > 0
		if refused != (l.Want == scenarios.WantReject) || refused != (l.Basis != scenarios.BasisUnset) {
			t.Errorf("%s: %s is %v on the basis of %q with %d breaches", schema, r.args, l.Want, l.Basis, len(l.Breaches))
		}
		for _, b := range l.Breaches {
			if b.Detail == "" || len(b.Detail) > 210 || strings.Contains(b.Detail, "\n") {
				t.Errorf("%s: %s has the detail %q", schema, r.args, b.Detail)
			}
		}
	}
}

func TestWantOfBySchema(t *testing.T) {
	for _, tc := range []struct {
		name, schema string
		rows         []row
	}{
		{"closed object", `{"type": "object", "properties": {"a": {"type": "string"}, "n": {"type": "integer"}}, "required": ["a"], "additionalProperties": false}`, []row{
			{``, `required@/a`},
			{`{}`, `required@/a`},
			{`{"a": "x"}`, `ok`},
			{`{"a": "x", "n": 5}`, `ok`},
			{`{"a": "x", "n": 5.0}`, `ok`},
			{`{"a": "x", "n": 5e0}`, `ok`},
			{`{"a": "x", "n": 5.5}`, `type@/n`},
			{`{"a": "x", "n": "5"}`, `type@/n`},
			{`{"a": "x", "n": null}`, `type@/n`},
			{`{"a": true, "n": "5"}`, `type@/a type@/n`},
			{`{"a": "x", "b": 1}`, `additionalProperties@/b`},
			{`{"A": "x"}`, `spelling@/a`},
			{`{"a\u0000": "x"}`, `spelling@/a`},
			{`{"a": "x", "A": "x"}`, `additionalProperties@/A`},
			{`{"a": "x", "": 1}`, `additionalProperties@/`},
			{`{"a": "x", "x/y~z": 1}`, `additionalProperties@/x~1y~0z`},
			{`{"a": "x", "n": 12345678901234567890123456789012345678901234567890}`, `ok`},
		}},
		{"open object", `{"type": "object", "properties": {"a": {"type": "object", "properties": {"b": {}}}, "m": {"type": "object"}}}`, []row{
			{`{}`, `ok`},
			{``, `ok`},
			{`{"x": 1}`, `ok ~ additionalProperties@/x`},
			{`{"a": {"x": 1}}`, `ok ~ additionalProperties@/a/x`},
			{`{"m": {"x": 1}}`, `ok`},
			{`{"a": {"b": {"x": 1}}}`, `ok`},
			{`{"a": 1, "x": 1}`, `type@/a ~ additionalProperties@/x`},
		}},
		{"no properties", `{"type": "object"}`, []row{{`{}`, `ok`}, {`{"x": 1}`, `ok ~ additionalProperties@/x`}}},
		{"nothing passes", `{"not": {}}`, []row{{`{}`, `not@`}}},
		{"empty", `{}`, []row{{``, `ok`}, {`{"x": 1}`, `ok ~ additionalProperties@/x`}}},
		{"boolean subschemas", `{"properties": {"yes": true, "no": false, "list": {"items": false}}}`, []row{
			{`{"yes": 1}`, `ok`}, {`{"no": 1}`, `false@/no`}, {`{"list": []}`, `ok`}, {`{"list": [1]}`, `false@/list/0`},
		}},
		{"additional by schema", `{"type": "object", "additionalProperties": {"type": "integer"}}`, []row{
			{`{"x": 1}`, `ok`}, {`{"x": "1"}`, `type@/x`},
		}},
		{"pattern properties", `{"type": "object", "patternProperties": {"^x-": {"type": "string"}}, "properties": {"a": {}}, "additionalProperties": false}`, []row{
			{`{"x-a": "1", "a": 1}`, `ok`}, {`{"x-a": 1}`, `type@/x-a`}, {`{"y": 1}`, `additionalProperties@/y`},
		}},
		{"unevaluated", `{"allOf": [{"properties": {"a": {"type": "string"}}}], "properties": {"b": {}}, "unevaluatedProperties": false}`, []row{
			{`{"a": "x", "b": 1}`, `ok`}, {`{"a": "x", "c": 1}`, `false@/c`},
		}},
		{"enum and const", `{"properties": {"e": {"enum": ["a", 1, null, [1], {"k": 1.0}]}, "c": {"const": 1}}}`, []row{
			{`{"e": "a"}`, `ok`},
			{`{"e": "A"}`, `enum@/e`},
			{`{"e": 1.0}`, `ok`},
			{`{"e": 10e-1}`, `ok`},
			{`{"e": "1"}`, `enum@/e`},
			{`{"e": true}`, `enum@/e`},
			{`{"e": null}`, `ok`},
			{`{"e": [1.0]}`, `ok`},
			{`{"e": {"k": 1}}`, `ok`},
			{`{"c": 1.0}`, `ok`},
			{`{"c": 2}`, `const@/c`},
			{`{"c": true}`, `const@/c`},
			{`{"c": "1"}`, `const@/c`},
		}},
		{"bounds", `{"properties": {"n": {"type": "number", "minimum": -1, "exclusiveMaximum": 1.5, "multipleOf": 0.1}, "i": {"type": "integer", "maximum": 9007199254740992}}}`, []row{
			{`{"n": -1}`, `ok`},
			{`{"n": -1.1}`, `minimum@/n`},
			{`{"n": 1.5}`, `exclusiveMaximum@/n`},
			{`{"n": 1.4}`, `ok`},
			{`{"n": 0.3}`, `ok`},
			{`{"n": 0.35}`, `multipleOf@/n`},
			{`{"i": 9007199254740992}`, `ok`},
			{`{"i": 9007199254740993}`, `maximum@/i`},
			{`{"i": -1e400}`, `ok`},
			{`{"i": 1e400}`, `maximum@/i`},
		}},
		{"lengths count characters", `{"properties": {"s": {"type": "string", "minLength": 2, "maxLength": 3}, "a": {"maxItems": 1, "uniqueItems": true}}}`, []row{
			{`{"s": "😀😀😀"}`, `ok`},
			{`{"s": "é"}`, `minLength@/s`},
			{`{"s": "\ud83d\ude00"}`, `minLength@/s`},
			{`{"s": "abcd"}`, `maxLength@/s`},
			{`{"s": {"$repeat": ["é", 3]}}`, `ok`},
			{`{"s": {"$repeat": ["é", 4]}}`, `maxLength@/s`},
			{`{"a": [1, 1.0]}`, `maxItems@/a uniqueItems@/a`},
		}},
		{"unique items", `{"properties": {"a": {"uniqueItems": true}}}`, []row{
			{`{"a": [1, true, "1", null, [1], {"a": 1}]}`, `ok`}, {`{"a": [{"a": 1, "b": 2}, {"b": 2.0, "a": 1}]}`, `uniqueItems@/a`}, {`{"a": [0, false]}`, `ok`},
		}},
		{"items and tuples", `{"properties": {"t": {"prefixItems": [{"type": "string"}, {"type": "integer"}], "items": {"type": "boolean"}}, "c": {"contains": {"type": "string"}}}}`, []row{
			{`{"t": ["a", 1, true, false]}`, `ok`},
			{`{"t": ["a"]}`, `ok`},
			{`{"t": [1]}`, `type@/t/0`},
			{`{"t": ["a", 1, 1]}`, `type@/t/2`},
			{`{"c": [1, "a"]}`, `ok`},
			{`{"c": []}`, `contains@/c`},
		}},
		{"combinators", `{"properties": {"any": {"anyOf": [{"type": "string"}, {"type": "integer", "minimum": 5}]}, "one": {"oneOf": [{"minimum": 1}, {"maximum": 3}]}, "not": {"not": {"type": "string"}}}}`, []row{
			{`{"any": "x"}`, `ok`},
			{`{"any": 5}`, `ok`},
			{`{"any": 4}`, `minimum@/any type@/any`},
			{`{"any": null}`, `type@/any`},
			{`{"one": 0}`, `ok`},
			{`{"one": 2}`, `oneOf@/one`},
			{`{"not": 1}`, `ok`},
			{`{"not": "x"}`, `not@/not`},
		}},
		{"alternatives of the root", `{"type": "object", "properties": {"a": {}, "b": {}}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}`, []row{
			{`{"a": 1}`, `ok`}, {`{"b": 1}`, `ok`}, {`{}`, `required@/a required@/b`}, {`{"a": 1, "c": 1}`, `ok ~ additionalProperties@/c`},
		}},
		{"alternatives with keys of their own", `{"oneOf": [{"properties": {"k": {"const": "a"}, "x": {}}, "required": ["k"]}, {"properties": {"k": {"const": "b"}, "y": {}}, "required": ["k"]}]}`, []row{
			{`{"k": "a", "x": 1}`, `ok`}, {`{"k": "b", "x": 1}`, `ok`}, {`{"k": "b", "z": 1}`, `ok ~ additionalProperties@/z`}, {`{"k": "c"}`, `const@/k`},
		}},
		{"one closed alternative", `{"anyOf": [{"properties": {"a": {}}, "additionalProperties": false}, {"properties": {"b": {}}}]}`, []row{
			{`{"b": 1, "c": 1}`, `ok`}, {`{"a": 1}`, `ok`},
		}},
		{"if", `{"if": {"properties": {"k": {"const": "x"}}, "required": ["k"]}, "then": {"required": ["a"]}, "else": {"required": ["b"]}}`, []row{
			{`{"k": "x", "a": 1}`, `ok`}, {`{"k": "x", "b": 1}`, `required@/a`}, {`{"b": 1}`, `ok`}, {`{"b": 1, "c": 1}`, `ok ~ additionalProperties@/c`}, {`{}`, `required@/b`},
		}},
		{"dependent", `{"properties": {"a": {}, "b": {}, "c": {}}, "dependentRequired": {"a": ["b"]}, "dependentSchemas": {"c": {"properties": {"d": {"type": "string"}}}}}`, []row{
			{`{"a": 1}`, `dependentRequired@`}, {`{"a": 1, "b": 1}`, `ok`}, {`{"c": 1, "d": 1}`, `type@/d`}, {`{"c": 1, "d": "x"}`, `ok`},
		}},
		{"names", `{"propertyNames": {"maxLength": 3}, "maxProperties": 2, "minProperties": 1, "additionalProperties": {"type": "integer"}}`, []row{
			{`{"abc": 1}`, `ok`}, {`{"abcd": 1}`, `maxLength@`}, {`{}`, `minProperties@`}, {`{"a": 1, "b": 1, "c": 1}`, `maxProperties@`},
		}},
		{"keys that are asked for and not named", `{"properties": {"a": {}}, "required": ["b"], "dependentRequired": {"a": ["c"], "e": []}}`, []row{
			{`{"b": 1}`, `ok`}, {`{"b": 1, "a": 1, "c": 1, "e": 1}`, `ok`}, {`{"b": 1, "d": 1}`, `ok ~ additionalProperties@/d`},
		}},
		{"keys by a rule", `{"properties": {"a": {}, "m": {"properties": {"k": {}}, "patternProperties": {"^x-": {}}}}, "propertyNames": {"pattern": "^[a-z]+$"}}`, []row{
			{`{"b": 1}`, `ok`}, {`{"B": 1}`, `pattern@`}, {`{"m": {"x-b": 1}}`, `ok`}, {`{"m": {"y": 1}}`, `ok`},
		}},
		{"keys in their number", `{"type": "object", "minProperties": 1}`, []row{{`{}`, `minProperties@`}, {`{"x": 1}`, `ok`}}},
		{"whole arguments as a choice", `{"type": "object", "enum": [{"a": 1}, {"b": 2}]}`, []row{{`{"a": 1}`, `ok`}, {`{"c": 1}`, `enum@`}}},
		{"keys by every way of composing", `{"properties": {"a": {}}, "allOf": [{"properties": {"b": {}}}], "anyOf": [{"properties": {"c": {}}}], "oneOf": [{"$ref": "#/$defs/d"}], "if": {"properties": {"e": {}}}, "then": {"properties": {"f": {}}}, "else": {"properties": {"g": {}}}, "dependentSchemas": {"a": {"properties": {"h": {}}}}, "$defs": {"d": {"properties": {"d": {}}}}}`, []row{
			{`{"a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1, "g": 1, "h": 1}`, `ok`}, {`{"i": 1}`, `ok ~ additionalProperties@/i`},
		}},
		{"unevaluated in each way of composing", `{"anyOf": [{"properties": {"a": {"const": 1}}, "required": ["a"]}, {"properties": {"b": {}}, "required": ["b"]}], "patternProperties": {"^x-": {}}, "if": {"required": ["c"]}, "then": {"properties": {"c": {}}}, "unevaluatedProperties": false}`, []row{
			{`{"a": 1}`, `ok`}, {`{"b": 1, "x-y": 1, "c": 1}`, `ok`}, {`{"b": 1, "d": 1}`, `false@/d`}, {`{"b": 1, "a": 2}`, `false@/a`},
		}},
		{"unevaluated by a schema", `{"properties": {"a": {}}, "unevaluatedProperties": {"type": "integer"}}`, []row{
			{`{"b": 1}`, `ok`}, {`{"b": "x"}`, `type@/b`},
		}},
		{"unevaluated items", `{"properties": {"t": {"prefixItems": [{"type": "string"}], "contains": {"type": "integer"}, "unevaluatedItems": false}}}`, []row{
			{`{"t": ["a", 1, 2]}`, `ok`}, {`{"t": ["a", 1, "b"]}`, `false@/t/2`}, {`{"t": ["a"]}`, `contains@/t`},
		}},
		{"contained between", `{"properties": {"l": {"contains": {"const": 1}, "minContains": 2, "maxContains": 3}, "z": {"contains": {"const": 1}, "minContains": 0}}}`, []row{
			{`{"l": [1, 0, 1]}`, `ok`}, {`{"l": [1]}`, `minContains@/l`}, {`{"l": [1, 1, 1, 1]}`, `maxContains@/l`}, {`{"z": []}`, `ok`},
		}},
		{"anchors", `{"$id": "https://example.com/t", "properties": {"a": {"$ref": "#n"}, "b": {"$dynamicRef": "#n"}}, "$defs": {"n": {"$dynamicAnchor": "n", "type": "integer"}}}`, []row{
			{`{"a": 1, "b": 1}`, `ok`}, {`{"a": "x"}`, `type@/a`}, {`{"b": "x"}`, `type@/b`},
		}},
		{"definitions", `{"properties": {"n": {"$ref": "#/definitions/node"}, "p": {"$ref": "#/properties/n"}, "e": {"$ref": "#/$defs/a~1b%20c"}}, "definitions": {"node": {"type": "object", "properties": {"next": {"$ref": "#/definitions/node"}, "v": {"type": "integer"}}, "required": ["v"], "additionalProperties": false}}, "$defs": {"a/b c": {"type": "null"}}}`, []row{
			{`{"n": {"v": 1, "next": {"v": 2, "next": {"v": 3}}}}`, `ok`},
			{`{"n": {"v": 1, "next": {"v": 2, "next": {}}}}`, `required@/n/next/next/v`},
			{`{"p": {"v": "1"}}`, `type@/p/v`},
			{`{"e": null}`, `ok`},
			{`{"e": 1}`, `type@/e`},
			{`{"n": {"v": 1, "w": 2}}`, `additionalProperties@/n/w`},
		}},
		{"addresses", `{"$id": "https://example.com/tool", "properties": {"a": {"$ref": "#pos"}, "b": {"$ref": "https://example.com/other"}, "c": {"$ref": "other#/$defs/x"}}, "$defs": {"p": {"$anchor": "pos", "minimum": 1}, "o": {"$id": "other", "type": "string", "$defs": {"x": {"type": "null"}}}}}`, []row{
			{`{"a": 1, "b": "x", "c": null}`, `ok`}, {`{"a": 0}`, `minimum@/a`}, {`{"b": 1}`, `type@/b`}, {`{"c": 1}`, `type@/c`},
		}},
		{"a property called $ref", `{"properties": {"$ref": {"type": "string"}, "type": {"type": "integer"}, "properties": {"enum": [1]}}}`, []row{
			{`{"$ref": "x", "type": 1, "properties": 1}`, `ok`}, {`{"$ref": 1, "more": 1}`, `type@/$ref ~ additionalProperties@/more`}, {`{"properties": 2}`, `enum@/properties`},
		}},
		{"formats are loose", `{"properties": {"d": {"type": "string", "format": "date"}, "u": {"format": "uri"}, "x": {"format": "made-up"}, "r": {"format": "regex"}, "n": {"not": {"format": "date"}}, "e": {"contentEncoding": "base64", "contentMediaType": "application/json"}}}`, []row{
			{`{"d": "2024-05-17", "u": "http://a/b", "x": "y", "e": "***"}`, `ok`},
			{`{"d": "today"}`, `ok ~ format@/d`},
			{`{"u": "not a uri"}`, `ok ~ format@/u`},
			{`{"r": "("}`, `ok ~ format@/r`},
			{`{"d": 1}`, `type@/d`},
		}},
		{"no bound", `{"properties": {"free": {"type": "string"}, "bound": {"type": "string", "maxLength": 100000000}, "list": {"type": "array"}}}`, []row{
			{`{"free": {"$repeat": ["A", 65000]}}`, `ok`}, {`{"free": {"$repeat": ["A", 70000]}}`, `ok ~ unbounded@/free`}, {`{"bound": {"$repeat": ["A", 70000]}}`, `ok`}, {`{"list": {"$repeat": [0, 70000]}}`, `ok ~ unbounded@/list`},
		}},
		{"member twice", `{"properties": {"a": {"type": "integer"}}}`, []row{
			{`{"a": "x", "a": 1}`, `ok ~ ENV-12@`}, {`{"a": 1, "a": "x"}`, `ok ~ ENV-12@`}, {`{"a": "x", "o": {"k": 1, "k": 2}}`, `ok ~ additionalProperties@/o ENV-12@`},
		}},
		{"arguments that are none", `{"type": "object"}`, []row{
			{`null`, `arguments@`}, {`[]`, `arguments@`}, {`"{}"`, `arguments@`}, {`7`, `arguments@`}, {`{"$repeat": ["A", 5000000]}`, `arguments@`}, {`{"$nest": [0, 20000]}`, `arguments@`},
		}},
	} {
		t.Run(tc.name, func(t *testing.T) { judge(t, tc.schema, tc.rows) })
	}
}

// The draft is the one that $schema names, 2020-12 where it names none that is
// known.
func TestWantOfByDraft(t *testing.T) {
	const d4, d6, d7, d19, d20 = "http://json-schema.org/draft-04/schema#", "http://json-schema.org/draft-06/schema#", "http://json-schema.org/draft-07/schema#",
		"https://json-schema.org/draft/2019-09/schema", "https://json-schema.org/draft/2020-12/schema"
	all := []string{d4, d6, d7, d19, d20, strings.TrimSuffix(d7, "#"), "https" + strings.TrimPrefix(d7, "http"), "", "https://example.com/my-draft", "http://json-schema.org/draft-03/schema#"}
	for _, tc := range []struct {
		name, schema string
		drafts       []string
		rows         []row
	}{
		{"whole floats are integers", `"properties": {"n": {"type": "integer"}}`, all, []row{{`{"n": 5.0}`, `ok`}, {`{"n": 5.5}`, `type@/n`}}},
		{"id of draft 4", `"id": "http://example.com/t", "properties": {"n": {"$ref": "other#"}}, "definitions": {"x": {"id": "other", "type": "string"}}`, []string{d4}, []row{{`{"n": 5}`, `type@/n`}, {`{"n": ""}`, `ok`}}},
		{"dependencies by schema", `"properties": {"a": {}}, "dependencies": {"a": {"properties": {"b": {"type": "integer"}}, "required": ["b"]}}`, []string{d4, d6, d7}, []row{{`{"a": 1}`, `required@/b`}, {`{"a": 1, "b": "x"}`, `type@/b`}, {`{"a": 1, "b": 1}`, `ok`}, {`{"b": "x"}`, `ok`}}},
		{"dependent", `"properties": {"a": {}}, "dependentRequired": {"a": ["b"]}, "dependentSchemas": {"a": {"properties": {"b": {"type": "integer"}}}}`, []string{d19, d20, ""}, []row{{`{"a": 1}`, `dependentRequired@`}, {`{"a": 1, "b": "x"}`, `type@/b`}, {`{"a": 1, "b": 1}`, `ok`}}},
		{"contains", `"properties": {"l": {"contains": {"const": 1}}}`, []string{d6, d7, d19, d20, ""}, []row{{`{"l": []}`, `contains@/l`}, {`{"l": [0, 1]}`, `ok`}}},
		{"contains is not of draft 4", `"properties": {"l": {"contains": {"enum": [1]}}}`, []string{d4}, []row{{`{"l": []}`, `ok`}}},
		{"property names", `"properties": {"m": {"propertyNames": {"maxLength": 2}}}`, []string{d6, d7, d19, d20, ""}, []row{{`{"m": {"abc": 1}}`, `maxLength@`}, {`{"m": {"ab": 1}}`, `ok`}}},
		{"closed tuples by items", `"properties": {"n": {"items": [{"type": "string"}], "additionalItems": false}}`, []string{d4, d6, d7, d19}, []row{{`{"n": ["x"]}`, `ok`}, {`{"n": ["x", 1]}`, `additionalItems@/n`}}},
		{"recursive reference", `"$recursiveAnchor": true, "properties": {"n": {"$recursiveRef": "#"}, "v": {"type": "integer"}}`, []string{d19}, []row{{`{"n": {"n": {"v": 1}}}`, `ok`}, {`{"n": {"n": {"v": "x"}}}`, `type@/n/n/v`}}},
		{"unevaluated is of 2019-09", `"properties": {"a": {}}, "unevaluatedProperties": false`, []string{d19, d20, ""}, []row{{`{"b": 1}`, `false@/b`}, {`{"a": 1}`, `ok`}}},
		{"definitions everywhere", `"properties": {"n": {"$ref": "#/definitions/x"}}, "definitions": {"x": {"type": "string"}}`, all, []row{{`{"n": 5}`, `type@/n`}, {`{"n": ""}`, `ok`}}},
		{"exclusive as boolean", `"properties": {"n": {"maximum": 5, "exclusiveMaximum": true, "minimum": 1, "exclusiveMinimum": false}}`, []string{d4}, []row{{`{"n": 5}`, `exclusiveMaximum@/n`}, {`{"n": 1}`, `ok`}}},
		{"exclusive as number", `"properties": {"n": {"exclusiveMaximum": 5}}`, []string{d6, d7, d19, d20, ""}, []row{{`{"n": 5}`, `exclusiveMaximum@/n`}}},
		{"const is not of draft 4", `"properties": {"n": {"const": 5}}`, []string{d4}, []row{{`{"n": 6}`, `ok`}}},
		{"const", `"properties": {"n": {"const": 5}}`, []string{d6, d7, d19, d20, ""}, []row{{`{"n": 6}`, `const@/n`}}},
		{"if is of draft 7", `"properties": {"n": {"if": {"type": "string"}, "then": false}}`, []string{d6}, []row{{`{"n": "x"}`, `ok`}}},
		{"if", `"properties": {"n": {"if": {"type": "string"}, "then": false}}`, []string{d7, d19, d20}, []row{{`{"n": "x"}`, `false@/n`}}},
		{"$ref alone counts", `"properties": {"n": {"$ref": "#/definitions/x", "maximum": 1}}, "definitions": {"x": {"type": "integer"}}`, []string{d4, d6, d7}, []row{{`{"n": 5}`, `ok`}, {`{"n": ""}`, `type@/n`}}},
		{"$ref with siblings", `"properties": {"n": {"$ref": "#/definitions/x", "maximum": 1}}, "definitions": {"x": {"type": "integer"}}`, []string{d19, d20, ""}, []row{{`{"n": 5}`, `maximum@/n`}}},
		{"tuples by items", `"properties": {"n": {"items": [{"type": "string"}], "additionalItems": {"type": "integer"}}}`, []string{d4, d6, d7, d19}, []row{{`{"n": ["x", 1]}`, `ok`}, {`{"n": [1, "x"]}`, `type@/n/0 type@/n/1`}}},
		{"dependencies", `"properties": {"a": {}, "b": {}}, "dependencies": {"a": ["b"]}`, []string{d4, d6, d7}, []row{{`{"a": 1}`, `dependencies@`}}},
		{"no dependencies", `"properties": {"a": {}, "b": {}}, "dependencies": {"a": ["b"]}`, []string{d19, d20, "", "https://example.com/my-draft"}, []row{{`{"a": 1}`, `ok`}}},
		{"formats are loose", `"properties": {"d": {"format": "ipv4"}, "r": {"format": "regex"}, "o": {"oneOf": [{"format": "regex"}, {"type": "integer"}]}}`, all, []row{{`{"d": "x"}`, `ok ~ format@/d`}, {`{"r": "["}`, `ok ~ format@/r`}, {`{"o": "["}`, `ok ~ format@/o`}}},
	} {
		for _, draft := range tc.drafts {
			head := ""
			if draft != "" {
				head = fmt.Sprintf(`"$schema": %q, `, draft)
			}
			t.Run(tc.name+" "+draft, func(t *testing.T) { judge(t, "{"+head+tc.schema+"}", tc.rows) })
		}
	}
}
