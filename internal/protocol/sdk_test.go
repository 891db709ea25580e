package protocol_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// newServer is a server of the official SDK: "echo" says back the arguments as
// they arrived, "refuse" refuses.
func newServer() *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "sdk", Version: "1"}, nil)
	echo := func(_ context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: string(r.Params.Arguments)}}}, nil
	}
	refuse := func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{IsError: true, Content: []mcp.Content{&mcp.TextContent{Text: "no"}}}, nil
	}
	s.AddTool(&mcp.Tool{Name: "echo", InputSchema: json.RawMessage(mirroredSDK)}, echo)
	s.AddTool(&mcp.Tool{Name: "refuse", InputSchema: json.RawMessage(`{"type":"object"}`)}, refuse)
	return s
}

const mirroredSDK = `{"type":"object","properties":{
	"region":{"type":"string","x-mcp-header":"Region"},
	"count":{"type":"integer","x-mcp-header":"Count"},
	"deep":{"type":"object","properties":{"dry":{"type":"boolean","x-mcp-header":"Dry"}}}}}`

// peer is a connection to a server of the SDK.
type peer struct {
	t    *testing.T
	conn transport.Conn
	n    int
}

func newPeer(t *testing.T, target transport.Target) *peer {
	t.Helper()
	conn, err := target.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Kill)
	return &peer{t: t, conn: conn}
}

func (p *peer) send(m transport.Message) {
	p.t.Helper()
	if _, err := p.conn.Send(p.t.Context(), m); err != nil {
		p.t.Fatal(err)
	}
}

// ask sends a request and returns the first frame that reads as its answer.
func (p *peer) ask(build func(id string) transport.Message) (protocol.Reply, transport.Frame) {
	p.t.Helper()
	p.n++
	id := fmt.Sprintf(`"q%d"`, p.n)
	p.send(build(id))
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	for {
		f, err := p.conn.Recv(ctx)
		if err != nil {
			p.t.Fatal(err)
		}
		if r := protocol.Read(f); r.ID == id || f.Status >= 400 {
			return r, f
		}
	}
}

// open plays the handshake.
func (p *peer) open(s protocol.Session) protocol.Session {
	p.t.Helper()
	reply, f := p.ask(s.Initialize)
	rev, err := protocol.Settled(reply)
	if err != nil {
		p.t.Fatal(err)
	}
	s.Revision, s.Version, s.ID = rev, rev.Name, f.Header.Get(protocol.SessionHeader)
	p.send(s.Initialized())
	return s
}

// step encodes a step for ask.
func (p *peer) step(s protocol.Session, line string) func(string) transport.Message {
	return func(id string) transport.Message {
		m, err := s.Encode(step(p.t, line), id)
		if err != nil {
			p.t.Fatal(err)
		}
		return m
	}
}

// sites are the handlers of the SDK over HTTP.
func sites(t *testing.T, opts *mcp.StreamableHTTPOptions) transport.Target {
	server := newServer()
	site := httptest.NewServer(mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, opts))
	t.Cleanup(site.Close)
	return transport.HTTP(site.URL, transport.HTTPOptions{})
}

// TestTheSDKTakesWhatIsEncoded plays the same steps on the SDK's servers in
// both eras, over each transport that they speak them on.
func TestTheSDKTakesWhatIsEncoded(t *testing.T) {
	for _, tc := range []struct {
		name, revision string
		target         transport.Target
	}{
		{"2024-11-05 in memory", "2024-11-05", transport.SDK(newServer)},
		{"2025-03-26 in memory", "2025-03-26", transport.SDK(newServer)},
		{"2025-06-18 over HTTP", "2025-06-18", sites(t, nil)},
		{"2025-11-25 in memory", protocol.Legacy, transport.SDK(newServer)},
		{"2025-11-25 over HTTP in events", protocol.Legacy, sites(t, nil)},
		{"2025-11-25 over HTTP in JSON", protocol.Legacy, sites(t, &mcp.StreamableHTTPOptions{JSONResponse: true})},
		{"2026-07-28 in memory", protocol.Modern, transport.SDK(newServer)},
		{"2026-07-28 over HTTP", protocol.Modern, sites(t, &mcp.StreamableHTTPOptions{Stateless: true})},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newPeer(t, tc.target)
			s := session(t, tc.revision, tc.target.Kind().HTTP)
			s.Version = ""
			if !s.Revision.Stateless {
				s = p.open(s)
			}
			if s.Revision.Name != tc.revision {
				t.Fatalf("it settled on %s", s.Revision.Name)
			}
			s.Mirrors = map[string][]protocol.Mirror{"echo": protocol.Mirrors(json.RawMessage(mirroredSDK))}
			answered(t, p, s)
		})
	}
}

