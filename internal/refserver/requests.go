package refserver

import (
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

// hangUpName is the length of a tool's name from which the output is closed
// where the session guard is off.
const hangUpName = 1000

func (s *Server) inspectRequest(m map[string]json.RawMessage, id string) verdict {
	var method string
	_ = json.Unmarshal(m["method"], &method)
	var params struct {
		Name    any            `json:"name"`
		Cursor  any            `json:"cursor"`
		Version any            `json:"protocolVersion"`
		Proto   map[string]any `json:"__proto__"`
		Meta    map[string]any `json:"_meta"`
	}
	_ = json.Unmarshal(m["params"], &params)
	name, isText := params.Name.(string)
	_, stateless := params.Meta["io.modelcontextprotocol/protocolVersion"]
	s.pollute(params.Proto)
	switch {
	case !slices.Contains(methods, method), s.off["methods"] && stateless && slices.Contains(removed, method):
		if s.off["methods"] {
			return verdict{answer: fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"result":{}}`, id)}
		}
		return refused(id, s.code(codeMethod), fmt.Sprintf("there is no method %s", quoted(method)))
	case method == "initialize" && stateless:
		return refused(id, s.code(codeMethod), "this revision opens no sessions; spoken are "+strings.Join(mcp.SupportedProtocolVersions(), ", "))
	case params.Cursor != nil && s.off["cursors"]:
		return verdict{pass: true, id: id, frame: withoutCursor(m)}
	case params.Cursor != nil && strings.HasSuffix(method, "/list"):
		return refused(id, s.code(codeParams), "there is one page, so no cursor was given out")
	case method == "tools/call" && params.Name == nil:
		return refused(id, s.code(codeParams), "a call must name a tool")
	case method == "tools/call" && !isText:
		return refused(id, s.defined(codeParams), "the name of a tool must be a string")
	case method == "initialize" && s.off["handshake"] && !slices.Contains(mcp.SupportedProtocolVersions(), fmt.Sprint(params.Version)):
		return verdict{answer: agreed(id, params.Version)}
	case method == "tools/call" && len(name) > hangUpName && s.off["session"]:
		return verdict{answer: hangUp}
	}
	return verdict{pass: true, id: id, method: method, stateless: stateless}
}

// agreed says that whatever revision was asked for is spoken.
func agreed(id string, version any) []byte {
	text, _ := json.Marshal(version) // it was read from JSON
	return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":%s,"capabilities":{},"serverInfo":{"name":"mcpfuzz-notes","version":"1"}}}`, id, text)
}

// withoutCursor is a request as if it had none.
func withoutCursor(m map[string]json.RawMessage) []byte {
	var params map[string]json.RawMessage
	_ = json.Unmarshal(m["params"], &params)
	delete(params, "cursor")
	m = maps.Clone(m)
	m["params"], _ = json.Marshal(params) // the members are JSON
	frame, _ := json.Marshal(m)
	return frame
}

// hangUp stands for closing the output instead of answering.
var hangUp = []byte("hang up")
