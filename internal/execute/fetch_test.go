package execute_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/made"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// A document is asked for where a refusal points on the same server, without the key and
// the session, and nowhere else.
func TestDocumentsAreFetchedWhereARefusalPoints(t *testing.T) {
	t.Setenv("ADAS_KEY", "ada-key-1")
	set := settings(t, protocol.Legacy)
	set.Identities = ring(t, "ada=bearer:ADAS_KEY")
	c, err := scenarios.Parse([]byte("-- scenario --\nformat: mcpfuzz/1\nname: fetch\n\n-- steps --\nrequest tools/list as=none\nfetch 1 as=none\n"))
	if err != nil {
		t.Fatal(err)
	}
	for challenge, fetched := range map[string]bool{
		`Bearer resource_metadata="http://HOST/doc", scope="x"`: true,
		`Bearer Resource_Metadata = http://HOST/doc`:            true,
		`Bearer resource_metadata="/doc"`:                       false,
		`Bearer resource_metadata="https://HOST/doc"`:           false,
		`Bearer resource_metadata="http://127.0.0.1:1/doc"`:     false,
		`Bearer`: false,
	} {
		asked, site := "", made.Sites()[0].Handler()
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == "/doc":
				asked = fmt.Sprint(r.Method, r.Header["Authorization"], r.Header["Mcp-Session-Id"], r.Header["Content-Type"])
				fmt.Fprint(w, `{"resource":"x"}`)
			case r.Header.Get("Authorization") == "":
				w.Header().Set("WWW-Authenticate", strings.ReplaceAll(challenge, "HOST", r.Host))
				w.WriteHeader(http.StatusUnauthorized)
			default:
				site.ServeHTTP(w, r)
			}
		}))
		s, err := execute.Dial(t.Context(), transport.HTTP(server.URL, transport.HTTPOptions{}), set)
		if err != nil {
			t.Fatal(err)
		}
		o := s.Play(t.Context(), c, nil, 0)
		got := len(o.Seen) == 2 && len(o.Seen[1].Answers) == 1 && string(o.Seen[1].Answers[0].Frame.Bytes) == `{"resource":"x"}`
		if got != fetched || o.CannotRun != "" || fetched != (asked == "GET[] [] []") {
			t.Errorf("%s: fetched is %t, as %q: %+v", challenge, got, asked, o)
		}
		s.Close()
		server.Close()
	}
}
