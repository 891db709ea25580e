package campaign_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/made"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/internal/refserver"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// overEvents is a server over HTTP+SSE.
func overEvents(t *testing.T, h http.Handler, path string) transport.Target {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return transport.HTTP(server.URL+path, transport.HTTPOptions{SSE: new(transport.SSE)})
}

func reference(t *testing.T, without ...string) http.Handler {
	t.Helper()
	s, err := refserver.New(refserver.Options{Without: without, Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s.Handler()
}

func madeEventSite(t *testing.T, name string) http.Handler {
	t.Helper()
	sites := made.EventSites()
	i := slices.IndexFunc(sites, func(s made.Site) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("there is no made site %q", name)
	}
	return sites[i].Handler()
}

// A sound server is sound over HTTP+SSE, too: with all guards on, and where
// everything is done in the less usual of its right ways.
func TestNoFindingOverEventStreams(t *testing.T) {
	for _, test := range []struct {
		name, path string
		handler    http.Handler
		cases      int
	}{
		{"all guards on", refserver.EventsPath, reference(t), 2 * preciseCases},
		{"usual", "", madeEventSite(t, "sse"), preciseCases / 3},
		{"odd", "", madeEventSite(t, "sse-odd"), preciseCases / 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			sum := faults(overOldest(t, test.handler, test.path, test.cases))
			if sum.Cases != test.cases || len(sum.Findings) > 0 {
				t.Errorf("%d cases, want %d, and no finding:\n%s", sum.Cases, test.cases, describe(sum.Findings))
			}
		})
	}
}

// Guards that stand at the door, and those of what comes through it, are missed over
// HTTP+SSE as elsewhere; there one process serves all sessions.
func TestGuardsAreMissedOverEventStreams(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("told by deadlines; the plain run plays it")
	}
	played := map[string][]string{
		"log-levels": {"log-level-number", "log-level-unknown"},
		"origin":     {"origin-foreign", "origin-null", "origin-rebound"},
		"requests":   {"call-unanswered"},
		"silence":    {"cancel-unknown", "notification-unknown", "response-unsolicited"},
	}
	for _, g := range refserver.Guards() {
		if played[g.Name] == nil {
			continue
		}
		t.Run(g.Name, func(t *testing.T) {
			t.Parallel()
			cfg := config(overEvents(t, reference(t, g.Name), refserver.EventsPath), len(played[g.Name]))
			cfg.Protocols = []string{"2024-11-05"}
			for _, name := range played[g.Name] {
				cfg.Filter.Only = append(cfg.Filter.Only, generators.LibraryClass(name))
			}
			sum, err := campaign.Run(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			if got := shown(faults(sum)); !slices.Equal(got, g.Shows) {
				t.Errorf("found %v, want %v:\n%s", got, g.Shows, describe(sum.Findings))
			}
		})
	}
}

// Keys that are shown with each message are looked at over HTTP+SSE, too.
func TestKeysOverEventStreams(t *testing.T) {
	for without, want := range map[string][]string{
		"": {}, "keys": {"AUTH-01"}, "challenges": {"AUTH-02"}, "audience": {"AUTH-05"}, "key-each-time": {"AUTH-06"}, "owners": {"HTTP-11"}, "revocation": {"H8"}, "bearer": {"AUTH-03", "H7"},
	} {
		t.Run("without "+without, func(t *testing.T) {
			t.Parallel()
			at := listening(t, refserver.Options{
				Without: strings.Fields(without), Keys: []refserver.Key{
					{Name: "ada", Value: adaKey, Scopes: bothScopes()}, {Name: "bob", Value: bobKey, Scopes: bothScopes()},
				},
			})
			s := playKeysOverEvents(t, at+refserver.EventsPath, revokesAt(at))
			if got := shown(s); !slices.Equal(got, want) {
				t.Errorf("found %v, want %v:\n%s", got, want, describe(s.Findings))
			}
			for _, id := range []string{"AUTH-01", "AUTH-02", "AUTH-03", "AUTH-05", "AUTH-06", "H7", "H8", "HTTP-11"} {
				if without == "" && !slices.Contains(s.Tested.Specs, id) {
					t.Errorf("%s is not tested: %+v", id, s.Inconclusive)
				}
			}
		})
	}
}

// playKeysOverEvents plays the scenarios of keys over HTTP+SSE, as one of two clients with keys.
func playKeysOverEvents(t *testing.T, at string, revoke func(context.Context, string, string) error) record.Summary {
	t.Helper()
	clients := ring(t, revoke, [2]string{"ada", adaKey}, [2]string{"bob", bobKey})
	header := func() http.Header { return protocol.HeaderOf(clients.Default().Shown().Headers) }
	cfg := config(transport.HTTP(at, transport.HTTPOptions{SSE: &transport.SSE{Header: header}}), 0)
	cfg.Identities, cfg.Protocols, cfg.Filter.Only = clients, []string{protocol.Oldest}, ofKeys()
	cfg.Cases = len(cfg.Filter.Only)
	s, err := campaign.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Nobody is accused who looks at keys in a way of their own, or at none.
func TestNoFindingOnEventStreamsThatTakeKeys(t *testing.T) {
	sdk := func() http.Handler {
		return mcp.NewSSEHandler(func(*http.Request) *mcp.Server { return twoTools() }, nil)
	}
	for name, tc := range map[string]struct {
		handler http.Handler
		want    []string
	}{
		"on the Go SDK": {gated(sdk(), knows, refuses(http.StatusUnauthorized, "a key is needed")), []string{"HTTP-11"}},
		"forbids":       {gated(madeEventSite(t, "sse"), knows, refuses(http.StatusForbidden, "no")), []string{"AUTH-01", "HTTP-11"}},
		"needs no key":  {madeEventSite(t, "sse"), []string{}},
		"needs none for a stream": {gated(madeEventSite(t, "sse"), func(r *http.Request) bool {
			return knows(r) || r.Method == http.MethodGet
		}, refuses(http.StatusUnauthorized, "a key is needed")), []string{"HTTP-11"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(tc.handler)
			t.Cleanup(server.Close)
			s := playKeysOverEvents(t, server.URL, nil)
			if got := shown(s); !slices.Equal(got, tc.want) {
				t.Errorf("found %v, want %v:\n%s\n%+v", got, tc.want, describe(s.Findings), s.Inconclusive)
			}
			if accused := accusing(s); len(accused) > 0 {
				t.Errorf("accused of:\n%s", describe(accused))
			}
		})
	}
}

// The SDK's own handler takes what follows an object and rounds ids, and does
// nothing else that is wrong.
func TestFindingsOverTheEventStreamsOfTheSDK(t *testing.T) {
	t.Parallel()
	sdk := mcp.NewSSEHandler(func(*http.Request) *mcp.Server { return twoTools() }, nil)
	known := []string{"ENV-04", "ENV-06", "ENV-11", "HTTP-05", "LOG-01", "METH-01"}
	for _, f := range overOldest(t, sdk, "", preciseCases).Findings {
		if f.Severity != "info" && !slices.Contains(known, f.Spec) {
			t.Error(describe([]record.Finding{f}))
		}
	}
}

// overOldest plays cases over HTTP+SSE in the revision that has it.
func overOldest(t *testing.T, h http.Handler, path string, cases int) record.Summary {
	t.Helper()
	cfg := config(overEvents(t, h, path), cases)
	cfg.Protocols = []string{"2024-11-05"}
	sum, err := campaign.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// Which transport a URL speaks is found out as the specification says: by POST, and
// where that is refused by GET.
func TestTransportIsFoundOut(t *testing.T) {
	server := httptest.NewServer(reference(t))
	defer server.Close()
	for _, test := range []struct{ path, protocol, want string }{
		{"/sse", "", "2024-11-05"},
		{"/sse", "2024-11-05", "2024-11-05"},
		{"/mcp", "", "2026-07-28"},
		{"/mcp", "2024-11-05", "2024-11-05"},
		{"/none", "", "status 404 Not Found; over HTTP+SSE: connect to http://"},
		{"/none", "2024-11-05", "status 404 Not Found; over HTTP+SSE: connect to http://"},
	} {
		cfg := config(transport.HTTP(server.URL+test.path, transport.HTTPOptions{}), 4)
		cfg.Older = transport.HTTP(server.URL+test.path, transport.HTTPOptions{SSE: new(transport.SSE)})
		cfg.Protocols = strings.Fields(test.protocol)
		cfg.Filter.Only = []string{"N1"}
		sum, err := campaign.Run(t.Context(), cfg)
		got := sum.Protocol
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, test.want) {
			t.Errorf("%s in %q: got %q, want %q", test.path, test.protocol, got, test.want)
		}
	}
}
