package scenarios_test

import (
	"testing"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

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
