package scenarios_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Patterns are ECMAScript's, with the u flag.
func TestPatterns(t *testing.T) {
	for _, tc := range []struct{ pattern, matches, fails string }{
		{`^\d+$`, `12`, `1a`},
		{`^\p{L}+$`, `éßж`, `a1`},
		{`^\P{L}$`, `1`, `a`},
		{`^\u0041\x42$`, `AB`, `ab`},
		{`^\u{1F600}.$`, `😀😀`, `😀`},
		{`^.{1,2}$`, `😀😀`, `😀😀😀`},
		{`^(?=.*[A-Z])(?=.*\d).{4,}$`, `Abc1`, `abc1`},
		{`^(?!tmp)[a-z]+$`, `notes`, `tmpfile`},
		{`(?<=a)b`, `ab`, `cb`},
		{`^(?<q>['"]).*\k<q>$`, `'x'`, `'x"`},
		{`^[^\x00-\x1f]*$`, `abc`, "a\tb"},
		{`^a\/b\-c$`, `a/b-c`, `a\/b-c`},
		{`^[\w.-]+@[\w-]+$`, `a.b@c-d`, `a b@c`},
		{`^[\p{L}\p{N}_ ]+$`, `été 2`, `a!`},
		{`b`, `abc`, `ac`},
		{`^\cA$`, "\x01", `A`},
		{`^C:\\A$`, `C:\A`, `C:A`},
	} {
		text := scenarios.Quote(tc.pattern)
		judge(t, fmt.Sprintf(`{"properties": {"p": {"pattern": %s}}}`, text), []row{
			{`{"p": ` + scenarios.Quote(tc.matches) + `}`, `ok`}, {`{"p": ` + scenarios.Quote(tc.fails) + `}`, `pattern@/p`}, {`{"p": 7}`, `ok`},
		})
		judge(t, fmt.Sprintf(`{"properties": {"p": {"not": {"pattern": %s}}}}`, text), []row{
			{`{"p": ` + scenarios.Quote(tc.matches) + `}`, `not@/p`}, {`{"p": ` + scenarios.Quote(tc.fails) + `}`, `ok`},
		})
	}
}

// What engines read in different ways refuses nothing, wherever it stands.
func TestPatternsThatDependOnTheEngine(t *testing.T) {
	for _, tc := range []struct{ pattern, value string }{
		{`^\d+$`, `٣`},               // Python's \d
		{`^\w+$`, `Zürich`},          // Python's, Rust's and .NET's \w
		{`^a$`, "a\n"},               // Python's $
		{`^[a-z]+\Z`, `1`},           // Python
		{`\A[a-z]+\z`, `1`},          // Go, Ruby
		{`^(?i)abc$`, `ABC`},         // Go, Python
		{`^(?P<x>a)$`, `b`},          // Go, Python
		{`^[[:alpha:]]+$`, `abc`},    // POSIX
		{`^\Qa.b\E$`, `a.b`},         // Go, Java
		{`^[a-z&&[^b]]+$`, `a`},      // Java
		{`^a{,3}$`, `aa`},            // Python
		{`^\ud83d\ude00$`, `😀`},      // without the u flag
		{`^\p{Letter}+$`, `1`},       // a long name, which is not known here
		{`^\p{Script=Greek}+$`, `a`}, // a script, neither
		{`(`, `x`},                   // no pattern at all
		{`^a++$`, `b`},               // possessive
	} {
		text, value := scenarios.Quote(tc.pattern), scenarios.Quote(tc.value)
		for _, schema := range []string{
			`{"properties": {"p": {"pattern": %[1]s}}}`,
			`{"properties": {"p": {"not": {"pattern": %[1]s}}}}`,
			`{"properties": {"p": {"oneOf": [{"pattern": %[1]s}, {"type": "string"}]}}}`,
			`{"properties": {"p": {"oneOf": [{"pattern": %[1]s}, {"type": "number"}]}}}`,
			`{"properties": {"p": {"if": {"pattern": %[1]s}, "then": false}}}`,
			`{"properties": {"p": {"if": {"pattern": %[1]s}, "else": false}}}`,
			`{"properties": {"p": {"$ref": "#/$defs/p"}}, "$defs": {"p": {"not": {"$ref": "#/$defs/q"}}, "q": {"pattern": %[1]s}}}`,
			`{"properties": {"m": {"patternProperties": {%[1]s: {"type": "number"}}}}}`,
			`{"properties": {"m": {"patternProperties": {%[1]s: {"type": "string"}}, "additionalProperties": false}}}`,
			`{"properties": {"m": {"patternProperties": {%[1]s: true}, "unevaluatedProperties": false}}}`,
			`{"properties": {"m": {"propertyNames": {"pattern": %[1]s}}}}`,
		} {
			schema = fmt.Sprintf(schema, text)
			c := catalog(t, schema)
			args := scenarios.MustValue(`{"p": ` + value + `, "m": {` + value + `: "x"}}`)
			l := c.WantOf(scenarios.Call{Tool: "t", Args: args})
			if c.Tools()[0].Trouble != "" || l.Want != scenarios.WantAny || len(l.Unjudged) == 0 {
				t.Errorf("%s with %s: %s, %v, trouble %q", schema, args, verdict(l), l.Unjudged, c.Tools()[0].Trouble)
			}
		}
	}
}

