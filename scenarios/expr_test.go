package scenarios_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// expressions are text forms with what they must expand to, worked out here.
var expressions = []struct {
	text, wire string
	kind       scenarios.Kind
	depth      int64
}{
	{`{"$repeat": ["ab", 3]}`, `"ababab"`, scenarios.String, 0},
	{`{"$repeat": ["", 5]}`, `""`, scenarios.String, 0},
	{`{"$repeat": ["A", 0]}`, `""`, scenarios.String, 0},
	{`{"$repeat": ["\u0041\n", 2]}`, `"\u0041\n\u0041\n"`, scenarios.String, 0},
	{`{"$repeat": [7, 3]}`, `[7,7,7]`, scenarios.Array, 1},
	{`{"$repeat": [{"a": [1]}, 2]}`, `[{"a":[1]},{"a":[1]}]`, scenarios.Array, 3},
	{`{"$repeat": [null, 0]}`, `[]`, scenarios.Array, 1},
	{`{"$repeat": [[{"$repeat": ["x", 3]}], 2]}`, `[["xxx"],["xxx"]]`, scenarios.Array, 2},
	{`{"$nest": [0, 3]}`, `[[[0]]]`, scenarios.Array, 3},
	{`{"$nest": [{}, 2, "a\"b"]}`, `{"a\"b":{"a\"b":{}}}`, scenarios.Object, 3},
	{`{"$nest": [{"$repeat": ["z", 2]}, 1]}`, `["zz"]`, scenarios.Array, 1},
	{`{"$bytes": "ff00"}`, "\"\xff\x00\"", scenarios.String, 0},
	{`{"$known": ["t/id/0", 5]}`, `5`, scenarios.Number, 0},
	{`{"$lit": {"$repeat": 1}}`, `{"$repeat":1}`, scenarios.Object, 1},
	{`{"$lit": {"$lit": 5}}`, `{"$lit":5}`, scenarios.Object, 1},
	{`{"$lit": {"$lit": {"a": 1}}}`, `{"$lit":{"a":1}}`, scenarios.Object, 2},
	{`{"$lit": {"$lit": {"$repeat": ["x", 2]}}}`, `{"$lit":"xx"}`, scenarios.Object, 1},
	{`{"$lit": {"$lit": {"$lit": {"$nest": 1}}}}`, `{"$lit":{"$nest":1}}`, scenarios.Object, 2},
	{`{"$lit": {"$lit": 1, "b": 2}}`, `{"$lit":1,"b":2}`, scenarios.Object, 1},
	{`{"a": {"$repeat": ["x", 2]}, "b": {"$lit": {"$from": "x"}}}`, `{"a":"xx","b":{"$from":"x"}}`, scenarios.Object, 2},
}

func TestExpressions(t *testing.T) {
	for _, tc := range expressions {
		v, err := scenarios.ParseValue([]byte(tc.text))
		if err != nil {
			t.Errorf("%s: %v", tc.text, err)
			continue
		}
		if got := written(t, v); got != tc.wire {
			t.Errorf("%s: wrote %s, want %s", tc.text, got, tc.wire)
		}
		if v.Size() != int64(len(tc.wire)) || v.Kind() != tc.kind || v.String() != tc.text {
			t.Errorf("%s: size %d, kind %v, text %s", tc.text, v.Size(), v.Kind(), v)
		}
		if v.Depth() != tc.depth {
			t.Errorf("%s: depth %d, want %d", tc.text, v.Depth(), tc.depth)
		}
	}
}

func TestRandIsPureAndPrintable(t *testing.T) {
	a, b := written(t, scenarios.Rand(7, 50_000)), written(t, scenarios.Rand(7, 50_000))
	if a != b || a == written(t, scenarios.Rand(8, 50_000)) {
		t.Error("not a function of the seed alone")
	}
	var s string
	if err := json.Unmarshal([]byte(a), &s); err != nil || s != a[1:len(a)-1] {
		t.Errorf("needs escaping: %v", err)
	}
	if short := written(t, scenarios.Rand(7, 10)); !strings.HasPrefix(a, short[:11]) {
		t.Error("a shorter one is not the start of a longer")
	}
}

