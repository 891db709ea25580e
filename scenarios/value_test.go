package scenarios_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// written is what a value sends.
func written(t *testing.T, v scenarios.Value) string {
	t.Helper()
	var b strings.Builder
	n, err := v.WriteTo(&b)
	if err != nil {
		t.Fatalf("%s: %v", v, err)
	}
	if n != int64(b.Len()) {
		t.Fatalf("%s: says %d bytes and wrote %d", v, n, b.Len())
	}
	return b.String()
}

// What is read comes out as it was, but for white space.
func TestLiteralsKeepTheirText(t *testing.T) {
	for _, src := range []string{
		`null`, `true`, `false`, `0`, `-0`, `5.0`, `1e400`, `-1E+07`, `12345678901234567890123456789`, `0.10`,
		`""`, `"a"`, `"\u0041\n\/"`, `"\ud800"`, "\"\u2028\x7f\"", `"é😀"`,
		`[]`, `[1,[2,[]],{}]`, `{}`, `{"b":1,"a":2}`, `{"a":1,"a":2,"a":{"a":3}}`, `{"":0,"\u0061":1}`,
		`{"$":1}`, `{"$repeat":["A",2],"more":1}`, `{"more":1,"$lit":2}`,
	} {
		v, err := scenarios.ParseValue([]byte(src))
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		if got := written(t, v); got != src || v.Size() != int64(len(src)) {
			t.Errorf("%s: wrote %s, size %d", src, got, v.Size())
		}
		again, err := scenarios.ParseValue([]byte(v.String()))
		if err != nil || !reflect.DeepEqual(again, v) {
			t.Errorf("%s: its text form %s reads as %s, %v", src, v, again, err)
		}
	}
}

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

