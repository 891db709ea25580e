package scenarios_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// fanOut are definitions in which each refers twice to the one before it.
func fanOut(levels int, leaf, each string) string {
	defs := fmt.Sprintf(`"a0": %s`, leaf)
	for i := range levels {
		defs += fmt.Sprintf(`, "a%d": %s`, i+1, strings.ReplaceAll(each, "BELOW", fmt.Sprintf(`{"$ref": "#/$defs/a%d"}`, i)))
	}
	return fmt.Sprintf(`"$defs": {%s}, "$ref": "#/$defs/a%d"`, defs, levels)
}

// References that fan out end with no verdict, however the parts are joined;
// where few steps tell, they tell.
func TestFanOut(t *testing.T) {
	for _, tc := range []struct{ name, schema, args, want string }{
		{"allOf", `{` + fanOut(60, `{"type": "object"}`, `{"allOf": [BELOW, BELOW]}`) + `}`, `{}`, "unjudged"},
		{"allOf that fails", `{` + fanOut(60, `{"required": ["x"]}`, `{"allOf": [BELOW, BELOW]}`) + `}`, `{}`, "unjudged"},
		{"oneOf", `{` + fanOut(60, `{"type": "object"}`, `{"oneOf": [BELOW, BELOW]}`) + `}`, `{}`, "unjudged"},
		{"anyOf that fails", `{` + fanOut(60, `{"required": ["x"]}`, `{"anyOf": [BELOW, BELOW]}`) + `}`, `{}`, "unjudged"},
		{"anyOf that fits", `{` + fanOut(60, `{"type": "object"}`, `{"anyOf": [BELOW, BELOW]}`) + `}`, `{}`, "ok"},
		{"not", `{"not": {` + fanOut(60, `{"required": ["x"]}`, `{"anyOf": [BELOW, BELOW]}`) + `}}`, `{}`, "unjudged"},
		{"if", `{` + fanOut(60, `{"type": "object"}`, `{"if": BELOW, "then": BELOW}`) + `}`, `{}`, "unjudged"},
		{"with formats", `{` + fanOut(60, `{"required": ["x"]}`, `{"format": "date", "allOf": [BELOW, BELOW]}`) + `}`, `{}`, "unjudged"},
		{"under a keyword of its own", strings.ReplaceAll(`{`+fanOut(60, `{"type": "object"}`, `{"allOf": [BELOW, BELOW]}`)+`}`, "$defs", "mine"), `{}`, "unjudged"},
		{"draft 7", strings.ReplaceAll(`{"$schema": "http://json-schema.org/draft-07/schema#", `+fanOut(60, `{"type": "object"}`, `{"allOf": [BELOW, BELOW]}`)+`}`, "$defs", "definitions"), `{}`, "unjudged"},
		{"a few levels", `{` + fanOut(8, `{"required": ["x"]}`, `{"allOf": [BELOW, BELOW]}`) + `}`, `{}`, "required@/x"},
		{"properties, of which there are few", `{` + fanOut(60, `{"type": "string"}`, `{"properties": {"l": BELOW, "r": BELOW}}`) + `}`, `{"l": {"r": {}}}`, "ok"},
		{"properties that are not of the type", `{` + fanOut(60, `{"type": "string"}`, `{"type": "object", "properties": {"l": BELOW, "r": BELOW}}`) + `}`, `{"l": {"r": 1}}`, "type@/l/r"},
	} {
		l := catalog(t, tc.schema).WantOf(scenarios.Call{Tool: "t", Args: scenarios.MustValue(tc.args)})
		got := verdict(l)
		if l.Want == scenarios.WantAny && len(l.Unjudged) > 0 {
			got = "unjudged"
		}
		if got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

// A pattern that runs out of time again and again is not asked again, and a
// catalogue of such patterns costs bounded time.
func TestSlowPatternsAreGivenUp(t *testing.T) {
	c := catalog(t, `{"properties": {"p": {"pattern": "^(a|aa)+$"}, "q": {"pattern": "^[a-z]+$"}}}`)
	slow := scenarios.MustValue(`{"p": "` + strings.Repeat("a", 60) + `!"}`)
	for range 100 {
		if l := c.WantOf(scenarios.Call{Tool: "t", Args: slow}); l.Want != scenarios.WantAny || len(l.Unjudged) == 0 {
			t.Fatalf("%s, %v", verdict(l), l.Unjudged)
		}
	}
	if l := c.WantOf(scenarios.Call{Tool: "t", Args: scenarios.MustValue(`{"q": "1"}`)}); verdict(l) != "pattern@/q" {
		t.Errorf("another pattern: %s", verdict(l))
	}
}

// Of a catalogue beyond all measure the first tools are read, and the names of
// the rest, so that they are not taken for names that nobody listed.
func TestCatalogsBeyondMeasure(t *testing.T) {
	var list strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&list, `{"name": "t%d"}, `, i)
	}
	c, err := scenarios.ParseCatalog([]byte(`[` + list.String() + `{"name": "last", "inputSchema": {"type": "object"}}]`))
	if err != nil || c.Len() != 3001 {
		t.Fatal(c.Len(), err)
	}
	if first, last := c.Tools()[0], c.Tools()[3000]; first.Unusable || !last.Unusable || !strings.HasPrefix(last.Trouble, "behind the first ") || last.Input != nil {
		t.Errorf("the first is %+v, the last %+v", first, last)
	}
	if l := c.WantOf(scenarios.Call{Tool: "last", Args: scenarios.MustValue(`{"a": 1}`)}); l.Want != scenarios.WantAny || len(l.Unjudged) != 1 {
		t.Errorf("%+v", l)
	}
	long := fmt.Sprintf(`{"name": "long", "description": %q, "inputSchema": {}}`, strings.Repeat("d", 4<<20))
	if c, err = scenarios.ParseCatalog([]byte(`[` + long + `]`)); err != nil || !c.Tools()[0].Unusable {
		t.Errorf("%d tools, %v: one of 4 MiB is read", c.Len(), err)
	}
}
