package generators_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// All measured misbehaviours are there, in their order, and some more: no transcript
// shows a value that grows, or what is planted.
func TestClassesAreThere(t *testing.T) {
	const ids = "N1 N2 N3 N4 N5 N6 N7 N8 A1 A2 A3 A4 A5 A6 A7 P1 P2 P3 P4 P5 P6 " +
		"T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11 T12 T13 T14 T15 V1 V2 V3 V4 V5 V6 V7 V8 V9 S1 S2 S3 S4 S5 L1 L2 L3 L4 C1 C2 C3 C4 C5 C6 C7 C8 C9 C10 C11 Q1"
	var list []string
	for _, g := range generators.All() {
		list = append(list, g.ID)
	}
	if got := strings.Join(list, " "); got != ids || len(list) != 66 {
		t.Errorf("the classes are %s", got)
	}
	seen := map[string]bool{}
	for _, g := range generators.All() {
		if seen[g.ID] || seen[g.Name] || g.Doc == "" || g.Right == "" || strings.ContainsAny(g.Name, " @/") {
			t.Errorf("%s %q: stands twice, or says not what it is", g.ID, g.Name)
		}
		seen[g.ID], seen[g.Name] = true, true
	}
	if _, ok := generators.Find("Z9"); ok {
		t.Error("a class that is none is found")
	}
}

// labels says how the cases of each class must be labelled, over tools of all
// kinds: always refused, by the protocol or the schema; never; or as the schema
// of the tool has it. What is planted is not known before a case is played.
var labels = map[string]string{
	"N1": "spec", "N2": "spec", "N3": "spec", "N4": "spec", "N5": "spec", "N6": "spec", "N7": "spec", "N8": "some",
	"A1": "some", "A2": "spec", "A3": "spec", "A4": "spec", "A5": "spec", "A6": "schema", "A7": "spec",
	"P1": "schema", "P2": "some", "P3": "some", "P4": "some", "P5": "some", "P6": "some",
	"T1": "schema", "T2": "schema", "T3": "schema", "T4": "schema", "T5": "schema", "T6": "schema", "T7": "schema", "T8": "never",
	"T9": "schema", "T10": "schema", "T11": "schema", "T12": "schema", "T13": "schema", "T14": "schema", "T15": "schema",
	"V1": "schema", "V2": "schema", "V3": "schema", "V4": "some", "V5": "never", "V6": "some", "V7": "some", "V8": "some", "V9": "some",
	"C1": "never", "C2": "never", "C3": "never", "C4": "never", "C5": "never", "C6": "never", "C7": "never", "C8": "never", "C9": "never", "C10": "never", "C11": "never", "Q1": "never",
	"S1": "some", "S2": "some", "S3": "some", "S4": "some", "S5": "some", "L1": "never", "L2": "never", "L3": "some", "L4": "some",
}

// Every case of every class is sound as a case, says what was done, and is
// labelled as its class promises.
func TestClassesOverTheCatalogue(t *testing.T) {
	c := richCatalog(t)
	count := map[string]map[string]int{}
	for _, tool := range c.Tools() {
		s := generators.NewSubject(c, tool)
		for _, g := range generators.All() {
			if !g.Applies(s) {
				continue
			}
			if count[g.ID] == nil {
				count[g.ID] = map[string]int{}
			}
			for i, d := range draws(4) {
				steps := g.Steps(d, s)
				if err := (scenarios.Case{Name: "x", Steps: steps}).Check(); err != nil {
					t.Fatalf("%s of %s, draw %d: %v", g.ID, tool.Name, i, err)
				}
				for k, step := range steps {
					switch step.(type) {
					case scenarios.Open, scenarios.Answer:
						if k < 2 {
							continue // a session of its own, and who is asked in it, say nothing wrong
						}
					}
					l := c.WantOf(step)
					got := l.Basis.String()
					if got == "" {
						got = "never"
					}
					count[g.ID][got]++
					if want := labels[g.ID]; want != "some" && got != want {
						t.Errorf("%s of %s, draw %d: %s, want %s, in %s", g.ID, tool.Name, i, got, want, text(step))
					}
					isKey := func(b scenarios.Breach) bool { return b.Keyword == "additionalProperties" }
					if strings.Contains("P2 P5 P6", g.ID) && got == "never" && tool.Name != "anything" && !slices.ContainsFunc(l.Loose, isKey) {
						t.Errorf("%s of %s: the new key is not noticed in %s", g.ID, tool.Name, text(step))
					}
					if m := mutant(step); !strings.HasPrefix(m, g.Name) || strings.HasSuffix(m, "@") {
						t.Errorf("%s of %s: the mutant is %q", g.ID, tool.Name, m)
					}
				}
			}
		}
	}
	for id, want := range labels {
		if got := count[id]; len(got) == 0 || want == "some" && len(got) < 2 && id != "L3" {
			t.Errorf("%s: labelled %v, want %s", id, got, want)
		}
	}
	t.Log(count)
}

