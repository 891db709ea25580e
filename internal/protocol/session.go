package protocol

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/internal/identity"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// Session is what a client knows that every message depends on. It is a value:
// copy it, set a field, use it.
type Session struct {
	Revision Revision
	// HTTP: verbs and headers exist.
	HTTP bool
	// Stream, of HTTP: answers come on one event stream, and the headers of
	// streamable HTTP do not exist (2024-11-05, transports, HTTP with SSE).
	Stream bool
	// ID is the Mcp-Session-Id the server gave, "" for none.
	ID string
	// Version is what the handshake settled on; "" before it.
	Version string
	// Headers are sent with every request ("Name: value").
	Headers []string
	// As is the client whose key is shown.
	As identity.Who
	// Can are the capabilities that the client declares.
	Can []string
	// Mirrors are the arguments that headers repeat, by tool.
	Mirrors map[string][]Mirror
}

// Client names the tester in handshakes.
const Client = "mcpfuzz"

// Encode turns a sending step (Call, Request, Notify, Raw) into a message with
// that id (raw JSON text). References in values must be resolved.
func (s Session) Encode(step scenarios.Step, id string) (transport.Message, error) {
	var m transport.Message
	switch step := step.(type) {
	case scenarios.Call:
		m = s.call(step, id)
	case scenarios.Request:
		m = s.request(step.Attrs, step.Method, step.Params, id)
	case scenarios.Notify:
		m = s.request(step.Attrs, step.Method, step.Params, "")
	case scenarios.Raw:
		m = s.raw(step)
	default:
		return m, fmt.Errorf("a %T step is not sent", step)
	}
	m.Query = s.As.Shown().Query
	return m, nil
}

func (s Session) call(c scenarios.Call, id string) transport.Message {
	s = s.under(c.Attrs)
	c.Args = s.withKey(c.Args)
	b := body{{text: `{"jsonrpc":"2.0","id":` + pick(c.ID, id) + `,"method":"tools/call","params":{"name":` + quote(c.Tool)}}
	if !c.Args.IsAbsent() {
		b = append(b, part{text: `,"arguments":`}, part{value: c.Args})
	}
	tail := "}}"
	if meta := s.meta(); meta != "" {
		tail = `,"_meta":` + meta + tail
	}
	m := message(append(b, part{text: tail}))
	m.Header = s.header(c.Attrs, "tools/call", c.Tool)
	if m.Header != nil && s.Revision.Stateless {
		mirror(m.Header, s.Mirrors[c.Tool], c.Args)
		applyHeaders(m.Header, c.Headers)
	}
	m.Verb = c.Verb
	return m
}

func (s Session) request(a scenarios.Attrs, method string, params scenarios.Value, id string) transport.Message {
	s = s.under(a)
	head := `{"jsonrpc":"2.0",`
	if id = pick(a.ID, id); id != "" {
		head += `"id":` + id + `,`
	}
	b := body{{text: head + `"method":` + quote(method)}}
	if args, _ := params.At("/arguments"); method == "tools/call" && len(s.As.Shown().Arguments) > 0 {
		params = params.With("/arguments", s.withKey(args))
	}
	if params = s.withMeta(params, id != ""); !params.IsAbsent() {
		b = append(b, part{text: `,"params":`}, part{value: params})
	}
	m := message(append(b, part{text: "}"}))
	m.Header = s.declaring(params).header(a, method, nameIn(method, params))
	m.Verb = a.Verb
	return m
}

// Document asks by GET for what stands at an address, outside any session.
func (s Session) Document(address string, a scenarios.Attrs) transport.Message {
	h := http.Header{"Accept": {"application/json"}}
	applyHeaders(h, s.Headers)
	applyHeaders(h, s.As.Shown().Headers)
	applyHeaders(h, a.Headers)
	return transport.Message{Body: Text(""), Verb: http.MethodGet, Header: h, URL: address}
}

// raw sends the bytes as they are; on HTTP the headers mirror what a lenient
// reader would find in them.
func (s Session) raw(r scenarios.Raw) transport.Message {
	s = s.under(r.Attrs)
	var seen struct {
		Method string          `json:"method"`
		Params json.RawMessage `json:"params"`
	}
	m := transport.Message{Body: Text(r.Bytes), Size: int64(len(r.Bytes)), Verb: r.Verb}
	if s.HTTP && json.Unmarshal([]byte(r.Bytes), &seen) == nil {
		params, _ := scenarios.ParseJSON(seen.Params)
		m.Header = s.declaring(params).header(r.Attrs, seen.Method, nameIn(seen.Method, params))
		return m
	}
	m.Header = s.header(r.Attrs, "", "")
	return m
}