// A pattern that takes for ever gives up, refuses nothing and is named; a
// value that it can tell of in time is judged.
func TestCatastrophicPattern(t *testing.T) {
	for _, schema := range []string{
		`{"properties": {"p": {"pattern": "^(a|aa)+$"}}}`, `{"properties": {"p": {"not": {"pattern": "^(a|aa)+$"}}}}`,
	} {
		c := catalog(t, schema)
		slow := scenarios.MustValue(`{"p": "` + strings.Repeat("a", 60) + `!"}`)
		l := c.WantOf(scenarios.Call{Tool: "t", Args: slow})
		if l.Want != scenarios.WantAny || len(l.Unjudged) == 0 {
			t.Errorf("%s: %s, %v", schema, verdict(l), l.Unjudged)
		}
	}
	judge(t, `{"properties": {"p": {"pattern": "^(a|aa)+$"}}}`, []row{{`{"p": "aaa"}`, `ok`}, {`{"p": "b"}`, `pattern@/p`}})
}

// What cannot be judged is left out and named, the rest is judged.
func TestUnjudged(t *testing.T) {
	for _, tc := range []struct {
		name, schema, unjudged string
		rows                   []row
	}{
		{
			"unknown draft", `{"$schema": "https://example.com/d", "properties": {"a": {"type": "string"}, "b": {"not": {}}}}`, "$schema https://example.com/d",
			[]row{{`{"a": 1}`, `type@/a`}, {`{"b": 1}`, `ok`}},
		},
		{
			"foreign reference", `{"properties": {"a": {"$ref": "https://example.com/x.json#/definitions/a"}, "b": {"type": "string"}}}`, "$ref https://example.com/x.json#/definitions/a",
			[]row{{`{"a": 1, "x": 1}`, `ok`}, {`{"a": 1, "b": 1}`, `type@/b`}, {`{"a": {"k": 1}}`, `ok`}},
		},
		{
			"foreign reference under not", `{"properties": {"a": {"not": {"$ref": "x.json"}}, "b": {"oneOf": [{"$ref": "x.json"}, {"type": "string"}]}, "c": {"if": {"$ref": "x.json"}, "then": false}}}`, "$ref x.json",
			[]row{{`{"a": 1, "b": "x", "c": 1}`, `ok`}},
		},
		{
			"foreign reference of draft 7", `{"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"a": {"$ref": "x.json", "type": "string"}}}`, "$ref x.json",
			[]row{{`{"a": 1}`, `ok`}},
		},
		{
			"foreign reference beside unevaluated", `{"$ref": "x.json", "properties": {"a": {}}, "unevaluatedProperties": false}`, "$ref x.json",
			[]row{{`{"b": 1}`, `ok`}},
		},
		{
			"a file", `{"properties": {"a": {"$ref": "file:///etc/hostname"}}}`, "$ref file:///etc/hostname",
			[]row{{`{"a": 1}`, `ok`}},
		},
		{
			"foreign dynamic reference", `{"properties": {"a": {"$dynamicRef": "x.json#meta"}}}`, "$dynamicRef x.json#meta",
			[]row{{`{"a": 1}`, `ok`}},
		},
		{
			"definitions below a foreign one stay", `{"properties": {"a": {"$ref": "x.json", "$defs": {"s": {"type": "string"}}}, "b": {"$ref": "#/properties/a/$defs/s"}}}`, "$ref x.json",
			[]row{{`{"b": 1}`, `type@/b`}},
		},
		{
			"unknown draft below", `{"properties": {"a": {"$id": "a", "$schema": "https://example.com/d", "type": "string"}}}`, "$schema https://example.com/d",
			[]row{{`{"a": 1}`, `type@/a`}, {`{"a": "x"}`, `ok`}},
		},
		{
			"reference into a value", `{"properties": {"a": {"$ref": "#/properties/const/default"}, "const": {"default": {"maximum": 1e30000000}}, "b": {"$ref": "#/properties/const"}}}`, "$ref #/properties/const/default",
			[]row{{`{"a": 1, "b": 2}`, `ok`}},
		},
		{
			"huge bound under a keyword of its own", `{"properties": {"a": {"$ref": "#/components/schemas/A"}}, "components": {"schemas": {"A": {"type": "integer", "maximum": 1e30000000, "minimum": 3}}}}`, "maximum",
			[]row{{`{"a": 7}`, `ok`}, {`{"a": ""}`, `type@/a`}, {`{"a": 2}`, `minimum@/a`}},
		},
		{
			"pattern under a keyword of its own", `{"properties": {"a": {"$ref": "#/$components/A"}}, "$components": {"A": {"type": "string", "pattern": "("}}}`, "pattern (",
			[]row{{`{"a": "x"}`, `ok`}, {`{"a": 7}`, `type@/a`}},
		},
		{
			"long pattern", `{"properties": {"a": {"type": "string", "pattern": "` + strings.Repeat("(", 100_000) + strings.Repeat(")", 100_000) + `"}}}`, "pattern " + strings.Repeat("(", 192) + "...",
			[]row{{`{"a": "x"}`, `ok`}, {`{"a": 7}`, `type@/a`}},
		},
		{
			"nullable", `{"properties": {"a": {"type": "string", "nullable": true}, "e": {"type": ["string"], "enum": ["x"], "nullable": true}, "r": {"nullable": true, "allOf": [{"type": "string"}]}, "n": {"type": "string", "nullable": false}}}`, "nullable",
			[]row{{`{"a": null, "e": null, "r": null}`, `ok`}, {`{"a": 1}`, `type@/a`}, {`{"e": "y"}`, `enum@/e`}, {`{"n": null}`, `type@/n`}},
		},
		{
			"huge bounds", `{"properties": {"a": {"maximum": 1e30000000, "type": "integer"}, "l": {"maxLength": 18446744073709551615}, "m": {"maxItems": 1e300}, "c": {"const": 1e999999}, "e": {"enum": [1e-999999]}}}`, "const",
			[]row{{`{"a": 1, "l": "x", "m": [1], "c": 1, "e": 2}`, `ok`}, {`{"a": ""}`, `type@/a`}},
		},
		{
			"huge bound under not", `{"properties": {"a": {"not": {"minimum": 1e30000000}}}}`, "minimum",
			[]row{{`{"a": 1}`, `ok`}},
		},
		{
			"pattern of a key", `{"properties": {"a": {}}, "patternProperties": {"(": {"type": "string"}, "^n": {"type": "number"}}, "additionalProperties": false}`, "patternProperties (",
			[]row{{`{"b": 1}`, `ok`}, {`{"n": ""}`, `type@/n`}},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			judge(t, tc.schema, tc.rows)
			l := catalog(t, tc.schema).WantOf(scenarios.Call{Tool: "t", Args: scenarios.Obj()})
			if !slices.Contains(l.Unjudged, tc.unjudged) {
				t.Errorf("unjudged: %q, want %q", l.Unjudged, tc.unjudged)
			}
		})
	}
}