func text(steps ...scenarios.Step) string {
	return fmt.Sprintf("%.600s", scenarios.Format(scenarios.Case{Name: "x", Steps: steps}))
}

func mutant(step scenarios.Step) string {
	switch s := step.(type) {
	case scenarios.Call:
		return s.Mutant
	case scenarios.Request:
		return s.Mutant
	case scenarios.Raw:
		return s.Mutant
	case scenarios.Burst:
		return mutant(s.Lines[0])
	}
	return ""
}

// A class is made only where it can be.
func TestApplies(t *testing.T) {
	all := func(ids string) map[string]bool {
		m := map[string]bool{}
		for _, id := range strings.Fields(ids) {
			m[id] = true
		}
		return m
	}
	const anyTool = "N1 N2 N3 N4 N5 N6 N7 N8 A1 A2 A3 A4 A5 A7 P2 P4 P5 P6 S2 S3 L1 L2 L3"
	for _, tc := range []struct{ name, schema, more string }{
		{"nothing", `{"type": "object", "properties": {}}`, ""},
		{"true", `true`, ""},
		{"empty", `{}`, ""},
		{"optional text", `{"type": "object", "properties": {"s": {"type": "string"}}}`, "P3 T4 T9 T13 T15 V6 V7 V8 V9 S1 S4 S5 C10"},
		{"required text", `{"type": "object", "properties": {"s": {"type": "string"}}, "required": ["s"]}`, "A6 P1 P3 T4 T10 T13 T15 V6 V7 V8 V9 S1 S4 S5 C10"},
		{"required text and nothing else", `{"type": "object", "properties": {"s": {"type": "string"}}, "required": ["s"], "additionalProperties": false}`, "A6 P1 P3 T4 T10 T13 T15 V6 V7 V8 V9 S1 S4 S5 C10 C11"},
		{"choice", `{"type": "object", "properties": {"s": {"enum": ["a", "b"]}}}`, "P3 T9 V1 V2 V3"},
		{"choice in two cases", `{"type": "object", "properties": {"s": {"enum": ["a", "A"]}}}`, "P3 T9 V2 V3"},
		{"choice of numbers", `{"type": "object", "properties": {"s": {"enum": [1, 2]}}}`, "P3 T9"},
		{"choice with null", `{"type": "object", "properties": {"s": {"enum": ["a", null]}}}`, "P3 V1 V2 V3"},
		{"integer", `{"type": "object", "properties": {"n": {"type": "integer"}}}`, "P3 T1 T4 T7 T8 T9 T11 T15 V4"},
		{"number or text", `{"type": "object", "properties": {"n": {"type": ["integer", "string", "null"]}}}`, "P3 T4 T7 T8 T15 V4"},
		{"number or text by anyOf", `{"type": "object", "properties": {"n": {"anyOf": [{"type": "integer"}, {"type": "string"}]}}}`, "P3 T4 T7 T8 T9 T15 V4"},
		{"boolean", `{"type": "object", "properties": {"b": {"type": "boolean"}}}`, "P3 T2 T4 T9 T11 T15"},
		{"list", `{"type": "object", "properties": {"l": {"type": "array", "items": {"type": "integer"}, "maxItems": 3}}}`, "P3 T1 T3 T4 T5 T6 T7 T8 T9 T10 T11 T14 T15 V4"},
		{"date", `{"type": "object", "properties": {"d": {"type": "string", "format": "date"}}}`, "P3 T4 T9 T13 T15 V5 V6 V7 V8 V9 S4 S5"},
		{"bounded text", `{"type": "object", "properties": {"s": {"type": "string", "maxLength": 9}}}`, "P3 T4 T9 T13 T15 V4 V6 V7 V8 V9 S4 C10"},
		{"alternatives of the root", `{"type": "object", "properties": {"a": {"type": "boolean"}, "b": {"type": "boolean"}}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}`, "A6 P1 P3 T2 T4 T9 T10 T11 T15 L4"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := parseCatalog(t, `[{"name": "t", "inputSchema": `+tc.schema+`}]`)
			s := generators.NewSubject(c, c.Tools()[0])
			want := all(anyTool + " " + tc.more)
			for _, g := range generators.All() {
				if got := g.Applies(s); got != want[g.ID] {
					t.Errorf("%s: %v", g.ID, got)
				}
			}
		})
	}
}

