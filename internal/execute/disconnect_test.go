package execute_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// A step that closes the connection of a call is seen by the server, and nothing that
// comes of it is taken for an answer; what was answered before stays so.
func TestClosedConnectionIsSeenByTheServer(t *testing.T) {
	gone := make(chan bool, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := make([]byte, r.ContentLength)
		_, _ = r.Body.Read(body)
		if strings.Contains(string(body), `"slow"`) {
			_, _ = r.Body.Read(make([]byte, 1)) // to the end, or the closing is not seen
			<-r.Context().Done()
			gone <- true
			return
		}
		http.Error(w, "not today", http.StatusTeapot)
	}))
	defer server.Close()
	s, err := execute.DialBare(t.Context(), transport.HTTP(server.URL, transport.HTTPOptions{}), settings(t, protocol.Modern))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	o := s.Play(t.Context(), parse(t, "call slow {}\npause 5ms\ndisconnect 1\ncall quick {}\ndisconnect 4\n"), nil, 0)
	if o.CannotRun != "" || len(o.Seen) != 4 || !<-gone {
		t.Fatalf("seen %d frames, %s", len(o.Seen), o.CannotRun)
	}
	slow, quick := o.Seen[0], o.Seen[2]
	if !slow.Abandoned || slow.Expired || len(slow.Answers) > 0 || oracles.OutcomeOf(o, slow) != oracles.Silent {
		t.Errorf("the call that was left is %v: %+v", oracles.OutcomeOf(o, slow), slow)
	}
	if len(quick.Answers) > 1 || !quick.Abandoned && oracles.OutcomeOf(o, quick) != oracles.Rejected {
		t.Errorf("the call that may have been answered is %v", oracles.OutcomeOf(o, quick))
	}
}
