package scenarios_test

import (
	"bytes"
	"encoding/json"
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
