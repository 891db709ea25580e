package refserver_test

import (
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/refserver"
)

// caller calls a tool as a client that can do that, with more params, and returns what it
// is answered.
func caller(t *testing.T, opts refserver.Options) func(tool, able, more string) string {
	t.Helper()
	opts.Root = t.TempDir()
	s, err := refserver.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	handler := s.Handler()
	return func(tool, able, more string) string {
		body := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"` + tool + `",` + more +
			`,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":` + able + `}}}`
		r := httptest.NewRequest("POST", refserver.Path, strings.NewReader(body))
		for name, value := range map[string]string{
			"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
			"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": tool,
		} {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w.Body.String()
	}
}

// A client that can be asked is asked before a note is deleted; one that cannot has
// asked its user itself. A confirmation is good once, and for the call that it was asked
// for.
func TestDeletingIsAskedAbout(t *testing.T) {
	call := caller(t, refserver.Options{})
	const able, three, four = `{"elicitation":{}}`, `"arguments":{"id":3}`, `"arguments":{"id":4}`
	asked := func() string {
		state := regexp.MustCompile(`"requestState":"([^"]+)"`).FindStringSubmatch(call("delete_note", able, three))
		if state == nil {
			t.Fatal("nothing was asked")
		}
		return `,"requestState":"` + state[1] + `"`
	}
	answer := func(action string) string { return `,"inputResponses":{"confirm":{"action":"` + action + `"}}` }
	used, open := asked(), asked()
	const again = `"resultType":"input_required"`
	for _, tc := range []struct{ able, params, want string }{
		{able, three, `"method":"elicitation/create"`},
		{able, three + answer("accept"), again},
		{able, three + `,"inputResponses":{"other":{"action":"accept"}}` + open, again},
		{able, three + answer("accept") + strings.Replace(open, ".", ".A", 1), `of no use`},
		{able, three + answer("accept") + strings.Replace(open, ".", "", 1), `of no use`},
		{able, four + answer("accept") + open, `of no use`},
		{able, three + answer("decline") + asked(), `did not agree`},
		{able, three + answer("cancel") + asked(), `did not agree`},
		{able, three + answer("accept") + used, `deleted note 3`},
		{able, three + answer("accept") + used, `of no use`},
		{`{}`, three, `there is no note with the id 3`},
		{`{}`, four, `deleted note 4`},
	} {
		if got := call("delete_note", tc.able, tc.params); !strings.Contains(got, tc.want) {
			t.Errorf("of a client that can %s, with %s: got %s, want %s", tc.able, tc.params, got, tc.want)
		}
	}
}