// answered plays the steps whose answers are the same in every revision.
func answered(t *testing.T, p *peer, s protocol.Session) {
	t.Helper()
	const args = `{"region":"Hello, 世界","count":-3,"deep":{"dry":true}}`
	if r, f := p.ask(p.step(s, "call echo "+args)); r.Kind != protocol.Result || r.Text != args || r.IsError {
		t.Errorf("echo: kind %d, %q, status %d: %s", r.Kind, r.Text, f.Status, f.Bytes)
	}
	if r, _ := p.ask(p.step(s, "call refuse {}")); r.Kind != protocol.Result || r.Text != "no" || !r.IsError {
		t.Errorf("refuse: %+v", r)
	}
	if r, f := p.ask(p.step(s, "call missing {}")); r.Kind != protocol.Error || r.Code != jsonrpc.CodeInvalidParams || !r.CodeOK || r.Message == "" {
		t.Errorf("missing: %+v, %s", r, f.Bytes)
	}
	if r, _ := p.ask(s.Probe); r.Kind != protocol.Result {
		t.Errorf("the probe: %+v", r)
	}
	r, _ := p.ask(func(id string) transport.Message { return s.List(id, "tools/list", "") })
	if catalog, err := scenarios.ParseCatalog(r.Body); err != nil || catalog.Len() != 2 {
		t.Errorf("the list: %+v, %v", r, err)
	}
	if r, _ := p.ask(func(id string) transport.Message { return s.List(id, "tools/list", "no-cursor") }); r.Kind != protocol.Error {
		t.Errorf("a list from a cursor that was not given: %+v", r)
	}
}

// TestTheSDKChecksWhatIsMirrored shows that it is the mirrored headers that
// make the SDK take a stateless call.
func TestTheSDKChecksWhatIsMirrored(t *testing.T) {
	p := newPeer(t, sites(t, &mcp.StreamableHTTPOptions{Stateless: true}))
	s := session(t, protocol.Modern, true)
	s.Mirrors = map[string][]protocol.Mirror{"echo": protocol.Mirrors(json.RawMessage(mirroredSDK))}
	for _, header := range []string{"Mcp-Name:", "Mcp-Name: refuse", "Mcp-Method:", "Mcp-Protocol-Version: 2025-11-25", "Mcp-Param-Region: us", "Mcp-Param-Count:"} {
		r, f := p.ask(p.step(s, `call echo header="`+header+`" {"region": "eu", "count": 1}`))
		if f.Status != http.StatusBadRequest || r.Kind == protocol.Result {
			t.Errorf("with %q: status %d, %s", header, f.Status, f.Bytes)
		}
	}
}

func TestTheSDKDecodesWhatIsEncoded(t *testing.T) {
	for _, revision := range []string{protocol.Legacy, protocol.Modern} {
		for line, want := range map[string]string{
			`call read {"path": "a"}`:       "tools/call",
			`request prompts/get {"n": 1}`:  "prompts/get",
			`request tools/list`:            "tools/list",
			`notify notifications/progress`: "notifications/progress",
		} {
			m, err := session(t, revision, false).Encode(step(t, line), `"id-1"`)
			if err != nil {
				t.Fatal(err)
			}
			got, err := jsonrpc.DecodeMessage([]byte(bytesOf(t, m)))
			request, ok := got.(*jsonrpc.Request)
			if err != nil || !ok || request.Method != want || request.IsCall() == strings.HasPrefix(line, "notify") {
				t.Errorf("%s: %s was read as %+v, %v", revision, line, got, err)
			}
		}
	}
}

func TestSpeaksModern(t *testing.T) {
	for _, tc := range []struct {
		name   string
		target transport.Target
		want   bool
	}{
		{"in memory", transport.SDK(newServer), true},
		{"stateless", sites(t, &mcp.StreamableHTTPOptions{Stateless: true}), true},
		{"stateful", sites(t, nil), false},
		{"in memory, older revisions only", transport.SDK(func() *mcp.Server {
			return mcp.NewServer(&mcp.Implementation{Name: "old"}, &mcp.ServerOptions{SupportedProtocolVersions: []string{"2025-06-18"}})
		}), false},
	} {
		r, f := newPeer(t, tc.target).ask(session(t, protocol.Modern, tc.target.Kind().HTTP).Probe)
		if got := protocol.SpeaksModern(r); got != tc.want {
			t.Errorf("%s: %t, by %s", tc.name, got, f.Bytes)
		}
	}
	for _, in := range []string{
		`{"jsonrpc":"2.0","id":1,"result":{"supportedVersions":["2025-11-25"]}}`, `{"jsonrpc":"2.0","id":1,"result":{"supportedVersions":"2026-07-28"}}`,
		`{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"2026-07-28"}}`, `no`,
	} {
		if protocol.SpeaksModern(read(in)) {
			t.Errorf("%s was taken for the stateless revision", in)
		}
	}
}

// TestWhatTheSDKSendsByItself reads what a server says unasked.
func TestWhatTheSDKSendsByItself(t *testing.T) {
	asked := make(chan error, 1)
	target := transport.SDK(func() *mcp.Server {
		return mcp.NewServer(&mcp.Implementation{Name: "asks"}, &mcp.ServerOptions{
			InitializedHandler: func(ctx context.Context, r *mcp.InitializedRequest) {
				go func() { asked <- r.Session.Ping(context.WithoutCancel(ctx), nil) }()
			},
		})
	})
	p := newPeer(t, target)
	s := p.open(session(t, protocol.Legacy, false))
	f, err := p.conn.Recv(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := protocol.Read(f)
	if r.Kind != protocol.ServerRequest || r.Method != "ping" || r.ID == "" {
		t.Fatalf("%s was read as %+v", f.Bytes, r)
	}
	p.send(s.Reply(r.ID, r.Method, scenarios.Value{}))
	if err := <-asked; err != nil {
		t.Errorf("the SDK took our answer for %v", err)
	}
}
