package oracles_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// answered is what is seen of one request and its answer: the rest of a JSON-RPC
// response behind its id.
func answered(step scenarios.Step, revision, rest string) oracles.Observation {
	frame := transport.Frame{Bytes: []byte(`{"jsonrpc":"2.0","id":7,` + rest + `}`)}
	return oracles.Observation{
		Revision: revision, Case: scenarios.Case{Name: "x", Steps: []scenarios.Step{step}},
		Seen: []oracles.Seen{{Step: "1", Sent: step, ID: "7", Alone: true, Answers: []oracles.Answer{{Frame: frame, Reply: protocol.Read(frame)}}}},
	}
}

func TestFeatureRules(t *testing.T) {
	catalog, err := scenarios.ParseCatalog([]byte(`{"tools": [], "prompts": [{"name": "p", "arguments": [{"name": "a", "required": true}]}],
		"resources": [{"uri": "r:1", "name": "one"}], "capabilities": {"prompts": {}, "resources": {}, "completions": {}, "logging": {}}}`))
	if err != nil {
		t.Fatal(err)
	}
	const (
		ok       = `"result":{}`
		invalid  = `"error":{"code":-32602,"message":"no"}`
		noMethod = `"error":{"code":-32601,"message":"no"}`
		missing  = `"error":{"code":-32002,"message":"no"}`
		unknown  = `{"ref":{"type":"ref/prompt","name":"mcpfuzz-x"},"argument":{"name":"a","value":""}}`
	)
	for _, tc := range []struct{ method, params, revision, rest, want string }{
		{"prompts/get", `{"name":"p","arguments":{"a":"1"}}`, protocol.Modern, ok, ""},
		{"prompts/get", `{"name":"q"}`, protocol.Modern, ok, "PROM-01 medium spec prompt/-"},
		{"prompts/get", `{"name":"q"}`, protocol.Modern, noMethod, ""},
		{"prompts/get", `{"name":"p"}`, protocol.Modern, ok, "PROM-02 low spec prompt/p"},
		{"prompts/get", `{"name":"p","arguments":{"a":1}}`, "2024-11-05", ok, "PROM-02 low spec prompt/p"},
		{"resources/read", `{"uri":"r:2"}`, protocol.Modern, ok, ""},
		{"resources/read", `{"uri":7}`, protocol.Modern, ok, "RES-02 medium spec resource/-"},
		{"resources/read", `{"uri":"mcpfuzz-none:x"}`, protocol.Legacy, ok, "RES-01 medium spec resource/-"},
		{"resources/read", `{"uri":"mcpfuzz-none:x"}`, protocol.Legacy, missing, ""},
		{"resources/read", `{"uri":"mcpfuzz-none:x"}`, protocol.Legacy, invalid, ""},
		{"resources/read", `{"uri":"mcpfuzz-none:x"}`, protocol.Legacy, noMethod, "RES-01 info spec resource/-"},
		{"resources/read", `{"uri":"mcpfuzz-none:x"}`, protocol.Modern, missing, "RES-01 low spec resource/-"},
		{"resources/read", `{"uri":"r:1"}`, protocol.Modern, missing, ""},
		{"completion/complete", unknown, protocol.Modern, invalid, ""},
		{"completion/complete", unknown, protocol.Modern, noMethod, "COMP-01 info spec completion/-"},
		{"completion/complete", unknown, protocol.Modern, `"result":{"completion":{"values":[]}}`, "COMP-01 info spec completion/-"},
		{"completion/complete", unknown, protocol.Modern, `"result":{"completion":{"values":["b"]}}`, "COMP-01 low spec completion/-"},
		{"completion/complete", unknown, "2024-11-05", `"result":{"completion":{"values":["b"]}}`, ""},
		{"logging/setLevel", `{"level":"verbose"}`, protocol.Legacy, ok, "LOG-01 low spec "},
		{"logging/setLevel", `{"level":"verbose"}`, protocol.Modern, ok, ""},
		{"logging/setLevel", `{"level":"info"}`, protocol.Legacy, ok, ""},
	} {
		step := scenarios.Request{Method: tc.method, Params: scenarios.MustValue(tc.params)}
		got := ""
		for _, f := range oracles.Judge(&oracles.Context{Catalog: catalog}, answered(step, tc.revision, tc.rest)) {
			// What is demanded of every answer is judged elsewhere.
			if !slices.ContainsFunc([]string{"MOD-", "ENV-", "METH-"}, func(family string) bool { return strings.HasPrefix(f.ID(), family) }) {
				got += fmt.Sprint(f.ID(), " ", f.Severity, " ", f.Basis, " ", f.Tool)
			}
		}
		if got != tc.want {
			t.Errorf("%s %s in %s, answered by %s: %q, want %q", tc.method, tc.params, tc.revision, tc.rest, got, tc.want)
		}
	}
}

// A server that ends on what a user of an application chooses is worse than one
// that ends on what its own host alone can send.
func TestEndsOnWhatUsersChooseAreHigh(t *testing.T) {
	for method, want := range map[string]oracles.Severity{
		"prompts/get": oracles.High, "resources/read": oracles.High, "completion/complete": oracles.High, "logging/setLevel": oracles.Medium,
	} {
		o := answered(scenarios.Request{Method: method}, protocol.Legacy, "")
		o.Seen[0].Answers, o.State = nil, transport.State{Phase: transport.Exited}
		found := oracles.Judge(&oracles.Context{}, o)
		i := slices.IndexFunc(found, func(f oracles.Finding) bool { return f.Oracle == "crash" })
		if i < 0 || found[i].Severity != want {
			t.Errorf("%s: %+v, want a crash at %v", method, found, want)
		}
	}
}

// What a server lists, and the place of a wrong argument, are no secrets.
func TestListedAddressesAreNoLeaks(t *testing.T) {
	catalog, err := scenarios.ParseCatalog([]byte(`{"resources": [{"uri": "file:///home/ada/notes.txt", "name": "notes"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for text, leaks := range map[string]bool{
		"open /home/ada/notes.txt: no": false,
		"at /data/0: no text":          false,
		"open /home/ada/keys: no":      true,
	} {
		message, _ := json.Marshal(text)
		step := scenarios.Request{Method: "prompts/get", Params: scenarios.MustValue(`{"arguments": {"data": [1]}}`)}
		found := oracles.Judge(&oracles.Context{Catalog: catalog}, answered(step, protocol.Legacy, `"error":{"code":-32602,"message":`+string(message)+`}`))
		if got := slices.ContainsFunc(found, func(f oracles.Finding) bool { return f.Oracle == "leak" }); got != leaks {
			t.Errorf("%s: a leak is said to be %v", text, got)
		}
	}
}
