package oracles_test

import (
	"slices"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// What is refused for how it is sent tells nothing of what was sent.
func TestWhatIsRefusedForAnotherReason(t *testing.T) {
	const end = "raw verb=DELETE \"\"\n"
	list := ok(`{"tools":[]}`)
	holdRows(t, []row{
		{"a list where there is none", legacyHTTP, "request tools/list header=\"MCP-Protocol-Version:\"", []came{failed(400, -32600)}, "HTTP-04 info"},
		{"a method without a version", legacyHTTP, "request mcpfuzz/none header=\"MCP-Protocol-Version:\"", []came{failed(200, -32601)}, ""},
		{"in a session that was ended", legacyHTTP, end + "request tools/list", []came{bare(204), list}, "HTTP-02 high"},
		{"in one that was opened since", legacyHTTP, end + "open\nrequest tools/list", []came{bare(204), list}, ""},
		{"in another one", legacyHTTP, "raw verb=DELETE header=\"Mcp-Session-Id: x\" \"\"\nrequest tools/list", []came{bare(204), list}, ""},
		{"a call that needs no key, beside another", legacyHTTP, "call a {}\ncall b as=none {}\ncall b as=none {}\ncall a as=1:foreign {}", []came{list, bare(401), bare(401), list}, ""},
		{"a call that needs one", legacyHTTP, "call b {}\ncall b as=none {}\ncall b as=none {}\ncall b as=1:foreign {}", []came{list, bare(401), bare(401), list}, "AUTH-01 critical, AUTH-02 low"},
		{"a request that is no longer one", legacyHTTP, "request tools/list verb=DELETE", []came{bare(204)}, ""},
	})
}

// A fault is none, and a method is not refused as such, where that is for how it is sent.
func TestWhatIsNoFaultAndNoMethod(t *testing.T) {
	line := oracles.Setting{Revision: "2025-06-18"}
	none, err := scenarios.ParseCatalog([]byte("[]"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		at     oracles.Setting
		steps  string
		came   []came
		oracle string
		want   bool
	}{
		{legacyHTTP, "request tools/list verb=FOO", []came{bare(501)}, "internal-error", false},
		{legacyHTTP, "request tools/list", []came{bare(501)}, "internal-error", true},
		{legacyHTTP, "request mcpfuzz/none as=none", []came{bare(401)}, "unknown-method", false},
		{legacyHTTP, "raw verb=DELETE \"\"\nrequest mcpfuzz/none", []came{bare(204), bare(404)}, "unknown-method", false},
		{legacyHTTP, "request mcpfuzz/none", []came{bare(404)}, "unknown-method", true},
		{line, "request mcpfuzz/none handshake=none", []came{failed(0, -32600)}, "unknown-method", false},
		{line, "request mcpfuzz/none [1]", []came{failed(0, -32600)}, "unknown-method", false},
		{line, "request mcpfuzz/none", []came{failed(0, -32600)}, "unknown-method", true},
		{legacyHTTP, "notify a id=5", []came{ok("{}")}, "notified", false},
		{legacyHTTP, "notify a", []came{ok("{}")}, "notified", true},
	} {
		if found := finds(none, seen(t, tc.at, tc.steps, tc.came...), tc.oracle); found != tc.want {
			t.Errorf("%s: %s is found: %t, want %t", tc.steps, tc.oracle, found, tc.want)
		}
	}
}

// What is kept of a frame may be told in the answer to another: that leaks, merges and
// rounds nothing, and shows no key.
func TestWhatWasSentBeforeMayBeTold(t *testing.T) {
	catalog, err := scenarios.ParseCatalog([]byte(`[{"name":"add","inputSchema":{"type":"object","properties":{"n":{"type":"integer"}}}}]`))
	if err != nil {
		t.Fatal(err)
	}
	refused, told := ok(`{"isError":true,"content":[{"type":"text","text":"add: n is missing, not as in /etc/secret.conf"}]}`), ok(`{"content":[{"type":"text","text":"mcpfuzzPolluted 36028797018963968 sesame-sesame"}]}`)
	for _, tc := range []struct {
		name, first, last string
		came              came
		body              string
		oracle            string
	}{
		{"a path", "call add {}", "call add {}", refused, "/etc/secret.conf", "leak"},
		{"a key of objects", "call add {}", `request tools/list {"__proto__": {"mcpfuzzPolluted": "yes"}}` + "\ncall add {}", told, "mcpfuzzPolluted", "polluted"},
		{"a number", "call add {}", `call add {"n": 36028797018963971}`, told, "36028797018963968", "rounded"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for body, want := range map[string]bool{tc.body: false, "{}": true} {
				o := seen(t, legacyHTTP, tc.first+"\n"+tc.last, ok("{}"), tc.came, tc.came)
				o.Seen[0].Message.Body = bytesOf(body)
				if found := finds(catalog, o, tc.oracle); found != want {
					t.Errorf("behind %s: found %t, want %t", body, found, want)
				}
			}
		})
	}
	for as, want := range map[string]bool{"1:arguments": false, "1": true} {
		o := seen(t, legacyHTTP, "call add as="+as+" {}\ncall add {}", ok("{}"), told)
		o.Keys = []string{"sesame-sesame"}
		if found := finds(catalog, o, "key-shown"); found != want {
			t.Errorf("a key as %s: found %t, want %t", as, found, want)
		}
	}
}

// Of two calls that name the same thing, the one that was served may have asked for it.
func TestWhatAnotherCallDidIsNotActed(t *testing.T) {
	catalog, err := scenarios.ParseCatalog([]byte(`[{"name":"add","inputSchema":{"type":"object","required":["text"]}}]`))
	if err != nil {
		t.Fatal(err)
	}
	form, _ := scenarios.CanaryOf("word")
	refused := ok(`{"isError":true,"content":[{"type":"text","text":"text is missing"}]}`)
	for body, want := range map[string]bool{"the word": false, "{}": true} {
		o := seen(t, legacyHTTP, "call add {}\ncall add {\"text\": \"x\"}", refused, ok("{}"))
		o.Seen[0].Message.Body, o.Seen[1].Message.Body = bytesOf("the word"), bytesOf(body)
		o.Planted = []scenarios.Planted{{Form: form, Word: "word", Asked: true}}
		if found := finds(catalog, o, "acted"); found != want {
			t.Errorf("behind %s: found %t, want %t", body, found, want)
		}
	}
}

func finds(catalog *scenarios.Catalog, o oracles.Observation, oracle string) bool {
	found := oracles.Judge(&oracles.Context{Catalog: catalog}, o)
	return slices.ContainsFunc(found, func(f oracles.Finding) bool { return f.Oracle == oracle })
}