// The tool names that are made up are nobody's, whatever the catalogue is like.
func TestInventedNamesAreUnlisted(t *testing.T) {
	names := []string{
		"a", "A", "x", "get_item", "get_items", "getItem", "read-file", "read_file", "web_search", "web_search_x", "python", "__proto__", "constructor",
		"météo", "日本", "É", "a/b~c", " ", "-", "functions.a", "mcp_a", strings.Repeat("n", 65), strings.Repeat("é", 600), "m\u00a0json", "ſ",
	}
	var entries []string
	for _, n := range names {
		entries = append(entries, fmt.Sprintf(`{"name": %s, "inputSchema": {"type": "object"}}`, scenarios.Quote(n)))
	}
	c := parseCatalog(t, "["+strings.Join(entries, ",")+"]")
	for _, tool := range c.Tools() {
		s := generators.NewSubject(c, tool)
		for _, g := range generators.All() {
			if !g.Applies(s) {
				continue
			}
			for seed := range uint64(15) {
				call, ok := g.Steps(generators.FromSeed(seed), s)[0].(scenarios.Call)
				if !ok {
					continue
				}
				_, listed := c.Tool(call.Tool)
				if named := strings.HasPrefix(g.ID, "N"); listed == named || call.Tool == "" || !utf8.ValidString(call.Tool) {
					t.Errorf("%s of %q calls %q", g.ID, tool.Name, call.Tool)
				}
			}
		}
	}
}

// A tool without a name of its own is not dealt; its neighbour is.
func TestToolsThatCannotBeUsedAreNotDealt(t *testing.T) {
	c := parseCatalog(t, `[{"name": "", "inputSchema": {}}, 7, {"name": "broken", "inputSchema": {"type": 7}}, {"name": "t", "inputSchema": {"type": "object"}}, {"name": "t", "inputSchema": {"type": "object"}}, {"name": "no", "inputSchema": {}}]`)
	var tools []string
	seen := map[generators.Pair]bool{}
	for _, p := range generators.Plan(c, func(t scenarios.Tool) bool { return t.Name != "no" }) {
		if seen[p] {
			t.Errorf("%v stands twice", p)
		}
		seen[p] = true
		tools = append(tools, p.Tool)
	}
	slices.Sort(tools)
	if got := slices.Compact(tools); !slices.Equal(got, []string{"", "broken", "t"}) {
		t.Errorf("dealt are %q", got)
	}
}

