package oracles_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
)

const (
	able     = `"io.modelcontextprotocol/clientCapabilities": {}`
	declares = `"io.modelcontextprotocol/protocolVersion": `
	cached   = `"resultType":"complete","ttlMs":0,"cacheScope":"public"`
)

func TestDemandsOfTheStatelessRevision(t *testing.T) {
	const (
		discover   = "request server/discover"
		undeclared = `raw "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/list\"}\n"`
		empty      = `request tools/list {"_meta": {}}`
		incapable  = `request tools/list {"_meta": {` + declares + `"2026-07-28"}}`
		newer      = `request tools/list {"_meta": {` + declares + `"2099-01-01", ` + able + `}}`
		around     = undeclared + "\nrequest tools/list\n" + undeclared
		twice      = "request tools/list\nrequest tools/list"
	)
	list := ok(`{` + cached + `,"tools":[{"name":"a"},{"name":"b"}]}`)
	turned := ok(`{` + cached + `,"tools":[{"name":"b"},{"name":"a"}]}`)
	fewer := ok(`{` + cached + `,"tools":[{"name":"a"}]}`)
	legacyList := ok(`{"tools":[]}`)
	unsupported := came{
		body: `{"jsonrpc":"2.0","id":7,"error":{"code":-32022,"message":"no","data":{"supported":["2026-07-28"]}}}`, status: 400, kind: "application/json",
	}
	holdRows(t, []row{
		{"discovered", modernLine, discover, []came{ok(`{` + cached + `,"supportedVersions":["2026-07-28"],"capabilities":{}}`)}, ""},
		{"discovery refused", modernLine, discover, []came{failed(404, -32601)}, "MOD-01 medium"},
		{"discovered without versions", modernLine, discover, []came{ok(`{` + cached + `,"capabilities":{}}`)}, "MOD-01 medium"},
		{"discovered without capabilities", modernLine, discover, []came{ok(`{` + cached + `,"supportedVersions":["2026-07-28"]}`)}, "MOD-01 medium"},
		{"discovered, to be asked again", modernLine, discover, []came{ok(`{"resultType":"input_required","supportedVersions":["2026-07-28"],"capabilities":{}}`)}, "MOD-13 medium"},

		{"undeclared, refused", modernHTTP, undeclared, []came{failed(400, -32602)}, ""},
		{"undeclared, served", modernHTTP, undeclared, []came{legacyList}, "MOD-02 medium"},
		{"undeclared on a stream, served as an older one", modernLine, undeclared, []came{legacyList}, ""},
		{"nothing declared, the header told of", modernHTTP, empty, []came{failed(400, -32020)}, ""},
		{"nothing declared, refused with 200", modernHTTP, empty, []came{failed(200, -32602)}, "MOD-02 info"},
		{"no capabilities, refused", modernLine, incapable, []came{failed(400, -32602)}, ""},
		{"no capabilities, refused for want of one", modernLine, incapable, []came{failed(400, -32021)}, "MOD-02 low"},
		{"no capabilities, served", modernLine, incapable, []came{list}, "MOD-02 medium"},

		{"unknown version, refused", modernHTTP, newer, []came{unsupported}, ""},
		{"unknown version, refused on a stream", modernLine, newer, []came{unsupported}, ""},
		{"unknown version, not told which are known", modernLine, newer, []came{failed(400, -32022)}, "MOD-03 low"},
		{"unknown version, refused in text", modernHTTP, newer, []came{bare(400)}, "MOD-03 low"},
		{"unknown version, served", modernLine, newer, []came{legacyList}, "MOD-03 medium"},
		{"unknown version behind a known one, served", modernLine, "request tools/list\n" + newer, []came{list, list}, "MOD-03 medium"},
		{"unknown version behind one that says nothing, served", modernLine, undeclared + "\n" + newer, []came{legacyList, legacyList}, ""},

		{"result without a type", modernLine, "request prompts/get", []came{ok(`{}`)}, "MOD-07 medium"},
		{"tool error without a type", modernLine, "call t {}", []came{ok(`{"isError":true,"content":[]}`)}, "MOD-07 medium"},
		{"list that does not say how long it holds", modernLine, "request tools/list", []came{ok(`{"resultType":"complete","cacheScope":"public","tools":[]}`)}, "MOD-08 medium"},
		{"list that holds for less than no time", modernLine, "request tools/list", []came{ok(`{"resultType":"complete","ttlMs":-1,"cacheScope":"public","tools":[]}`)}, "MOD-08 medium"},
		{"list for somebody else", modernLine, "request tools/list", []came{ok(`{"resultType":"complete","ttlMs":5,"cacheScope":"all","tools":[]}`)}, "MOD-08 medium"},
		{"refusal without a type", modernLine, "request tools/list", []came{failed(200, -32602)}, ""},

		{"served behind, refused before", modernLine, around, []came{failed(0, -32600), list, legacyList}, "MOD-09 medium"},
		{"served both times", modernLine, around, []came{legacyList, list, legacyList}, ""},
		{"the older era from the first frame on", modernLine, around, []came{legacyList, legacyList, legacyList}, ""},
		{"the older era from a version that does not exist on", modernLine, newer + "\nrequest tools/list", []came{failed(0, -32022), legacyList}, "MOD-03 low"},
		{"the older era from a notification on", modernLine, "notify notifications/initialized\nrequest tools/list", []came{{}, legacyList}, ""},
		{"refused both times", modernLine, around, []came{failed(0, -32600), list, failed(0, -32600)}, ""},

		{"listed alike", modernLine, twice, []came{list, list}, ""},
		{"listed in another order", modernLine, twice, []came{list, turned}, "MOD-16 low"},
		{"listed otherwise to another client", modernHTTP, "request tools/list\nrequest tools/list as=2", []came{list, fewer}, ""},
		{"listed otherwise", modernLine, twice, []came{list, fewer}, "MOD-16 medium"},
		{"another page", modernLine, `request tools/list` + "\n" + `request tools/list {"cursor": "2"}`, []came{list, fewer}, ""},
		{"listed otherwise before the revision said so", oracles.Setting{Revision: protocol.Legacy}, twice, []came{list, fewer}, "H2 low"},
	})
}

