package protocol_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// step reads one step of the text form.
func step(t testing.TB, line string) scenarios.Step {
	t.Helper()
	c, err := scenarios.Parse([]byte("-- scenario --\nformat: mcpfuzz/1\nname: made\n-- steps --\n" + line + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return c.Steps[0]
}

// session is one that speaks a revision, after its handshake.
func session(t testing.TB, revision string, http bool) protocol.Session {
	t.Helper()
	rev, ok := protocol.Lookup(revision)
	if !ok {
		t.Fatalf("there is no revision %q", revision)
	}
	s := protocol.Session{Revision: rev, HTTP: http}
	if !rev.Stateless {
		s.Version = revision
	}
	return s
}

// bytesOf is a message as it is written, which must be as long as it says and
// the same each time.
func bytesOf(t testing.TB, m transport.Message) string {
	t.Helper()
	var first, second strings.Builder
	for _, w := range []*strings.Builder{&first, &second} {
		if n, err := m.Body.WriteTo(w); err != nil || n != m.Size {
			t.Fatalf("wrote %d bytes, %v; want %d", n, err, m.Size)
		}
	}
	if first.String() != second.String() {
		t.Fatalf("wrote %q, then %q", first.String(), second.String())
	}
	return first.String()
}

const meta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",` +
	`"io.modelcontextprotocol/clientInfo":{"name":"mcpfuzz","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}`

func TestEncode(t *testing.T) {
	for _, tc := range []struct{ name, step, legacy, modern string }{
		{
			"a call", `call read {"path": "a", "path": 1e400}`,
			`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"read","arguments":{"path":"a","path":1e400}}}`,
			`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"read","arguments":{"path":"a","path":1e400},` + meta + `}}`,
		},
		{
			"a call without arguments", `call read`,
			`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"read"}}`,
			`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"read",` + meta + `}}`,
		},
		{
			"a name that is no UTF-8", `call "a\xff\"\n" {}`,
			"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"a\xff\\\"\\n\",\"arguments\":{}}}",
			"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"a\xff\\\"\\n\",\"arguments\":{}," + meta + "}}",
		},
		{
			"an id of its own", `call read id=1.5`,
			`{"jsonrpc":"2.0","id":1.5,"method":"tools/call","params":{"name":"read"}}`,
			`{"jsonrpc":"2.0","id":1.5,"method":"tools/call","params":{"name":"read",` + meta + `}}`,
		},
		{
			"a request", `request prompts/get {"name": "p"}`,
			`{"jsonrpc":"2.0","id":7,"method":"prompts/get","params":{"name":"p"}}`,
			`{"jsonrpc":"2.0","id":7,"method":"prompts/get","params":{"name":"p",` + meta + `}}`,
		},
		{
			"a request without params", `request tools/list`,
			`{"jsonrpc":"2.0","id":7,"method":"tools/list"}`,
			`{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{` + meta + `}}`,
		},
		{
			"params that can hold nothing", `request tools/list [1]`,
			`{"jsonrpc":"2.0","id":7,"method":"tools/list","params":[1]}`,
			`{"jsonrpc":"2.0","id":7,"method":"tools/list","params":[1]}`,
		},
		{
			"a _meta of its own", `request tools/list {"_meta": {}}`,
			`{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{"_meta":{}}}`,
			`{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{"_meta":{}}}`,
		},
		{
			"a notification", `notify notifications/cancelled {"requestId": 3}`,
			`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3}}`,
			`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3}}`,
		},
		{"raw bytes", `raw "{\xff\x00"`, "{\xff\x00", "{\xff\x00"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for revision, want := range map[string]string{protocol.Legacy: tc.legacy, protocol.Modern: tc.modern} {
				m, err := session(t, revision, false).Encode(step(t, tc.step), "7")
				if err != nil {
					t.Fatal(err)
				}
				if got := bytesOf(t, m); got != want {
					t.Errorf("%s:\ngot  %s\nwant %s", revision, got, want)
				}
				if end := map[bool]string{true: "\n"}[tc.name != "raw bytes"]; m.End != end || m.Header != nil {
					t.Errorf("ends with %q, headers %v", m.End, m.Header)
				}
			}
		})
	}
}

func TestLargeValuesStream(t *testing.T) {
	m, err := session(t, protocol.Legacy, false).Encode(step(t, `call read {"path": {"$repeat": ["A", 1000000]}}`), `"x"`)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"read","arguments":{"path":"` + strings.Repeat("A", 1_000_000) + `"}}}`
	if got := bytesOf(t, m); got != want {
		t.Errorf("wrote %d bytes, want %d", len(got), len(want))
	}
	if _, flat := m.Body.(protocol.Text); flat {
		t.Error("the value was expanded before it is sent")
	}
}

func TestStepsThatAreNotSent(t *testing.T) {
	for _, line := range []string{"pause 1s", "cancel 1", "open"} {
		if m, err := session(t, protocol.Legacy, false).Encode(step(t, line), "1"); err == nil {
			t.Errorf("%s was made into %+v", line, m)
		}
	}
}

func TestHeaders(t *testing.T) {
	plain := http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}}
	with := func(pairs ...string) http.Header {
		h := plain.Clone()
		for i := 0; i < len(pairs); i += 2 {
			h.Set(pairs[i], pairs[i+1])
		}
		return h
	}
	for _, tc := range []struct {
		name, revision, step string
		with                 func(*protocol.Session)
		want                 http.Header
	}{
		{"the first revisions send no version", "2025-03-26", "call read {}", nil, plain},
		{"a version", "2025-11-25", "call read {}", nil, with("Mcp-Protocol-Version", "2025-11-25")},
		{"no version before the handshake", "2025-11-25", "call read {}", func(s *protocol.Session) { s.Version = "" }, plain},
		{
			"a session", "2025-11-25", "notify notifications/x", func(s *protocol.Session) { s.ID = "s-1" },
			with("Mcp-Protocol-Version", "2025-11-25", "Mcp-Session-Id", "s-1"),
		},
		{
			"method and name", "2026-07-28", "call read {}", nil,
			with("Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", "read"),
		},
		{
			"no name for a list", "2026-07-28", `request tools/list {"name": "x"}`, nil,
			with("Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/list"),
		},
		{
			"the name of a prompt", "2026-07-28", `request prompts/get {"name": "p"}`, nil,
			with("Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "prompts/get", "Mcp-Name", "p"),
		},
		{
			"the name of a resource is its URI", "2026-07-28", `request resources/read {"uri": "file:///a"}`, nil,
			with("Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "resources/read", "Mcp-Name", "file:///a"),
		},
		{
			"raw frames are mirrored as they read", "2026-07-28", `raw "{\"method\":\"tools/call\",\"params\":{\"name\":\"read\"}}"`, nil,
			with("Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", "read"),
		},
		{"raw bytes that do not read", "2026-07-28", `raw "{"`, nil, with("Mcp-Protocol-Version", "2026-07-28")},
		{
			"headers of the run and of the step", "2025-11-25", `call read header="Accept: */*" header="X-B: 1" header="X-B: 2" header="Content-Type:" {}`,
			func(s *protocol.Session) { s.Headers = []string{"Authorization: Bearer t", "x-b: 0"} },
			http.Header{
				"Content-Type": nil, "Accept": {"*/*"}, "Mcp-Protocol-Version": {"2025-11-25"},
				"Authorization": {"Bearer t"}, "X-B": {"1", "2"},
			},
		},
		{
			"over HTTP+SSE those of streamable HTTP do not exist", "2025-11-25", `call read header="X-B: 1" {}`,
			func(s *protocol.Session) { s.Stream, s.ID = true, "s" },
			http.Header{"Content-Type": {"application/json"}, "X-B": {"1"}},
		},
		{
			"a step of another revision", "2025-11-25", "call read protocol=2025-06-18 {}", nil,
			with("Mcp-Protocol-Version", "2025-06-18"),
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := session(t, tc.revision, true)
			if tc.with != nil {
				tc.with(&s)
			}
			m, err := s.Encode(step(t, tc.step), "1")
			if err != nil {
				t.Fatal(err)
			}
			for name := range m.Header {
				if !slices.Equal(m.Header[name], tc.want[name]) {
					t.Errorf("%s: %q, want %q", name, m.Header[name], tc.want[name])
				}
			}
			if len(m.Header) != len(tc.want) {
				t.Errorf("got %v, want %v", m.Header, tc.want)
			}
		})
	}
}

func TestNamesThatHeadersCannotHoldAreEncoded(t *testing.T) {
	// The pairs are those of the specification's own rules: visible ASCII and
	// inner blanks stand for themselves, all else is base64 of the UTF-8 bytes.
	for name, want := range map[string]string{
		"read_file":     "read_file",
		"read file":     "read file",
		"Hello, 世界":     "=?base64?SGVsbG8sIOS4lueVjA==?=",
		" padded ":      "=?base64?IHBhZGRlZCA=?=",
		"line1\nline2":  "=?base64?bGluZTEKbGluZTI=?=",
		"a\xff":         "=?base64?Yf8=?=",
		"\x00":          "=?base64?AA==?=",
		"=?base64?eA?=": "=?base64?PT9iYXNlNjQ/ZUE/PQ==?=",
	} {
		m, err := session(t, protocol.Modern, true).Encode(scenarios.Call{Tool: name}, "1")
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Header.Get("Mcp-Name"); got != want {
			t.Errorf("%q is sent as %q, want %q", name, got, want)
		} else if back := protocol.DecodeHeader(got); back != name {
			t.Errorf("%q is sent as %q, which decodes to %q", name, got, back)
		}
	}
}

const mirrored = `{"type":"object","properties":{
	"region":{"type":"string","x-mcp-header":"Region"},
	"count":{"type":"integer","x-mcp-header":"Count"},
	"dry":{"type":"boolean","x-mcp-header":"Dry"},
	"plain":{"type":"string"},
	"bad":{"type":"string","x-mcp-header":3},
	"deep":{"type":"object","properties":{"a/b":{"type":"string","x-mcp-header":"Deep"}}}}}`

func TestArgumentsAreMirrored(t *testing.T) {
	mirrors := protocol.Mirrors(json.RawMessage(mirrored))
	want := []protocol.Mirror{
		{Pointer: "/count", Header: "Mcp-Param-Count"},
		{Pointer: "/deep/a~1b", Header: "Mcp-Param-Deep"},
		{Pointer: "/dry", Header: "Mcp-Param-Dry"},
		{Pointer: "/region", Header: "Mcp-Param-Region"},
	}
	if !slices.Equal(mirrors, want) {
		t.Fatalf("got %+v, want %+v", mirrors, want)
	}
	s := session(t, protocol.Modern, true)
	s.Mirrors = map[string][]protocol.Mirror{"run": mirrors}
	for _, tc := range []struct {
		step string
		want map[string]string
	}{
		{`call run {"region": "eu", "count": 3, "dry": true, "plain": "x", "deep": {"a/b": "é"}}`, map[string]string{"Region": "eu", "Count": "3", "Dry": "true", "Deep": "=?base64?w6k=?="}},
		{`call run {"region": null, "count": 1.5, "dry": "true", "deep": 1}`, map[string]string{"Dry": "true"}},
		{`call run {"count": 9007199254740993}`, map[string]string{}},
		{`call run`, map[string]string{}},
		{`call run header="Mcp-Param-Region: us" {"region": "eu"}`, map[string]string{"Region": "us"}},
		{`call other {"region": "eu"}`, map[string]string{}},
	} {
		m, err := s.Encode(step(t, tc.step), "1")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"Region", "Count", "Dry", "Deep", "Bad", "Plain"} {
			if got := m.Header.Get("Mcp-Param-" + name); got != tc.want[name] {
				t.Errorf("%s: Mcp-Param-%s is %q, want %q", tc.step, name, got, tc.want[name])
			}
		}
	}
	s.Revision, _ = protocol.Lookup(protocol.Legacy)
	if m, _ := s.Encode(step(t, `call run {"region": "eu"}`), "1"); m.Header.Get("Mcp-Param-Region") != "" {
		t.Error("an older revision mirrors nothing")
	}
	if protocol.Mirrors(json.RawMessage(`[]`)) != nil || protocol.Mirrors(nil) != nil {
		t.Error("what is no schema mirrors nothing")
	}
}

func TestRepliesToTheServer(t *testing.T) {
	for _, tc := range []struct {
		method, want string
		result       scenarios.Value
	}{
		{"ping", `{"jsonrpc":"2.0","id":"s-1","result":{}}`, scenarios.Value{}},
		{"roots/list", `{"jsonrpc":"2.0","id":"s-1","error":{"code":-32601,"message":"this client offers no such method"}}`, scenarios.Value{}},
		{"roots/list", `{"jsonrpc":"2.0","id":"s-1","result":{"roots":[]}}`, scenarios.MustValue(`{"roots":[]}`)},
		{"ping", `{"jsonrpc":"2.0","id":"s-1","result":null}`, scenarios.MustValue(`null`)},
	} {
		if got := bytesOf(t, session(t, protocol.Legacy, false).Reply(`"s-1"`, tc.method, tc.result)); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.method, got, tc.want)
		}
	}
}
