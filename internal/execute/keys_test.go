package execute_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/identity"
	"github.com/mcpfuzz/mcpfuzz/internal/made"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// door is a made server that lets keys in, and notes how each request came.
type door struct {
	mu   sync.Mutex
	keys []string
	came []string
	http.Handler
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	shown := r.Header.Get("Authorization")
	d.mu.Lock()
	d.came = append(d.came, shown+r.URL.RawQuery)
	known := slices.Contains(d.keys, shown)
	d.mu.Unlock()
	if !known {
		http.Error(w, "no", http.StatusUnauthorized)
		return
	}
	d.Handler.ServeHTTP(w, r)
}

func TestStepsAreSentAsTheClientThatTheyName(t *testing.T) {
	const ada, bob = "ada-key-1", "bob-key-2"
	d := &door{keys: []string{"Bearer " + ada, "Bearer " + bob, "Bearer new-key-3"}, Handler: made.Sites()[0].Handler()}
	server := httptest.NewServer(d)
	defer server.Close()
	file := filepath.Join(t.TempDir(), "key")
	write := func(key string) {
		if err := os.WriteFile(file, []byte(key), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(ada)
	t.Setenv("BOBS_KEY", bob)
	set := settings(t, protocol.Legacy)
	set.Identities = ring(t, "ada=file:"+file, "bob=bearer:BOBS_KEY")
	s, err := execute.Dial(t.Context(), transport.HTTP(server.URL, transport.HTTPOptions{}), set)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	play := func(steps string) string {
		c, err := scenarios.Parse([]byte("-- scenario --\nformat: mcpfuzz/1\nname: keys\n\n-- steps --\n" + steps))
		if err != nil {
			t.Fatal(err)
		}
		d.came = nil
		o := s.Play(t.Context(), c, nil, 0)
		if o.CannotRun != "" {
			t.Fatal(o.CannotRun)
		}
		outcomes := ""
		for _, seen := range o.Seen {
			outcomes += fmt.Sprint(seen.Answers[0].Frame.Status, " ")
		}
		return outcomes
	}
	got := play("request tools/list\nrequest tools/list as=bob\nrequest tools/list as=none\nrequest tools/list as=1:query\nopen session=b as=2\nrequest tools/list session=b\n")
	want := []string{"Bearer " + ada, "Bearer " + bob, "", "access_token=ada-key-1&apiKey=ada-key-1&api_key=ada-key-1&authorization=ada-key-1&key=ada-key-1&token=ada-key-1", "Bearer " + bob, "Bearer " + bob, "Bearer " + bob, "Bearer " + ada}
	if got != "200 200 401 401 200 " || !slices.Equal(d.came, want) {
		t.Errorf("answered %s\n%q, want\n%q", got, d.came, want)
	}
	// A key that is no more is asked for again, once, and what it was shown for is sent again.
	d.keys = d.keys[1:]
	write("new-key-3")
	if got := play("request tools/list\nrequest tools/list\n"); got != "200 200 " {
		t.Errorf("with a new key: %s, %q", got, d.came)
	}
}

// A session may be opened for another client, and steps asked on it without more.
func TestSessionsAreOpenedForAClient(t *testing.T) {
	d := &door{keys: []string{"Bearer bob-key-2"}, Handler: made.Sites()[0].Handler()}
	server := httptest.NewServer(d)
	defer server.Close()
	t.Setenv("ADAS_KEY", "ada-key-1")
	t.Setenv("BOBS_KEY", "bob-key-2")
	set := settings(t, protocol.Legacy)
	set.Identities = ring(t, "ada=bearer:ADAS_KEY", "bob=bearer:BOBS_KEY")
	for as, opens := range map[string]bool{"": false, "bob": true, "eve": false} {
		s, err := execute.DialBare(t.Context(), transport.HTTP(server.URL, transport.HTTPOptions{}), set)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if err := s.OpenAs(t.Context(), as); (err == nil) != opens {
			t.Errorf("opened as %q: %v", as, err)
		}
		if !opens {
			continue
		}
		d.came = nil
		echo := scenarios.Call{Tool: "echo", Args: scenarios.MustValue(`{"text":"hello"}`)}
		seen, err := s.Ask(t.Context(), echo, scenarios.Request{Method: "ping"}, echo)
		if err != nil || len(seen) != 3 || len(d.came) != 3 || !s.Usable() {
			t.Fatalf("%d answers to %q, %v", len(seen), d.came, err)
		}
		for _, a := range seen {
			if len(a.Answers) != 1 || !protocol.SameID(a.ID, a.Answers[0].Reply.ID) {
				t.Errorf("step %s has %+v", a.Step, a.Answers)
			}
		}
	}
}

// ring is of clients that are given as on the command line.
func ring(t *testing.T, given ...string) *identity.Ring {
	t.Helper()
	var specs []identity.Spec
	for _, text := range given {
		spec, err := identity.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		specs = append(specs, spec)
	}
	r, err := identity.NewRing(t.Context(), specs, func(string, []string) {})
	if err != nil {
		t.Fatal(err)
	}
	return r
}