// Sizes are known without expanding, whatever the count is next to the chunks
// in which it is written.
func TestSizeIsWhatIsWritten(t *testing.T) {
	units := []scenarios.Value{
		scenarios.Str("A"), scenarios.Str("é\n"), scenarios.Of(1), scenarios.Obj(),
		scenarios.Arr(scenarios.Str(strings.Repeat("x", 17_000))), scenarios.Arr(scenarios.Rand(4, 20_000), scenarios.Of(nil)),
	}
	for _, unit := range units {
		for _, n := range []int64{0, 1, 2, 7, 1000, 16_383, 16_384, 16_385, 40_000} {
			if n*unit.Size() > 4<<20 {
				continue
			}
			for _, v := range []scenarios.Value{
				scenarios.Repeat(unit, n), scenarios.Nest(unit, n, ""), scenarios.Nest(unit, n, "k"),
				scenarios.Rand(uint64(n), n), scenarios.Arr(scenarios.Repeat(unit, n), unit),
			} {
				wire, err := v.AppendJSON(nil)
				if err != nil || int64(len(wire)) != v.Size() {
					t.Errorf("%.80s: size %d, wrote %d, %v", v, v.Size(), len(wire), err)
				}
				if n < 5000 && !json.Valid(wire) {
					t.Errorf("%.80s: wrote no JSON", v)
				}
			}
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

// A large expression streams: what it writes is never held as a whole.
func TestExpansionStreams(t *testing.T) {
	inner := scenarios.Repeat(scenarios.Str("A"), 64<<20)
	v := scenarios.Repeat(scenarios.Arr(inner), 2)
	if n, err := v.WriteTo(&limited{t: t}); err != nil || n != v.Size() {
		t.Errorf("wrote %d of %d: %v", n, v.Size(), err)
	}
}

// limited fails the test when it is given much at once.
type limited struct{ t *testing.T }

func (l *limited) Write(b []byte) (int, error) {
	if len(b) > 1<<20 {
		l.t.Errorf("%d bytes at once", len(b))
	}
	return len(b), nil
}

func TestWriteErrorsAreReturned(t *testing.T) {
	broken := errors.New("broken pipe")
	for _, tc := range expressions {
		v := scenarios.MustValue(tc.text)
		for room := range len(tc.wire) {
			if _, err := v.WriteTo(&narrow{room, broken}); !errors.Is(err, broken) {
				t.Errorf("%s with room for %d: %v", tc.text, room, err)
			}
		}
	}
}

// narrow takes so many bytes and then fails.
type narrow struct {
	room int
	err  error
}

func (n *narrow) Write(b []byte) (int, error) {
	if len(b) > n.room {
		return n.room, n.err
	}
	n.room -= len(b)
	return len(b), nil
}

func TestPointers(t *testing.T) {
	v := scenarios.MustValue(`{"a": [1, {"b": 2}], "x/y": {"~": 3}, "": 4, "a~1": 5, "d": 1, "d": 2, "e": {"$repeat": ["A", 2]}, "n": null}`)
	for pointer, want := range map[string]string{
		"": v.String(), "/a/0": "1", "/a/1/b": "2", "/x~1y/~0": "3", "/": "4", "/a~01": "5", "/d": "2",
		"/e": `{"$repeat": ["A", 2]}`, "/n": "null",
		"/a/2": "", "/a/-1": "", "/a/00": "", "/a/+1": "", "/a/-": "", "/nothing": "", "/e/0": "", "/a/0/b": "", "/a/1/b/c": "",
	} {
		got, ok := v.At(pointer)
		if ok != (want != "") || got.String() != want {
			t.Errorf("At(%q): %s, %v; want %q", pointer, got, ok, want)
		}
	}
	for _, key := range []string{"a", "x/y", "~", "~1", "/", ""} {
		held := scenarios.Obj(scenarios.Member{Key: key, Value: scenarios.Of(1)})
		if got, ok := held.At(scenarios.Pointer("", key)); !ok || got.String() != "1" {
			t.Errorf("Pointer(%q) does not lead to it", key)
		}
	}
}

func TestWithAndWithout(t *testing.T) {
	const base = `{"a": [1, 2], "d": 1, "d": 2, "e": {"$repeat": [0, 2]}}`
	nine := scenarios.Of(9)
	for _, tc := range []struct{ pointer, with, without string }{
		{"", `9`, ``},
		{"/a", `{"a": 9, "d": 1, "d": 2, "e": {"$repeat": [0, 2]}}`, `{"d": 1, "d": 2, "e": {"$repeat": [0, 2]}}`},
		{"/a/0", `{"a": [9, 2], "d": 1, "d": 2, "e": {"$repeat": [0, 2]}}`, `{"a": [2], "d": 1, "d": 2, "e": {"$repeat": [0, 2]}}`},
		{"/a/-", `{"a": [1, 2, 9], "d": 1, "d": 2, "e": {"$repeat": [0, 2]}}`, base},
		{"/d", `{"a": [1, 2], "d": 1, "d": 9, "e": {"$repeat": [0, 2]}}`, `{"a": [1, 2], "d": 1, "e": {"$repeat": [0, 2]}}`},
		{"/e", `{"a": [1, 2], "d": 1, "d": 2, "e": 9}`, `{"a": [1, 2], "d": 1, "d": 2}`},
		{"/new", base[:len(base)-1] + `, "new": 9}`, base},
		{"/a/2", base, base},
		{"/e/0", base, base},
		{"/no/way", base, base},
		{"/a/0/x", base, base},
	} {
		v := scenarios.MustValue(base)
		if got := v.With(tc.pointer, nine).String(); got != tc.with {
			t.Errorf("With(%q): %s, want %s", tc.pointer, got, tc.with)
		}
		if got := v.Without(tc.pointer).String(); got != tc.without {
			t.Errorf("Without(%q): %s, want %s", tc.pointer, got, tc.without)
		}
		if v.String() != base {
			t.Fatalf("%q changed the value itself: %s", tc.pointer, v)
		}
	}
}

func TestObjectsLeaveOutWhatIsAbsent(t *testing.T) {
	v := scenarios.Obj(scenarios.Member{Key: "a"}, scenarios.Member{Key: "b", Value: scenarios.Of(1)})
	if got := written(t, v); got != `{"b":1}` || v.Size() != 7 {
		t.Errorf("%s, size %d", got, v.Size())
	}
	var absent scenarios.Value
	if !absent.IsAbsent() || absent.Kind() != scenarios.Absent || absent.Size() != 0 || written(t, absent) != "" {
		t.Error("the zero Value is not absent")
	}
}

func TestOf(t *testing.T) {
	x := map[string]any{"b": []any{nil, true, 1, int64(-2), uint64(3), 1.5, "é", json.Number("1e400")}, "a": []string{"x"}, "c": json.RawMessage(`{"k": 5.0}`)}
	const want = `{"a":["x"],"b":[null,true,1,-2,3,1.5,"é",1e400],"c":{"k":5.0}}`
	if got := written(t, scenarios.Of(x)); got != want {
		t.Errorf("got %s", got)
	}
	for name, bad := range map[string]any{"a struct": struct{}{}, "not a number": math.NaN(), "infinity": math.Inf(-1)} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			scenarios.Of(bad)
		})
	}
}

func TestQuoteIsJSON(t *testing.T) {
	for _, s := range []string{"", "plain", "\"\\/", "\x00\x1f\x7f\n\t", "é😀\u2028", "\xff\xc3", "a\xed\xa0\x80"} {
		var got string
		if err := json.Unmarshal([]byte(scenarios.Quote(s)), &got); err != nil || got != strings.ToValidUTF8(s, "\uFFFD") {
			t.Errorf("%q reads as %q, %v", s, got, err)
		}
	}
}

