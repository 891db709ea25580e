package scenarios_test

import (
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

func TestShapeOf(t *testing.T) {
	for _, tc := range []struct {
		name, frame, rule string
		owed              bool
		want              scenarios.Want
	}{
		{"request", `{"jsonrpc":"2.0","id":1,"method":"ping"}`, "", true, scenarios.WantAny},
		{"request with its newline", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n", "", true, scenarios.WantAny},
		{"request among blanks", " \t{ \"jsonrpc\" : \"2.0\" , \"id\":\"a\",\"method\":\"ping\"}\r\n", "", true, scenarios.WantAny},
		{"empty string as id", `{"jsonrpc":"2.0","id":"","method":"ping"}`, "", true, scenarios.WantAny},
		{"negative id", `{"jsonrpc":"2.0","id":-7,"method":"ping"}`, "", true, scenarios.WantAny},
		{"large id", `{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}`, "", true, scenarios.WantAny},
		{"integer id with a point", `{"jsonrpc":"2.0","id":1.0,"method":"ping"}`, "", true, scenarios.WantAny},
		{"integer id with an exponent", `{"jsonrpc":"2.0","id":1e2,"method":"ping"}`, "", true, scenarios.WantAny},
		{"notification", `{"jsonrpc":"2.0","method":"x"}`, "", false, scenarios.WantAny},
		{"response", `{"jsonrpc":"2.0","id":1,"result":{}}`, "", false, scenarios.WantAny},
		{"error", `{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""}}`, "", false, scenarios.WantAny},
		{"error without id", `{"jsonrpc":"2.0","error":{"code":1,"message":""}}`, "", false, scenarios.WantAny},
		{"error with null id", `{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":""}}`, "", false, scenarios.WantAny},

		{"nothing", ``, "", false, scenarios.WantAny},
		{"blanks", " \t\r\n", "", false, scenarios.WantAny},
		{"blank of another script", "\u00a0", "ENV-01", false, scenarios.WantReject},
		{"text", `hello`, "ENV-01", false, scenarios.WantReject},
		{"truncated", `{"jsonrpc":"2.0","id":1,"meth`, "ENV-01", false, scenarios.WantReject},
		{"comment", `{"jsonrpc":"2.0","id":1,"method":"ping" /* x */}`, "ENV-01", false, scenarios.WantReject},
		{"null", `null`, "ENV-03", false, scenarios.WantReject},
		{"number", `42`, "ENV-03", false, scenarios.WantReject},
		{"no version", `{"id":1,"method":"ping"}`, "ENV-03", false, scenarios.WantReject},
		{"version as number", `{"jsonrpc":2.0,"id":1,"method":"ping"}`, "ENV-03", false, scenarios.WantReject},
		{"other version", `{"jsonrpc":"1.0","id":1,"method":"ping"}`, "ENV-03", false, scenarios.WantReject},
		{"version in capitals", `{"JSONRPC":"2.0","id":1,"method":"ping"}`, "ENV-03", false, scenarios.WantReject},
		{"method in capitals", `{"jsonrpc":"2.0","id":1,"METHOD":"ping"}`, "ENV-03", false, scenarios.WantReject},
		{"method with a NUL behind", `{"jsonrpc":"2.0","id":1,"method\u0000":"ping"}`, "ENV-03", false, scenarios.WantReject},
		{"id in capitals", `{"jsonrpc":"2.0","ID":1,"method":"ping"}`, "ENV-03", false, scenarios.WantReject},
		{"method in both spellings", `{"jsonrpc":"2.0","id":1,"method":"ping","METHOD":"x"}`, "", true, scenarios.WantAny},
		{"no method", `{"jsonrpc":"2.0","id":1}`, "ENV-03", false, scenarios.WantReject},
		{"method as number", `{"jsonrpc":"2.0","id":1,"method":7}`, "ENV-03", false, scenarios.WantReject},
		{"result without id", `{"jsonrpc":"2.0","result":{}}`, "ENV-03", false, scenarios.WantReject},
		{"null id", `{"jsonrpc":"2.0","id":null,"method":"ping"}`, "ENV-04", false, scenarios.WantReject},
		{"fraction as id", `{"jsonrpc":"2.0","id":1.5,"method":"ping"}`, "ENV-04", false, scenarios.WantReject},
		{"huge id", `{"jsonrpc":"2.0","id":1e30000000,"method":"ping"}`, "ENV-04", false, scenarios.WantReject},
		{"object as id", `{"jsonrpc":"2.0","id":{},"method":"ping"}`, "ENV-04", false, scenarios.WantReject},
		{"true as id", `{"jsonrpc":"2.0","id":true,"method":"ping"}`, "ENV-04", false, scenarios.WantReject},
		{"batch", `[{"jsonrpc":"2.0","id":1,"method":"ping"}]`, "ENV-10b", false, scenarios.WantReject},
		{"empty batch", `[]`, "ENV-10b", false, scenarios.WantReject},
		{"garbage behind", `{"jsonrpc":"2.0","id":1,"method":"ping"} x`, "ENV-11", false, scenarios.WantReject},
		{"two objects", `{"jsonrpc":"2.0","id":1,"method":"ping"}{"jsonrpc":"2.0","id":2,"method":"ping"}`, "ENV-11", false, scenarios.WantReject},
		{"params as array", `{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}`, "TOOL-03", false, scenarios.WantReject},
		{"params null", `{"jsonrpc":"2.0","id":1,"method":"ping","params":null}`, "TOOL-03", false, scenarios.WantReject},

		// What no text of the protocol forbids.
		{"member twice", `{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}`, "ENV-12", false, scenarios.WantAny},
		{"member twice below", `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":[{"b":1,"b":1}]}}`, "ENV-12", false, scenarios.WantAny},
		{"member twice, escaped", `{"jsonrpc":"2.0","id":1,"method":"ping","\u0069d":1}`, "ENV-12", false, scenarios.WantAny},
		{"no UTF-8", "{\"jsonrpc\":\"2.0\",\"id\":\"\xff\",\"method\":\"ping\"}", "ENV-13", false, scenarios.WantAny},
		{"byte order mark", "\ufeff{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}", "ENV-13", false, scenarios.WantAny},
		{"deep", `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}}`, "SIZE-02", false, scenarios.WantAny},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := scenarios.ShapeOf([]byte(tc.frame))
			if s.Rule != tc.rule || s.Owed() != tc.owed || (s.Rule == "") != (s.Problem == "") {
				t.Errorf("rule %q (%s), owed %v", s.Rule, s.Problem, s.Owed())
			}
			var none *scenarios.Catalog
			if l := none.WantOf(scenarios.Raw{Bytes: tc.frame}); l.Want != tc.want {
				t.Errorf("wants %v", l.Want)
			}
		})
	}
}

// A raw frame is labelled by the call that it holds.
func TestRawCallsAreLabelled(t *testing.T) {
	c := catalog(t, `{"type": "object", "properties": {"n": {"type": "integer"}}}`)
	for frame, want := range map[string]scenarios.Want{
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"n":1}}}`:             scenarios.WantAny,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"n":"1"}}}`:           scenarios.WantReject,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"$repeat":["A",2]}}}`: scenarios.WantAny,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"T","arguments":{"n":1}}}`:             scenarios.WantReject,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"arguments":{"n":1}}}`:                        scenarios.WantReject,
		`{"jsonrpc":"2.0","method":"tools/call","params":{"name":"t","arguments":{"n":"1"}}}`:                  scenarios.WantAny,
	} {
		if l := c.WantOf(scenarios.Raw{Bytes: frame}); l.Want != want {
			t.Errorf("%s: %v, want %v", frame, l.Want, want)
		}
	}
}