// A tool without a usable schema is called with what needs none, and nothing of
// it is held against the server but what the protocol says of every call.
func TestToolsWithoutASchemaAreCalledAllTheSame(t *testing.T) {
	for _, schema := range []string{`"x": 1`, `"inputSchema": null`, `"inputSchema": true`, `"inputSchema": false`, `"inputSchema": []`, `"inputSchema": "object"`, `"inputSchema": {"type": "strin"}`, `"inputSchema": {"type": "string"}`} {
		c := parseCatalog(t, `[{"name": "t", `+schema+`}]`)
		if args, ok := generators.Valid(generators.FromSeed(1), generators.NewSubject(c, c.Tools()[0])); ok {
			t.Errorf("%s: %s is said to be valid", schema, args)
		}
		pairs := generators.Plan(c, everyTool)
		deck, called := generators.NewDeck(1, c, pairs), 0
		for i := range 2 * len(pairs) {
			made, pair := deck.Case(i)
			for _, step := range made.Steps {
				l := c.WantOf(step)
				if pair.Tool == "t" && l.Want == scenarios.WantReject && l.Basis != scenarios.BasisSpec {
					t.Errorf("%s: %s is to be refused: %+v", schema, pair.Class, l)
				}
				if call, is := step.(scenarios.Call); is && call.Tool == "t" {
					called++
				}
			}
		}
		if called < 20 {
			t.Errorf("%s: the tool is called %d times", schema, called)
		}
	}
}

// Pointers in mutants lead to what was changed, whatever the property is called.
func TestMutantsPoint(t *testing.T) {
	c := richCatalog(t)
	tool, _ := c.Tool("odd_names")
	s := generators.NewSubject(c, tool)
	seen := map[string]bool{}
	for seed := range uint64(200) {
		g, _ := generators.Find("T10")
		call := g.Steps(generators.FromSeed(seed), s)[0].(scenarios.Call)
		_, pointer, _ := strings.Cut(call.Mutant, "@")
		seen[pointer] = true
		if v, ok := call.Args.At(pointer); !ok || v.Kind() != scenarios.Null {
			t.Errorf("%s does not lead to the null in %s", call.Mutant, call.Args)
		}
	}
	for _, want := range []string{"/a~1b", "/c~0d", "/e f/g~1h"} {
		if !seen[want] {
			t.Errorf("%s is never changed: %v", want, seen)
		}
	}
}

// An invented key is none of the tool's own, even where its neighbours have
// none to lend.
func TestInventedKeysAreUnknown(t *testing.T) {
	c := parseCatalog(t, `[{"name": "bare", "inputSchema": {}}, {"name": "true", "inputSchema": true}, {"name": "odd", "inputSchema": 7},
		{"name": "t", "inputSchema": {"type": "object", "properties": {"limit": {}, "limit_x": {}, "format": {}, "": {}, "o": {"type": "object", "properties": {"unit": {}}, "additionalProperties": false}}, "additionalProperties": false}}]`)
	tool, _ := c.Tool("t")
	s := generators.NewSubject(c, tool)
	for _, id := range []string{"P2", "P5", "P6"} {
		g, _ := generators.Find(id)
		for seed := range uint64(100) {
			step := g.Steps(generators.FromSeed(seed), s)[0]
			if l := c.WantOf(step); len(l.Breaches) != 1 || l.Breaches[0].Keyword != "additionalProperties" {
				t.Errorf("%s: %s: %+v", id, text(step), l)
			}
		}
	}
}

// The calls of a burst differ, so that crossed answers show, where a text is
// free to differ in; the schema takes all of them.
func TestBursts(t *testing.T) {
	c := richCatalog(t)
	g, _ := generators.Find("L1")
	for _, name := range []string{"echo", "read_file", "add", "get_time", "tight", "schedule"} {
		tool, _ := c.Tool(name)
		s := generators.NewSubject(c, tool)
		free := name == "echo" || name == "read_file"
		for seed := range uint64(20) {
			b := g.Steps(generators.FromSeed(seed), s)[0].(scenarios.Burst)
			texts := map[string]bool{}
			for _, l := range b.Lines {
				texts[text(l)] = true
				if l := c.WantOf(l); l.Want == scenarios.WantReject {
					t.Errorf("%s: %s: %v", name, text(b), l.Breaches)
				}
			}
			if want := map[bool]int{true: b.N, false: 1}[free]; len(texts) != want || b.N < 2 {
				t.Errorf("%s: %d different calls in a burst of %d", name, len(texts), b.N)
			}
		}
	}
}