// under returns the session as the step's own attributes change it.
func (s Session) under(a scenarios.Attrs) Session {
	if r, ok := Lookup(a.Protocol); ok {
		s.Revision, s.Version = r, r.Name
	}
	return s
}

// DeclaredVersion leads to the version that the params of a stateless request
// declare.
const DeclaredVersion = "/_meta/io.modelcontextprotocol~1protocolVersion"

// declaring returns the session as a stateless request declares it: headers repeat
// the version that the body names.
func (s Session) declaring(params scenarios.Value) Session {
	v, _ := params.At(DeclaredVersion)
	if version, _ := v.Text(); s.Revision.Stateless && plainHeader(version) {
		s.Version = version
	}
	return s
}

// nameIn is what Mcp-Name must repeat of a request's params, "" for nothing.
func nameIn(method string, params scenarios.Value) string {
	pointer := map[string]string{"tools/call": "/name", "prompts/get": "/name", "resources/read": "/uri"}[method]
	if pointer == "" {
		return ""
	}
	v, _ := params.At(pointer)
	name, _ := v.Text()
	return name
}

// meta is the _meta member that a request carries: what every stateless one
// declares, and a key that is shown there. "" for none.
func (s Session) meta() string {
	members := ""
	if s.Revision.Stateless {
		members = `,"io.modelcontextprotocol/protocolVersion":` + quote(s.Revision.Name) +
			`,"io.modelcontextprotocol/clientInfo":{"name":"` + Client + `","version":"1"}` +
			`,"io.modelcontextprotocol/clientCapabilities":` + s.abilities()
	}
	shown := s.As.Shown().Meta
	for _, name := range slices.Sorted(maps.Keys(shown)) {
		members += "," + quote(name) + ":" + quote(shown[name])
	}
	if members == "" {
		return ""
	}
	return "{" + members[1:] + "}"
}

// abilities is the object of the capabilities that the client declares.
func (s Session) abilities() string {
	var members []string
	for _, name := range s.Can {
		members = append(members, quote(name)+":{}")
	}
	return "{" + strings.Join(members, ",") + "}"
}

// withMeta adds _meta to the params of a request that has one and can hold it.
func (s Session) withMeta(params scenarios.Value, isRequest bool) scenarios.Value {
	text := s.meta()
	if text == "" || !isRequest {
		return params
	}
	meta := scenarios.MustValue(text)
	if params.IsAbsent() {
		return scenarios.Obj(scenarios.Member{Key: "_meta", Value: meta})
	}
	if _, has := params.At("/_meta"); has || params.Kind() != scenarios.Object || params.IsExpr() {
		return params
	}
	return params.With("/_meta", meta)
}

// withKey adds to the arguments of a call the key that is shown there: under the names
// that are among them, else under all that a server may look for.
func (s Session) withKey(args scenarios.Value) scenarios.Value {
	shown := s.As.Shown().Arguments
	if args.IsAbsent() && len(shown) > 0 {
		args = scenarios.Obj()
	}
	if args.Kind() != scenarios.Object || args.IsExpr() {
		return args
	}
	names := slices.Sorted(maps.Keys(shown))
	absent := func(name string) bool { return args.Member(name).IsAbsent() }
	if own := slices.DeleteFunc(slices.Clone(names), absent); len(own) > 0 {
		names = own
	}
	for _, name := range names {
		args = args.With(scenarios.Pointer("", name), scenarios.Str(shown[name]))
	}
	return args
}

// header makes the headers of one HTTP request; nil on other transports.
func (s Session) header(a scenarios.Attrs, method, name string) http.Header {
	if !s.HTTP {
		return nil
	}
	h := http.Header{"Content-Type": {"application/json"}}
	if !s.Stream {
		s.streamable(h, method, name)
	}
	applyHeaders(h, s.Headers)
	applyHeaders(h, s.As.Shown().Headers)
	applyHeaders(h, a.Headers)
	return h
}

// streamable sets the headers of streamable HTTP.
func (s Session) streamable(h http.Header, method, name string) {
	h.Set("Accept", "application/json, text/event-stream")
	if s.ID != "" {
		h.Set(SessionHeader, s.ID)
	}
	if s.Revision.VersionHeader && (s.Version != "" || s.Revision.Stateless) {
		h.Set(VersionHeader, pick(s.Version, s.Revision.Name))
	}
	if s.Revision.Stateless && method != "" {
		h.Set(MethodHeader, encodeHeader(method))
	}
	if s.Revision.Stateless && name != "" {
		h.Set(NameHeader, encodeHeader(name))
	}
}

// pick returns the first text that is not empty.
func pick(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