func TestResolve(t *testing.T) {
	look := func(r scenarios.Ref) (scenarios.Value, bool) {
		v, ok := map[string]scenarios.Value{"from 1/id": scenarios.Of(7), "canary file": scenarios.Str("c.txt"), "known k": scenarios.Arr()}[r.Op+" "+r.Arg]
		return v, ok
	}
	for _, tc := range []struct{ text, want string }{
		{`{"a": {"$from": "1/id"}, "b": [0, {"$canary": "file"}]}`, `{"a":7,"b":[0,"c.txt"]}`},
		{`{"$known": ["k", 1]}`, `[]`},
		{`{"$known": ["other", {"x": {"$from": "1/id"}}]}`, `{"x":7}`},
		{`{"$repeat": [[{"$from": "1/id"}], 2]}`, `[[7],[7]]`},
		{`{"$nest": [{"$from": "1/id"}, 2, "k"]}`, `{"k":{"k":7}}`},
		{`{"a": 1, "a": {"$from": "1/id"}}`, `{"a":1,"a":7}`},
	} {
		v := scenarios.MustValue(tc.text)
		got, err := v.Resolve(look)
		if err != nil || written(t, got) != tc.want || len(got.Refs()) != 0 {
			t.Errorf("%s: %s, %v", tc.text, got, err)
		}
		if len(v.Refs()) == 0 {
			t.Errorf("%s: knows of no reference", tc.text)
		}
	}
	missing := scenarios.MustValue(`[{"$from": "9/id"}]`)
	if _, err := missing.Resolve(look); !errors.Is(err, scenarios.ErrUnresolved) {
		t.Errorf("resolve: %v", err)
	}
	if _, err := missing.WriteTo(io.Discard); !errors.Is(err, scenarios.ErrUnresolved) {
		t.Errorf("write: %v", err)
	}
	if _, err := missing.Decode(100); !errors.Is(err, scenarios.ErrUnresolved) {
		t.Errorf("decode: %v", err)
	}
}

// What is decoded is what encoding/json makes of the wire.
func TestDecodeIsWhatJSONReads(t *testing.T) {
	texts := []string{`{"a": 1, "b": {"c": 5.0}, "a": [null, true, "\u00e9"]}`, `{"d": {"x": 1}, "d": {"y": 2}}`}
	for _, tc := range expressions {
		if !strings.Contains(tc.text, "$bytes") {
			texts = append(texts, tc.text)
		}
	}
	for _, text := range texts {
		v := scenarios.MustValue(text)
		var want any
		d := json.NewDecoder(strings.NewReader(written(t, v)))
		d.UseNumber()
		if err := d.Decode(&want); err != nil {
			t.Fatal(err)
		}
		got, err := v.Decode(v.Size())
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v; want %v", text, got, err, want)
		}
		if _, err := v.Decode(v.Size() - 1); err == nil {
			t.Errorf("%s: more than the limit is decoded", text)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, v := range map[string]scenarios.Value{
		"too deep":         scenarios.Nest(scenarios.Of(0), 1001, ""),
		"bytes no UTF-8":   scenarios.Arr(scenarios.Bytes("\xff")),
		"bytes out of it":  scenarios.Obj(scenarios.Member{Key: "a", Value: scenarios.Bytes(`x","b":"y`)}),
		"bytes repeated":   scenarios.Repeat(scenarios.Arr(scenarios.Bytes("\n")), 2),
		"bytes by default": scenarios.Known("k", scenarios.Bytes(`\`)),
	} {
		if x, err := v.Decode(1 << 20); err == nil {
			t.Errorf("%s: decoded as %v", name, x)
		}
	}
	if x, err := scenarios.Bytes(`a\"b`).Decode(100); err != nil || x != `a"b` {
		t.Errorf("bytes that are JSON: %v, %v", x, err)
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

func TestParseJSONKnowsNoExpressions(t *testing.T) {
	const src = `{"$repeat":["A",3],"$lit":{"$lit":1}}`
	v, err := scenarios.ParseJSON([]byte(src))
	if err != nil || written(t, v) != src {
		t.Errorf("%s, %v", v, err)
	}
	one, err := scenarios.ParseJSON([]byte(`{"$repeat":["A",3]}`))
	if err != nil || one.IsExpr() {
		t.Errorf("%s, %v", one, err)
	}
	again, err := scenarios.ParseValue([]byte(one.String()))
	if err != nil || !bytes.Equal([]byte(written(t, again)), []byte(`{"$repeat":["A",3]}`)) {
		t.Errorf("written as %s, read as %s, %v", one, again, err)
	}
}
