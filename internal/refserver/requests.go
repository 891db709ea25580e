package refserver

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// methods are those that the SDK may see; all others do not exist here.
var methods = []string{
	"initialize", "ping", "server/discover", "tools/list", "tools/call",
	"logging/setLevel", "completion/complete", "prompts/list", "prompts/get",
	"resources/list", "resources/read", "resources/templates/list",
}

// removed are those that the revision without sessions no longer has.
var removed = []string{"ping", "logging/setLevel"}

// hangUpName is how long a tool's name may be before the output is closed,
// where the session guard is off.
const hangUpName = 128

func (s *Server) inspectRequest(m map[string]json.RawMessage, id string) verdict {
	var method string
	_ = json.Unmarshal(m["method"], &method)
	// A map, since a struct would take a member in another case for its own.
	var params map[string]any
	_ = json.Unmarshal(m["params"], &params)
	proto, _ := params["__proto__"].(map[string]any)
	meta, _ := params["_meta"].(map[string]any)
	_, stateless := meta["io.modelcontextprotocol/protocolVersion"]
	s.pollute(proto)
	switch {
	case s.off["unlisted"] && method == backMethod:
		return verdict{answer: fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"result":{"resultType":"complete","guards":%d}}`, id, len(Guards()))}
	case !slices.Contains(methods, method), s.off["methods"] && stateless && slices.Contains(removed, method):
		if s.off["methods"] {
			return verdict{answer: fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"result":{"resultType":"complete"}}`, id)}
		}
		return refused(id, s.code(codeMethod), fmt.Sprintf("there is no method %s", quoted(method)))
	case stateless && slices.Contains(removed, method):
		return refused(id, s.code(codeMethod), fmt.Sprintf("this revision has no method %s", method))
	case method == "initialize" && stateless:
		return refused(id, s.code(codeMethod), "this revision opens no sessions; spoken are "+strings.Join(mcp.SupportedProtocolVersions(), ", "))
	case method == "initialize" && s.off["handshake"] && !slices.Contains(mcp.SupportedProtocolVersions(), fmt.Sprint(params["protocolVersion"])):
		return verdict{answer: agreed(id, params["protocolVersion"])}
	}
	v := s.inspectParams(m, params, method, id)
	v.method, v.stateless = method, stateless
	return v
}

// inspectParams holds the params of a request that is taken to its method.
func (s *Server) inspectParams(m map[string]json.RawMessage, params map[string]any, method, id string) verdict {
	cursor, paged := params["cursor"]
	name, isText := params["name"].(string)
	switch {
	case paged && !givenOut(cursor) && s.off["cursors"]:
		return verdict{pass: true, id: id, frame: withoutCursor(m)}
	case paged && !givenOut(cursor):
		return refused(id, s.code(codeParams), "that cursor was not given out; leave it out for the first page")
	case method == "tools/call" && params["name"] == nil:
		return refused(id, s.code(codeParams), "a call must name a tool")
	case method == "tools/call" && !isText:
		return refused(id, s.defined(codeParams), "the name of a tool must be a string")
	case method == "tools/call" && s.off["names"] && !s.isServed(name):
		params["name"] = nearest(name)
		return verdict{pass: true, id: id, frame: withParams(m, params)}
	case method == "tools/call" && len(name) > hangUpName && s.off["session"]:
		return verdict{answer: hangUp}
	}
	return s.inspectForm(m, method, id)
}

// givenOut reports whether a cursor is of the form that the SDK gives out.
func givenOut(v any) bool {
	text, _ := v.(string)
	_, err := base64.URLEncoding.DecodeString(text)
	return text != "" && err == nil
}

// agreed says that whatever revision was asked for is spoken.
func agreed(id string, version any) []byte {
	text, _ := json.Marshal(version) // it was read from JSON
	return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":%s,"capabilities":{},"serverInfo":{"name":"mcpfuzz-notes","version":"1"}}}`, id, text)
}

// withoutCursor is a request as if it had none.
func withoutCursor(m map[string]json.RawMessage) []byte {
	var params map[string]any
	_ = json.Unmarshal(m["params"], &params)
	delete(params, "cursor")
	return withParams(m, params)
}

// withParams is a request with other params.
func withParams(m map[string]json.RawMessage, params map[string]any) []byte {
	m = maps.Clone(m)
	m["params"], _ = json.Marshal(params) // the members are JSON
	frame, _ := json.Marshal(m)
	return frame
}

// hangUp stands for closing the output instead of answering.
var hangUp = []byte("hang up")

// run runs a tool for nobody: the mistake that the guard of requests prevents.
func (s *Server) run(params json.RawMessage) {
	var call struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
	}
	if json.Unmarshal(params, &call) != nil {
		return
	}
	for _, t := range s.listed() {
		if a, err := s.checked(t, call.Arguments); t.name == call.Name && err == nil {
			_, _ = t.call(s, s.books.get(""), a) // there is nobody to tell
		}
	}
}
