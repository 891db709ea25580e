package scenarios_test

import (
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

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
