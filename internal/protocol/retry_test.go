package protocol_test

import (
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

func TestRequestsComeAgainWithWhatWasAskedFor(t *testing.T) {
	const (
		form = `{"method":"elicitation/create","params":{"requestedSchema":{"type":"object","properties":{` +
			`"sure":{"type":"boolean"},"how":{"type":"string","enum":["fast","slow"]},"n":{"type":"integer","minimum":3},` +
			`"many":{"type":"number"},"why":{"type":"string"},"one":{"type":"string","oneOf":[{"const":"a","title":"A"}]},"all":{"type":"array"}}}}}`
		asks      = `{"resultType":"input_required","requestState":"abcdefgh","inputRequests":{"q":` + form + `}}`
		stateless = `{"resultType":"input_required","inputRequests":{"q":{"method":"elicitation/create","params":{}}}}`
		waits     = `{"resultType":"input_required","requestState":"abc3"}`
	)
	for _, tc := range []struct {
		name, result string
		retry        scenarios.Retry
		params       string
	}{
		{
			"accepted", asks,
			scenarios.Retry{Of: 1, Answer: scenarios.AnswerAccept},
			`{"name":"t","requestState":"abcdefgh","inputResponses":{"q":{"action":"accept","content":` +
				`{"sure":true,"how":"fast","n":3,"many":1,"why":"yes","one":"a","all":[]}}}}`,
		},
		{
			"declined", asks,
			scenarios.Retry{Of: 1, Answer: scenarios.AnswerDecline},
			`{"name":"t","requestState":"abcdefgh","inputResponses":{"q":{"action":"decline"}}}`,
		},
		{
			"of another form", stateless,
			scenarios.Retry{Of: 1, Answer: scenarios.AnswerWrong},
			`{"name":"t","inputResponses":{"q":{"action":"accept","content":"mcpfuzz"}}}`,
		},
		{
			"without the state", asks,
			scenarios.Retry{Of: 1, Answer: scenarios.AnswerCancel, State: scenarios.StateNone},
			`{"name":"t","inputResponses":{"q":{"action":"cancel"}}}`,
		},
		{
			"with another state", asks,
			scenarios.Retry{Of: 1, Answer: scenarios.AnswerCancel, State: scenarios.StateTampered},
			`{"name":"t","requestState":"abcdef3h","inputResponses":{"q":{"action":"cancel"}}}`,
		},
		{
			"with another state that had the digit", waits,
			scenarios.Retry{Of: 1, Answer: scenarios.AnswerAccept, State: scenarios.StateTampered},
			`{"name":"t","requestState":"abc4"}`,
		},
		{"without a state to tamper with", stateless, scenarios.Retry{Of: 1, Answer: scenarios.AnswerAccept, State: scenarios.StateTampered}, ""},
		{"of what did not ask", `{"resultType":"complete"}`, scenarios.Retry{Of: 1, Answer: scenarios.AnswerAccept}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			reply := protocol.Read(transport.Frame{Bytes: []byte(`{"jsonrpc":"2.0","id":1,"result":` + tc.result + `}`)})
			params, asked := protocol.Again(scenarios.MustValue(`{"name":"t"}`), reply, tc.retry)
			text, err := params.AppendJSON(nil)
			if err != nil || asked != (tc.params != "") || asked && string(text) != tc.params {
				t.Errorf("comes again: %t, %v, as %s", asked, err, text)
			}
		})
	}
}