// Nothing is fetched from where a schema points to.
func TestNothingIsLoaded(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "schema.json")
	if err := os.WriteFile(file, []byte(`{"type": "string"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{server.URL + "/a.json", "file://" + file, file} {
		for _, schema := range []string{
			`{"properties": {"a": {"$ref": %q}}}`, `{"properties": {"a": {"$ref": "%s#/definitions/x"}}}`,
			`{"$schema": %q, "properties": {"a": {}}}`, `{"$id": %q, "properties": {"a": {"$ref": "b.json"}}}`,
		} {
			judge(t, fmt.Sprintf(schema, ref), []row{{`{"a": 1}`, `ok`}})
		}
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("the server was asked %d times", n)
	}
}

// What is too large to validate is judged by what is known of its size, and
// nothing is refused of which that does not tell.
func TestOversized(t *testing.T) {
	const big = `{"$repeat": ["A", 10485760]}`
	for _, tc := range []struct{ name, schema, args, want string }{
		{"free text", `{"properties": {"a": {"type": "string"}}}`, `{"a": ` + big + `}`, `ok ~ unbounded@/a`},
		{"bounded text", `{"properties": {"a": {"type": "string", "maxLength": 100}}}`, `{"a": ` + big + `}`, `maxLength@/a`},
		{"exactly as long as it may be", `{"properties": {"a": {"type": "string", "maxLength": 10485760}}}`, `{"a": ` + big + `}`, `ok`},
		{"one too long", `{"properties": {"a": {"type": "string", "maxLength": 10485759}}}`, `{"a": ` + big + `}`, `maxLength@/a`},
		{"length in characters", `{"properties": {"a": {"maxLength": 2000000}}}`, `{"a": {"$repeat": ["é", 2000000]}}`, `ok`},
		{"halves of pairs", `{"properties": {"a": {"maxLength": 1000001}}}`, `{"a": {"$repeat": ["\ude00\ud83d", 1000000]}}`, `ok`},
		{"random text", `{"properties": {"a": {"maxLength": 100}}}`, `{"a": {"$rand": [1, 2000000]}}`, `maxLength@/a`},
		{"another type", `{"properties": {"a": {"type": "integer"}}}`, `{"a": ` + big + `}`, `type@/a ~ unbounded@/a`},
		{"type or null", `{"properties": {"a": {"type": ["string", "null"]}}}`, `{"a": ` + big + `}`, `ok ~ unbounded@/a`},
		{"number beside it", `{"properties": {"a": {}, "n": {"type": "integer"}}}`, `{"a": ` + big + `, "n": 5.0}`, `ok ~ unbounded@/a`},
		{"list", `{"properties": {"a": {"type": "array", "maxItems": 10}}}`, `{"a": {"$repeat": [1, 1000000]}}`, `maxItems@/a`},
		{"list in a list", `{"properties": {"a": {"items": {"maxLength": 3}}}}`, `{"a": ["x", ` + big + `]}`, `maxLength@/a/1`},
		{"in an object", `{"properties": {"o": {"properties": {"a": {"maxLength": 3}}}}}`, `{"o": {"a": ` + big + `}}`, `maxLength@/o/a`},
		{"by reference", `{"properties": {"a": {"$ref": "#/$defs/s"}}, "$defs": {"s": {"maxLength": 3}}}`, `{"a": ` + big + `}`, `maxLength@/a`},
		{"by reference, with siblings", `{"properties": {"a": {"$ref": "#/$defs/s", "maxLength": 3}}, "$defs": {"s": {"type": "string"}}}`, `{"a": ` + big + `}`, `maxLength@/a`},
		{"by reference of draft 7, whose siblings do not count", `{"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"a": {"$ref": "#/definitions/s", "maxLength": 3}}, "definitions": {"s": {"type": "string"}}}`, `{"a": ` + big + `}`, `ok ~ unbounded@/a`},
		{"by allOf", `{"properties": {"a": {"allOf": [{"type": "string"}, {"maxLength": 3}]}}}`, `{"a": ` + big + `}`, `maxLength@/a`},
		{"key of a closed object", `{"properties": {"b": {}}, "additionalProperties": false}`, `{"a": ` + big + `}`, `additionalProperties@/a`},
		{"key by pattern", `{"patternProperties": {"^a": {}}, "additionalProperties": false}`, `{"a": ` + big + `}`, `ok`},
		{"keys by schema", `{"type": "object", "additionalProperties": {"type": "string"}}`, `{"a": ` + big + `}`, `ok ~ unbounded@/a`},
		{"keys by a schema that it breaks", `{"type": "object", "additionalProperties": {"type": "string", "maxLength": 3}}`, `{"a": ` + big + `}`, `maxLength@/a`},
		{"no such property", `{"properties": {"a": false}}`, `{"a": ` + big + `}`, `false@/a`},
		{"one closed alternative", `{"anyOf": [{"properties": {"b": {}}, "additionalProperties": false}, {"properties": {"a": {}}}]}`, `{"a": ` + big + `}`, `ok ~ unbounded@/a`},
		{"one bounded alternative", `{"properties": {"a": {"anyOf": [{"maxLength": 3}, {"type": "string"}]}}}`, `{"a": ` + big + `}`, `ok`},
		{"under not", `{"properties": {"a": {"not": {"type": "integer"}}}}`, `{"a": ` + big + `}`, `ok ~ unbounded@/a`},
		{"under if", `{"properties": {"a": {"if": {"type": "string"}, "then": {"maxLength": 3}}}}`, `{"a": ` + big + `}`, `ok`},
		{"unevaluated", `{"allOf": [{"properties": {"a": {}}}], "unevaluatedProperties": false}`, `{"a": ` + big + `}`, `ok ~ unbounded@/a`},
		{"tuple", `{"properties": {"a": {"prefixItems": [{"type": "string"}], "items": {"type": "integer"}}}}`, `{"a": [` + big + `]}`, `ok ~ unbounded@/a/0`},
		{"behind a tuple", `{"properties": {"a": {"prefixItems": [{"type": "integer"}], "items": {"type": "integer"}}}}`, `{"a": [1, ` + big + `]}`, `type@/a/1 ~ unbounded@/a/1`},
		{"tuple of draft 7", `{"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"a": {"items": [{"type": "string"}], "additionalItems": {"type": "integer"}}}}`, `{"a": [` + big + `, 1]}`, `ok ~ unbounded@/a/0`},
		{"references in a part with an address", `{"properties": {"o": {"$id": "o", "properties": {"a": {"$ref": "#/$defs/s"}}, "$defs": {"s": {"type": "string"}}}}, "$defs": {"s": {"type": "integer"}}}`, `{"o": {"a": ` + big + `}}`, `ok`},
		{"deep", `{"properties": {"a": {"type": "array"}}}`, `{"a": {"$nest": [0, 20000]}}`, `ok`},
		{"deep and of another type", `{"properties": {"a": {"type": "string"}}}`, `{"a": {"$nest": [0, 20000]}}`, `type@/a`},
		{"huge number", `{"properties": {"a": {"type": "integer", "maximum": 10}}}`, `{"a": 1e30000000}`, `ok`},
		{"huge number for a text", `{"properties": {"a": {"type": "string"}}}`, `{"a": -1E+30000000}`, `type@/a`},
		{"huge number beside a breach", `{"properties": {"a": {}, "b": {"type": "string"}}}`, `{"a": 1e30000000, "b": 1}`, `type@/b`},
		{"needs more than it tells", `{"properties": {"a": {"enum": ["x"]}}, "required": ["b"]}`, `{"a": ` + big + `}`, `ok`},
		{"circle", `{"properties": {"a": {"$ref": "#/properties/a"}}}`, `{"a": ` + big + `}`, `ok ~ unbounded@/a`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			judge(t, tc.schema, []row{{tc.args, tc.want}})
			l := catalog(t, tc.schema).WantOf(scenarios.Call{Tool: "t", Args: scenarios.MustValue(tc.args)})
			if len(l.Unjudged) == 0 {
				t.Error("it does not say that not all is judged")
			}
		})
	}
}