func TestDemandsOfHeadersThatRepeat(t *testing.T) {
	const (
		version = `request tools/list header="MCP-Protocol-Version: 2025-11-25"`
		unknown = `request tools/list header="MCP-Protocol-Version: 1999-01-01"`
		method  = `request tools/list header="Mcp-Method: tools/call"`
		other   = `call t header="Mcp-Name: u" {}`
		encoded = `call t header="Mcp-Name: =?base64?dA==?=" {}`
		old     = `request tools/list header="MCP-Protocol-Version:"`
		silent  = `request tools/list header="Mcp-Method:"`
		get     = `raw verb=GET ""`
		session = `request tools/list header="Mcp-Session-Id: mcpfuzz-guess"`
	)
	list := ok(`{` + cached + `,"tools":[]}`)
	minted := list
	minted.header = http.Header{protocol.SessionHeader: {"x"}}
	holdRows(t, []row{
		{"version, refused", modernHTTP, version, []came{failed(400, -32020)}, ""},
		{"version, refused with 200", modernHTTP, version, []came{failed(200, -32020)}, "MOD-04 info"},
		{"version, served", modernHTTP, version, []came{list}, "MOD-04 high"},
		{"unknown version", modernHTTP, unknown, []came{failed(400, -32022)}, ""},
		{"method, served", modernHTTP, method, []came{list}, "MOD-04 high"},
		{"method, on a stream", modernLine, method, []came{list}, ""},
		{"name, refused for the tool", modernHTTP, other, []came{failed(400, -32602)}, "MOD-04 info"},
		{"encoded name, taken for it", modernHTTP, encoded, []came{failed(400, -32602)}, ""},
		{"encoded name, taken for another", modernHTTP, encoded, []came{failed(400, -32020)}, "MOD-06 medium"},
		{"no version, refused", modernHTTP, old, []came{failed(400, -32020)}, ""},
		{"no version, served as an older one", modernHTTP, old, []came{list}, "MOD-05 info"},
		{"no method, refused", modernHTTP, silent, []came{failed(400, -32020)}, ""},
		{"no method, served", modernHTTP, silent, []came{list}, "MOD-05 medium"},
		{"GET, refused", modernHTTP, get, []came{bare(405)}, ""},
		{"GET, served as an older one", modernHTTP, get, []came{{status: 200, kind: "text/event-stream"}}, "MOD-15 info"},
		{"session, ignored", modernHTTP, session, []came{list}, ""},
		{"session, refused", modernHTTP, session, []came{bare(404)}, "MOD-15 low"},
		{"session, given", modernHTTP, "request tools/list", []came{minted}, "MOD-15 low"},
	})
}

// What a server says of its own accord.
func TestDemandsOfWhatIsToldUnasked(t *testing.T) {
	const (
		request = `{"jsonrpc":"2.0","id":"s1","method":"roots/list"}`
		message = `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}}`
		change  = `{"jsonrpc":"2.0","method":"notifications/progress","params":{}}`
		logs    = `request tools/list {"_meta": {` + declares + `"2026-07-28", ` + able + `, "io.modelcontextprotocol/logLevel": "info"}}`
	)
	list := ok(`{` + cached + `,"tools":[]}`)
	for _, tc := range []struct {
		name, steps, told string
		at                oracles.Setting
		found             string
	}{
		{"a request", "request tools/list", request, modernLine, "MOD-10 medium"},
		{"a request, over HTTP", "request tools/list", request, modernHTTP, "MOD-10 medium"},
		{"a request, before it was forbidden", "request tools/list", request, legacyHTTP, ""},
		{"a log message", "request tools/list", message, modernLine, "MOD-14 low"},
		{"a log message, where bytes declare nothing", "request tools/list\nraw \"{\\\"jsonrpc\\\":\\\"2.0\\\",\\\"id\\\":9,\\\"method\\\":\\\"tools/call\\\"}\\n\"\n", message, modernLine, ""},
		{"a log message that was asked for", logs, message, modernLine, ""},
		{"progress", "request tools/list", change, modernLine, ""},
		{"a request, behind an initialize", "request initialize {}\nrequest tools/list", request, modernLine, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := seen(t, tc.at, tc.steps, list, list)
			o.Told = []oracles.Answer{came{body: tc.told}.answer(false)}
			if got := strings.Join(broken(t, o), ", "); got != tc.found {
				t.Errorf("found %q, want %q", got, tc.found)
			}
		})
	}
}
