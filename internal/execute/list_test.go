package execute_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// A list is asked for where it is declared; one that cannot be read is told, and
// ends nothing but where it is that of the tools and there is nothing else.
func TestWhatIsDeclaredIsListed(t *testing.T) {
	answers := map[string]string{
		"tools/list":               `"result":{"tools":[{"name":"t","inputSchema":{}}]}`,
		"prompts/list":             `"result":{"prompts":[{"name":"p"}]}`,
		"resources/list":           `"result":{"resources":[{"uri":"r:1"}]}`,
		"resources/templates/list": `"result":{"resourceTemplates":[{"uriTemplate":"r:{x}"}]}`,
	}
	const none, fails = `"error":{"code":-32601,"message":"none"}`, `"error":{"code":-32000,"message":"fails"}`
	for _, tc := range []struct {
		name, capabilities string
		with               map[string]string
		want               string
	}{
		{"tools alone", `{"tools":{}}`, nil, "1 tools, 0 prompts, 0 resources; unread:; <nil>"},
		{"nothing declared", `{}`, nil, "1 tools, 0 prompts, 0 resources; unread:; <nil>"},
		{"all", `{"tools":{},"prompts":{},"resources":{}}`, nil, "1 tools, 1 prompts, 2 resources; unread:; <nil>"},
		{"no tools", `{"prompts":{}}`, map[string]string{"tools/list": none}, "0 tools, 1 prompts, 0 resources; unread:; <nil>"},
		{"no templates", `{"tools":{},"resources":{}}`, map[string]string{"resources/templates/list": none}, "1 tools, 0 prompts, 1 resources; unread:; <nil>"},
		{"a list fails", `{"tools":{},"prompts":{},"resources":{}}`, map[string]string{"prompts/list": fails}, "1 tools, 0 prompts, 2 resources; unread: prompts/list; <nil>"},
		{"the tools fail", `{"tools":{},"prompts":{}}`, map[string]string{"tools/list": fails}, `0 tools, 0 prompts, 0 resources; unread:; tools/list: answered by error -32000: "fails"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, unread, err := session(t, declaring(tc.capabilities, func(m incoming) []string {
				answer, changed := tc.with[m.Method]
				if !changed {
					answer = answers[m.Method]
				}
				return []string{fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,%s}`, m.ID, answer)}
			})).List(t.Context())
			var methods strings.Builder
			for _, u := range unread {
				methods.WriteString(" " + u.Method)
			}
			got := fmt.Sprintf("%d tools, %d prompts, %d resources; unread:%s; %v", c.Len(), len(c.Prompts()), len(c.Resources()), methods.String(), err)
			if got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
			if step := (scenarios.Request{Method: "prompts/get"}); c != nil && c.Offers(step) != strings.Contains(tc.capabilities, "prompts") {
				t.Errorf("that prompts are offered is said to be %v", c.Offers(step))
			}
		})
	}
}
