package execute_test

import (
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Over HTTP a call that was cancelled is left open by some; to answer it late, since it
// cannot be cancelled, is less.
func TestCancelledCallOverHTTPIsLateOrLeftOpen(t *testing.T) {
	catalog, err := scenarios.ParseCatalog([]byte("[]"))
	if err != nil {
		t.Fatal(err)
	}
	c := parse(t, "call work {}\ncancel 1\nrequest tools/list\n")
	c.Deadline = 200 * time.Millisecond
	for name, want := range map[string]oracles.Severity{"left open": oracles.Low, "late": oracles.Info} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := standingSession(t, func(_ http.ResponseWriter, r *http.Request, m incoming) bool {
				if m.Method != "tools/call" {
					return false
				}
				_, _ = io.Copy(io.Discard, r.Body) // or the end of the connection is not told
				select {
				case <-r.Context().Done():
				case <-time.After(2 * c.Deadline):
				}
				return want == oracles.Low && leftOpen(r)
			})
			o := s.Play(t.Context(), c, nil, 10)
			s.Kill()
			found := slices.DeleteFunc(oracles.Judge(&oracles.Context{Catalog: catalog}, o), func(f oracles.Finding) bool { return f.ID() != "CAN-01" })
			if len(found) != 1 || found[0].Severity != want {
				t.Errorf("told %q, found %+v, want CAN-01 at %v", told(o), found, want)
			}
		})
	}
}

// leftOpen waits until the client has gone.
func leftOpen(r *http.Request) bool {
	<-r.Context().Done()
	return true
}
