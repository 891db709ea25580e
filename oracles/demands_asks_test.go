package oracles_test

import (
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

func TestDemandsOfServersThatAsk(t *testing.T) {
	const (
		call    = "call t {}"
		elicits = `request tools/call {"name": "t", "_meta": {` + declares + `"2026-07-28", "io.modelcontextprotocol/clientCapabilities": {"elicitation": {}}}}`
		confirm = `"inputRequests":{"confirm":{"method":"elicitation/create","params":{}}}`
		roots   = `"inputRequests":{"where":{"method":"roots/list"}}`
	)
	asking := func(rest string) came { return ok(`{"resultType":"input_required"` + rest + `}`) }
	wanting := func(status int, data string) came {
		return came{body: `{"jsonrpc":"2.0","id":7,"error":{"code":-32021,"message":"no"` + data + `}}`, status: status, kind: "application/json"}
	}
	const sampling = `,"data":{"requiredCapabilities":{"sampling":{}}}`
	holdRows(t, []row{
		{"for what was declared", modernLine, elicits, []came{asking("," + confirm)}, ""},
		{"for what was declared, in a prompt", modernLine, `request prompts/get {"name": "p"}`, []came{asking(`,"requestState":"s"`)}, ""},
		{"for patience", modernHTTP, call, []came{asking(`,"requestState":"s"`)}, ""},
		{"for nothing, to come again", modernLine, call, []came{asking(`,"inputRequests":{}`)}, ""},
		{"for nothing", modernLine, call, []came{asking("")}, "MOD-13 medium"},
		{"for what was not declared", modernLine, call, []came{asking("," + confirm)}, "MOD-13 medium"},
		{"for another thing than was declared", modernHTTP, elicits, []came{asking("," + roots)}, "MOD-13 medium"},
		{"for what there is not", modernLine, elicits, []came{asking(`,"inputRequests":{"x":{"method":"tools/call"}}`)}, "MOD-13 medium"},
		{"by no requests", modernLine, elicits, []came{asking(`,"inputRequests":["confirm"]`)}, "MOD-13 medium"},
		{"where a list was asked for", modernLine, "request tools/list", []came{asking(`,"requestState":"s"`)}, "MOD-13 medium"},
		{"before this revision", oracles.Setting{Revision: protocol.Legacy}, call, []came{asking("," + confirm)}, ""},

		{"a capability is missing", modernHTTP, call, []came{wanting(400, sampling)}, ""},
		{"a capability is missing, with 200", modernHTTP, call, []came{wanting(200, sampling)}, "MOD-11 info"},
		{"a capability is missing, on a stream", modernLine, call, []came{wanting(0, sampling)}, ""},
		{"some capability is missing", modernHTTP, call, []came{wanting(400, "")}, "MOD-11 medium"},
		{"some capability is missing, in words", modernLine, call, []came{wanting(0, `,"data":"sampling"`)}, "MOD-11 medium"},
	})
}

// Who is asked for more has been neither served nor refused: what is wrong with a call
// may be what it is asked for.
func TestAskingIsNeitherServingNorRefusing(t *testing.T) {
	catalog, err := scenarios.ParseCatalog([]byte(`[{"name": "t", "inputSchema": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": false}}]`))
	if err != nil {
		t.Fatal(err)
	}
	o := seen(t, modernLine, "call t {}", ok(`{"resultType":"input_required","requestState":"/home/ada/notes.txt"}`))
	if got := oracles.OutcomeOf(o, o.Seen[0]); got != oracles.Asked {
		t.Errorf("the outcome is %v", got)
	}
	if found := oracles.Judge(&oracles.Context{Catalog: catalog}, o); len(found) > 0 {
		t.Errorf("found %+v", found)
	}
}
