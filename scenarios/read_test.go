package scenarios_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

func TestParseValueErrorsSayWhere(t *testing.T) {
	for _, tc := range []struct{ src, want string }{
		{``, "column 1: the value is missing"},
		{`  `, "column 3: the value is missing"},
		{`nul`, `column 1: "nul" is no JSON value`},
		{`{"a": tru}`, `column 7: "tru}" is no JSON value`},
		{`[1,]`, `column 4: "]" is no JSON value`},
		{`[1 2]`, "column 4: want ','"},
		{`{"a" 1}`, "column 6: want ':'"},
		{`{"a": 1,}`, "column 9: want a member name in quotes"},
		{`{a: 1}`, "column 2: want a member name in quotes"},
		{`{"a": 1`, "column 8: want ','"},
		{`1 2`, "column 3: something follows the value"},
		{`"abc`, "column 5: the string does not end"},
		{`"a\x"`, "column 4: no such escape in a string"},
		{`"\u12g4"`, "column 6: want four hexadecimal digits"},
		{"\"a\nb\"", "column 3: a control character in a string must be escaped"},
		{"\"\xff\"", "column 4: the string is no UTF-8; use $bytes"},
		{`01`, "column 3: this is no number"},
		{`-`, "column 2: this is no number"},
		{`1.`, "column 3: want digits after the point"},
		{`1e+`, "column 4: want digits in the exponent"},
		{`+1`, `column 1: "+1" is no JSON value`},
		{`{"a": {"$repeet": ["A", 3]}}`, `column 28: "$repeet" is no expression; did you mean "$repeat"?`},
		{strings.Repeat("[", 10_002), "column 10002: nested deeper than 10000; use $nest"},
	} {
		_, err := scenarios.ParseValue([]byte(tc.src))
		if err == nil || !strings.HasPrefix(err.Error(), tc.want) {
			t.Errorf("%.40q: %v, want %q", tc.src, err, tc.want)
		}
	}
}

// ParseJSON takes exactly what encoding/json calls valid, but for strings that
// are no UTF-8.
func FuzzParseJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,-0.5e+3,"\u00e9\n",null,true]}`, `[`, `{"a":1,}`, `1e`, `"\ud800"`, "\"\xff\"", `nullx`, ` {} `, "\ufeff{}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		v, err := scenarios.ParseJSON(src)
		valid := json.Valid(src)
		switch {
		case err == nil && !valid:
			t.Fatalf("%q is read as %s", src, v)
		case err != nil && valid && !strings.Contains(err.Error(), "no UTF-8"):
			t.Fatalf("%q: %v", src, err)
		case err == nil:
			wire, err := v.AppendJSON(nil)
			if err != nil || !sameJSON(src, wire) {
				t.Fatalf("%q is written as %q, %v", src, wire, err)
			}
		}
	})
}

func sameJSON(a, b []byte) bool {
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		// A number that no float64 holds.
		return true
	}
	p, _ := json.Marshal(x)
	q, _ := json.Marshal(y)
	return string(p) == string(q)
}
