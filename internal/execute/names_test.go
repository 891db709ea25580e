package execute_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/made"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// The client that is meant where none is named has one name, whatever steps call it; in the
// session of another it must be named.
func TestTheDefaultClientIsNotNamed(t *testing.T) {
	t.Setenv("ADAS_KEY", "ada-key-1")
	t.Setenv("BOBS_KEY", "bob-key-2")
	server := httptest.NewServer(&door{keys: []string{"Bearer ada-key-1", "Bearer bob-key-2"}, Handler: made.Sites()[0].Handler()})
	defer server.Close()
	set := settings(t, protocol.Legacy)
	set.Identities = ring(t, "ada=bearer:ADAS_KEY", "bob=bearer:BOBS_KEY")
	s, err := execute.Dial(t.Context(), transport.HTTP(server.URL, transport.HTTPOptions{}), set)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c, err := scenarios.Parse([]byte("-- scenario --\nformat: mcpfuzz/1\nname: names\n\n-- steps --\n" +
		"request tools/list as=ada\ncall t as=1 {}\nburst 2\n\trequest ping as=ada\n\trequest ping as=bob\n" +
		"open session=a as=ada\nrequest ping session=a as=1\nopen session=b as=bob\nrequest ping session=b as=ada\nrequest ping as=1:foreign\n" +
		"open as=2\nrequest ping as=ada\nrequest ping session=a as=ada\n"))
	if err != nil {
		t.Fatal(err)
	}
	o := s.Play(t.Context(), c, nil, 0)
	if o.CannotRun != "" {
		t.Fatal(o.CannotRun)
	}
	var as []string
	for _, seen := range o.Seen {
		as = append(as, scenarios.AttrsOf(seen.Sent).As)
	}
	for _, step := range o.Case.Steps {
		if open, ok := step.(scenarios.Open); ok {
			as = append(as, open.As)
		}
	}
	if got, want := strings.Join(as, ","), ",,,bob,,ada,1:foreign,ada,,,bob,2"; got != want {
		t.Errorf("sent as %q, want %q", got, want)
	}
}
