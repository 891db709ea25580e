package refserver_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/refserver"
)

// A client that can be asked is asked before a note is deleted; one that cannot has
// asked its user itself.
func TestDeletingIsAskedAbout(t *testing.T) {
	s, err := refserver.New(refserver.Options{Root: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	handler := s.Handler()
	for _, tc := range []struct{ able, more, want string }{
		{`{"elicitation":{}}`, ``, `"method":"elicitation/create"`},
		{`{"elicitation":{}}`, `,"inputResponses":{"confirm":{"action":"decline"}}`, `did not agree`},
		{`{"elicitation":{}}`, `,"inputResponses":{"other":{"action":"accept"}}`, `"resultType":"input_required"`},
		{`{"elicitation":{}}`, `,"inputResponses":{"confirm":{"action":"accept"}}`, `deleted note 3`},
		{`{}`, ``, `there is no note with the id 3`},
	} {
		body := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_note","arguments":{"id":3}` + tc.more +
			`,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":` + tc.able + `}}}`
		r := httptest.NewRequest("POST", refserver.Path, strings.NewReader(body))
		for name, value := range map[string]string{
			"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
			"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "delete_note",
		} {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if got := w.Body.String(); !strings.Contains(got, tc.want) {
			t.Errorf("of a client that can %s, with %s: got %s, want %s", tc.able, tc.more, got, tc.want)
		}
	}
}