// Bytes that are no JSON may be read as anything.
func TestBytesAreNotJudged(t *testing.T) {
	c := catalog(t, `{"properties": {"a": {"type": "integer"}}, "additionalProperties": false}`)
	for _, args := range []string{`{"a": {"$bytes": "ff"}}`, `{"$bytes": "222c2261223a22"}`, `{"b": {"$repeat": [[{"$bytes": "0a"}], 2]}}`, `{"a": {"$bytes": "5c"}, "b": {"$repeat": ["A", 2000000]}}`} {
		if l := c.WantOf(scenarios.Call{Tool: "t", Args: scenarios.MustValue(args)}); l.Want != scenarios.WantAny || len(l.Unjudged) == 0 {
			t.Errorf("%s: %+v", args, l)
		}
	}
	if l := c.WantOf(scenarios.Call{Tool: "t", Args: scenarios.MustValue(`{"a": {"$bytes": "61"}}`)}); verdict(l) != "type@/a" {
		t.Errorf("bytes that are a sound string: %s", verdict(l))
	}
}

func TestWantOfOtherSteps(t *testing.T) {
	c := catalog(t, `{"properties": {"a": {"type": "integer"}}}`)
	args := func(text string) scenarios.Value { return scenarios.MustValue(text) }
	for _, tc := range []struct {
		name string
		step scenarios.Step
		want string
	}{
		{"unknown tool", scenarios.Call{Tool: "u"}, "tool@"},
		{"tool in another case", scenarios.Call{Tool: "T"}, "spelling@"},
		{"tool with blanks around it", scenarios.Call{Tool: " t "}, "spelling@"},
		{"unknown tool and bad arguments", scenarios.Call{Tool: "x", Args: args(`7`)}, "tool@"},
		{"reference with a default", scenarios.Call{Tool: "t", Args: args(`{"a": {"$known": ["k", "x"]}}`)}, "type@/a"},
		{"reference without", scenarios.Call{Tool: "t", Args: args(`{"a": {"$from": "1/x"}}`)}, "ok"},
		{"burst", scenarios.Burst{N: 2, Lines: []scenarios.Step{scenarios.Call{Tool: "t", Args: args(`{"a": ""}`)}}}, "type@/a"},
		{"any request", scenarios.Request{Method: "nope", Params: args(`{"a": 1}`)}, "ok"},
		{"params absent", scenarios.Request{Method: "ping"}, "ok"},
		{"params an array", scenarios.Request{Method: "ping", Params: args(`[]`)}, "params@"},
		{"params a long text", scenarios.Request{Method: "ping", Params: args(`{"$repeat": ["A", 5000000]}`)}, "params@"},
		{"params not known", scenarios.Request{Method: "tools/call", Params: args(`{"$from": "1/x"}`)}, "ok"},
		{"params by default", scenarios.Request{Method: "tools/call", Params: args(`{"$known": ["k", {"name": "t", "arguments": {"a": ""}}]}`)}, "type@/a"},
		{"call", scenarios.Request{Method: "tools/call", Params: args(`{"name": "t", "arguments": {"a": 1}}`)}, "ok"},
		{"call without arguments", scenarios.Request{Method: "tools/call", Params: args(`{"name": "t"}`)}, "ok"},
		{"call without params", scenarios.Request{Method: "tools/call"}, "name@/name"},
		{"call without name", scenarios.Request{Method: "tools/call", Params: args(`{"arguments": {}}`)}, "name@/name"},
		{"name a number", scenarios.Request{Method: "tools/call", Params: args(`{"name": 7}`)}, "name@/name"},
		{"name an expression", scenarios.Request{Method: "tools/call", Params: args(`{"name": {"$repeat": ["t", 1]}}`)}, "ok"},
		{"name a long expression", scenarios.Request{Method: "tools/call", Params: args(`{"name": {"$repeat": ["t", 70000]}}`)}, "tool@"},
		{"name not known", scenarios.Request{Method: "tools/call", Params: args(`{"name": {"$canary": "x"}}`)}, "ok"},
		{"name in bytes", scenarios.Request{Method: "tools/call", Params: args(`{"name": {"$bytes": "ff"}}`)}, "ok"},
		{"name twice", scenarios.Request{Method: "tools/call", Params: args(`{"name": "x", "name": "t"}`)}, "ok ~ ENV-12@"},
		{"arguments null", scenarios.Request{Method: "tools/call", Params: args(`{"name": "t", "arguments": null}`)}, "arguments@"},
		{"notification", scenarios.Notify{Method: "tools/call", Params: args(`[]`)}, "ok"},
	} {
		l := c.WantOf(tc.step)
		if got := verdict(l); got != tc.want || l.Want == scenarios.WantUnset {
			t.Errorf("%s: %s, %v; want %s", tc.name, got, l.Want, tc.want)
		}
	}
	for _, silent := range []scenarios.Step{scenarios.Open{}, scenarios.Pause{}, scenarios.Cancel{Of: 1}, scenarios.Answer{}, scenarios.Gen{}, scenarios.Burst{}} {
		if l := c.WantOf(silent); l.Want != scenarios.WantUnset {
			t.Errorf("%T is labelled %v", silent, l.Want)
		}
	}
}

// A catalogue serves several goroutines and says the same to each.
func TestLabelsAreStable(t *testing.T) {
	c := catalog(t, `{"properties": {"a": {"pattern": "^x+$", "enum": ["x", "xx"]}, "b": {"type": "integer"}, "c": {"format": "date"}}, "required": ["d", "e"], "additionalProperties": false}`)
	call := scenarios.Call{Tool: "t", Args: scenarios.MustValue(`{"a": "y", "b": "z", "f": 1, "g": 2, "h": 3}`)}
	want := fmt.Sprint(c.WantOf(call))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if got := fmt.Sprint(c.WantOf(call)); got != want {
					t.Errorf("%s, then %s", want, got)
					return
				}
			}
		})
	}
	wg.Wait()
}
