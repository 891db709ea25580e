package execute_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
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

func TestToolsAreListedPageByPage(t *testing.T) {
	page := func(name, next string) string {
		return fmt.Sprintf(`{"tools":[{"name":%q,"inputSchema":{"type":"object"}}],"nextCursor":%q}`, name, next)
	}
	pages := map[string]string{"": page("a", "1"), "1": page("b", "2"), "2": page("c", "1")} // and round again
	list := func(m incoming) []string {
		var p struct{ Cursor string }
		_ = json.Unmarshal(m.Params, &p)
		return []string{result(m, pages[p.Cursor])}
	}
	catalog, _, err := session(t, scripted(list)).List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names := ""
	for _, tool := range catalog.Tools() {
		names += tool.Name
	}
	if names != "abc" {
		t.Errorf("the tools are %q, want abc", names)
	}
}

func TestListThatCannotBeReadIsAnError(t *testing.T) {
	for reply, want := range map[string]string{
		`{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no tools here"}}`: "no tools here",
		`{"jsonrpc":"2.0","id":%s,"result":{"tools":{}}}`:                             "not as the protocol says",
		`{"jsonrpc":"2.0","id":%s,"result":17}`:                                       "not as the protocol says",
	} {
		_, _, err := session(t, scripted(func(m incoming) []string { return []string{fmt.Sprintf(reply, m.ID)} })).List(t.Context())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the error is %v, want %q in it", reply, err, want)
		}
	}
}

// slowStart is a connection whose server reads, and is at work on its start.
type slowStart struct {
	io.ReadWriteCloser
	left time.Duration
}

func (s *slowStart) Read(p []byte) (int, error) {
	n, err := s.ReadWriteCloser.Read(p)
	time.Sleep(s.left)
	s.left = 0
	return n, err
}

func TestRevisionsAreThoseThatTheServerSpeaks(t *testing.T) {
	modern := func(ctx context.Context, rwc io.ReadWriteCloser) error {
		return scripted(func(m incoming) []string {
			return []string{result(m, `{"supportedVersions":["2026-07-28"]}`)}
		})(ctx, rwc)
	}
	legacy := scripted(func(m incoming) []string {
		return []string{fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no"}}`, m.ID)}
	})
	set := settings(t, "2025-11-25")
	set.Probe = time.Second
	starting := func(ctx context.Context, rwc io.ReadWriteCloser) error {
		return modern(ctx, &slowStart{rwc, set.Probe + set.Probe/4})
	}
	for _, tc := range []struct {
		name  string
		serve func(context.Context, io.ReadWriteCloser) error
		want  string
	}{
		{"both eras", modern, "2026-07-28 2025-11-25"},
		{"both eras, slow to start", starting, "2026-07-28 2025-11-25"},
		{"the older era", legacy, "2025-11-25"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			revisions, err := execute.Choose(t.Context(), transport.InMemory(tc.serve), set)
			var names []string
			for _, r := range revisions {
				names = append(names, r.Name)
			}
			if err != nil || strings.Join(names, " ") != tc.want {
				t.Errorf("chosen %q (%v), want %q", names, err, tc.want)
			}
		})
	}
}