func TestLimitsOfExpressions(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{`{"$repeat": ["A", -1]}`, "negative"},
		{`{"$repeat": ["A", 1073741823]}`, "1 GiB"},
		{`{"$repeat": ["AB", 536870912]}`, "1 GiB"},
		{`{"$repeat": [[{"$repeat": ["A", 536870912]}], 2]}`, "1 GiB"},
		{`{"$nest": [0, 536870912]}`, "1 GiB"},
		{`{"$rand": [1, 1073741823]}`, "1 GiB"},
		{`{"$repeat": ["A", 1.0]}`, "whole number"},
		{`{"$repeat": ["A", "3"]}`, "whole number"},
		{`{"$repeat": ["A", 99999999999999999999]}`, "whole number"},
		{`{"$repeat": ["A"]}`, "[VALUE, COUNT]"},
		{`{"$repeat": [{"$rand": [1, 2]}, 3]}`, "plain value"},
		{`{"$nest": [0, 2, 3]}`, "key of its objects"},
		{`{"$rand": [-1, 2]}`, "[SEED, COUNT]"},
		{`{"$bytes": "f"}`, "hexadecimal"},
		{`{"$bytes": 1}`, "hexadecimal"},
		{`{"$from": 1}`, "wants a name"},
		{`{"$canary": ["a", 1]}`, "wants a name"},
		{`{"$lit": 1}`, "wants an object"},
		{`{"$lit": {}, "a": 1}`, "stands alone"},
	} {
		if _, err := scenarios.ParseValue([]byte(tc.text)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", tc.text, err, tc.want)
		}
	}
	for _, text := range []string{`{"$repeat": ["A", 1073741822]}`, `{"$repeat": ["AB", 536870911]}`, `{"$nest": [0, 536870911]}`} {
		if v, err := scenarios.ParseValue([]byte(text)); err != nil || v.Size() > 1<<30 {
			t.Errorf("%s: size %d, %v", text, v.Size(), err)
		}
	}
}

// Every simpler value is smaller, of the same kind or what was repeated, and
// the way down ends at the smallest count.
func TestSmaller(t *testing.T) {
	for _, tc := range []struct{ text, least string }{
		{`{"$repeat": ["A", 1000]}`, `{"$repeat": ["A", 1]}`},
		{`{"$rand": [5, 100000]}`, `{"$rand": [5, 1]}`},
		{`{"$nest": [0, 300, "k"]}`, `0`},
		{`{"$known": ["a", "x"]}`, `"x"`},
	} {
		v := scenarios.MustValue(tc.text)
		for len(v.Smaller()) > 0 {
			for _, x := range v.Smaller() {
				if x.Size() > v.Size() || len(x.String()) > len(v.String()) || x.Equal(v) {
					t.Fatalf("%s has the larger %s", v, x)
				}
			}
			v = v.Smaller()[0]
		}
		if v.String() != tc.least {
			t.Errorf("%s ends as %s, want %s", tc.text, v, tc.least)
		}
	}
	// Every count can be reached, so that a threshold is found exactly.
	v := scenarios.Repeat(scenarios.Str("A"), 100_000)
	for moved := true; moved; {
		moved = false
		for _, x := range v.Smaller() {
			if x.Size()-2 >= 12_345 {
				v, moved = x, true
				break
			}
		}
	}
	if v.Size()-2 != 12_345 {
		t.Errorf("ends at %d", v.Size()-2)
	}
	if scenarios.MustValue(`[1]`).Smaller() != nil || (scenarios.Value{}).Smaller() != nil {
		t.Error("a value that is no expression has smaller ones")
	}
}
