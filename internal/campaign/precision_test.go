package campaign_test

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/made"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// inProcess is a made server, fresh for each session.
func inProcess(s made.Server) transport.Target {
	return transport.InMemory(func(ctx context.Context, c io.ReadWriteCloser) error { return s.Run(ctx, c, c) })
}

// precise are the rows of the precision set.
func precise(t *testing.T) []made.Row {
	t.Helper()
	rows, err := made.Precise(os.DirFS("../../testdata/precision"))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// target is the server of a row, fresh for each session over a stream.
func target(t *testing.T, row made.Row) transport.Target {
	t.Helper()
	switch {
	case row.HTTP:
		return mannered(t, row.Manners)
	case row.Process:
		return self(t, row.Name, made.Env(row.Behaviour))
	}
	s, err := row.Server()
	if err != nil {
		t.Fatal(err)
	}
	return inProcess(s)
}

func mannered(t *testing.T, m made.Manners) transport.Target {
	t.Helper()
	server := httptest.NewServer(m.Handler())
	t.Cleanup(server.Close)
	return transport.HTTP(server.URL, transport.HTTPOptions{})
}

// A finding on a server that is right, however odd, is the worst fault that a
// tester can have.
func TestNoFindingOnServersThatAreOddButRight(t *testing.T) {
	for _, row := range precise(t) {
		t.Run(row.Name, func(t *testing.T) {
			t.Parallel()
			cfg := config(target(t, row), cmp.Or(row.Cases, preciseCases))
			limit, _ := row.Limit() // read before
			if cfg.Deadline = limit; row.Process {
				// It may start as slowly as it likes.
				cfg.Deadline, cfg.Floor, cfg.Wait = 0, limit, time.Minute
			}
			soundIn(t, cfg, row.Doc)
		})
	}
}

// Whatever ways servers choose, in whatever company.
func TestNoFindingOnAnyManners(t *testing.T) {
	for _, overHTTP := range []bool{false, true} {
		for _, m := range made.Mannered(overHTTP) {
			t.Run(m.String(), func(t *testing.T) {
				t.Parallel()
				over := inProcess(made.Server{Run: m.Run})
				if overHTTP {
					over = mannered(t, m)
				}
				soundIn(t, config(over, preciseCases), m.String())
			})
		}
	}
}

// soundIn runs a campaign that must accuse nobody.
func soundIn(t *testing.T, cfg campaign.Config, doc string) {
	t.Helper()
	plant(t, &cfg)
	sum, err := campaign.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if accused := accusing(sum); sum.Cases != cfg.Cases || len(accused) > 0 {
		t.Errorf("%s %d cases, want %d, and no accusation:\n%s", doc, sum.Cases, cfg.Cases, describe(accused))
	}
}

// accusing are the confirmed findings that say that a server is wrong: above info on
// the grounds of a contract, above low on those of hardening alone.
func accusing(s record.Summary) []record.Finding {
	return slices.DeleteFunc(slices.Clone(s.Findings), func(f record.Finding) bool {
		return !f.Counts() || f.Severity == "info" || f.Basis == "hardening" && f.Severity == "low"
	})
}

// What servers over HTTP may do and clients have to live with.
func TestNoFindingOnSitesThatAreOddButRight(t *testing.T) {
	sdk := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return twoTools() }, nil)
	for name, site := range map[string]struct {
		handler http.Handler
		idle    time.Duration
	}{
		"says Accepted":           {accepting(sdk), time.Minute},
		"closes idle connections": {sdk, time.Microsecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewUnstartedServer(site.handler)
			server.Config.IdleTimeout = site.idle
			server.Start()
			defer server.Close()
			cfg := config(transport.HTTP(server.URL, transport.HTTPOptions{}), preciseCases)
			sum, err := campaign.Run(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range sum.Findings {
				if f.Oracle == "dropped" || f.Oracle == "garbled" {
					t.Error(describe([]record.Finding{f}))
				}
			}
		})
	}
}

// accepting puts a text behind the status 202, which has none by the
// specification, and which many frameworks put there.
func accepting(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(talkative{w}, r)
	})
}

type talkative struct{ http.ResponseWriter }

func (t talkative) WriteHeader(status int) {
	t.ResponseWriter.WriteHeader(status)
	if status == http.StatusAccepted {
		_, _ = io.WriteString(t, "Accepted")
	}
}

func (t talkative) Flush() { t.ResponseWriter.(http.Flusher).Flush() }

// Nobody is accused of what the protocol leaves open: refusals in text, the status
// of notifications, one kind of answer for all clients.
func TestSoundSitesAreNotAccused(t *testing.T) {
	for name, dress := range map[string]func(http.Handler) http.Handler{
		"site":        func(h http.Handler) http.Handler { return h },
		"site-events": wordless,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sites := made.Sites()
			i := slices.IndexFunc(sites, func(s made.Site) bool { return s.Name == name })
			server := httptest.NewServer(dress(sites[i].Handler()))
			defer server.Close()
			cfg := config(transport.HTTP(server.URL, transport.HTTPOptions{}), 0)
			cfg.Filter.Only = library()
			cfg.Cases = len(cfg.Filter.Only)
			sum, err := campaign.Run(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			if accused := slices.DeleteFunc(sum.Findings, tolerated); sum.Cases != cfg.Cases || len(accused) > 0 {
				t.Errorf("%d cases, want %d, and nothing but notes:\n%s", sum.Cases, cfg.Cases, describe(accused))
			}
		})
	}
}

// tolerated reports whether a finding is one that a server which is right may get.
func tolerated(f record.Finding) bool {
	return f.Severity == "info" || f.Severity == "low" && f.Basis == "hardening"
}

// wordless answers notifications with 204, as many frameworks do.
func wordless(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(empty{w}, r) })
}

type empty struct{ http.ResponseWriter }

func (e empty) WriteHeader(status int) {
	if status == http.StatusAccepted {
		status = http.StatusNoContent
	}
	e.ResponseWriter.WriteHeader(status)
}

// What is late was not lost: it is not even called flaky. All that is late is found so
// by one wait, and the cases that are left out to save time are told.
func TestSlowToolIsSaidToBeSlow(t *testing.T) {
	t.Parallel()
	rows := precise(t)
	late := rows[slices.IndexFunc(rows, func(r made.Row) bool { return r.Name == "late" })]
	cfg := config(target(t, late), 2*late.Cases)
	cfg.Deadline = made.Lateness / 2                   // far from late, on a busy machine too
	cfg.Filter.Skip = []string{"L1", "L2", "L3", "L4"} // single calls are waited for together
	var together []scenarios.Step
	var mu sync.Mutex
	cfg.Before = func(c scenarios.Case) {
		mu.Lock()
		defer mu.Unlock()
		if burst, ok := c.Steps[0].(scenarios.Burst); ok && c.Name == "" {
			together = append(together, burst.Lines...)
		} else if slices.ContainsFunc(together, func(s scenarios.Step) bool { return reflect.DeepEqual(s, c.Steps[0]) }) {
			t.Errorf("played alone after it was found late: %s", scenarios.Format(c))
		}
	}
	sum, err := campaign.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if len(together) < 2 {
		t.Error("nothing was waited for together")
	}
	for _, f := range sum.Findings {
		if f.Oracle == "dropped" || f.Oracle == "silent" {
			t.Errorf("a late answer is called lost:\n%s", describe([]record.Finding{f}))
		}
	}
	if !slices.ContainsFunc(sum.Inconclusive, func(i record.Inconclusive) bool { return strings.Contains(i.Why, "is slow") }) {
		t.Errorf("it is not said that the tool is slow, but %q", sum.Inconclusive)
	}
}

// A tool that needs no arguments and takes null for them does no harm.
func TestNullForNoArgumentsIsLow(t *testing.T) {
	t.Parallel()
	target := transport.SDK(func() *mcp.Server {
		s := mcp.NewServer(&mcp.Implementation{Name: "clock", Version: "1"}, nil)
		mcp.AddTool(s, &mcp.Tool{Name: "now"}, func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "noon"}}}, nil, nil
		})
		return s
	})
	cfg := config(target, 4)
	cfg.Filter.Only = []string{"A2"}
	sum, err := campaign.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if got := shown(sum); !slices.Equal(got, []string{"TOOL-03"}) || sum.Findings[0].Severity != "low" {
		t.Errorf("found %v, want TOOL-03 at low:\n%s", got, describe(sum.Findings))
	}
}

// Two requests with one id over HTTP are told apart by the responses that carry
// their answers, in whatever order these come.
func TestOneIDTwiceOverHTTPIsNoFinding(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(mcp.NewStreamableHTTPHandler(
		func(*http.Request) *mcp.Server { return twoTools() }, &mcp.StreamableHTTPOptions{Stateless: true}))
	defer server.Close()
	cfg := config(transport.HTTP(server.URL, transport.HTTPOptions{}), 200)
	cfg.Filter.Only = []string{"library/id-twice"}
	sum, err := campaign.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if sum.Cases != cfg.Cases || len(sum.Findings) > 0 {
		t.Errorf("%d cases, want %d, and no finding:\n%s", sum.Cases, cfg.Cases, describe(sum.Findings))
	}
}

func TestServerThatRefusesEveryCallIsSaidToHaveNoValidOne(t *testing.T) {
	t.Parallel()
	sum, err := campaign.Run(t.Context(), config(inProcess(madeServer(t, "rejects-all")), preciseCases))
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, i := range sum.Inconclusive {
		said[i.What] = strings.Contains(i.Why, "valid calls")
	}
	for _, tool := range sum.Tested.Tools {
		if !said[tool] {
			t.Errorf("of %s, of which no valid call worked, is said %q", tool, sum.Inconclusive)
		}
	}
	if len(sum.Tested.Tools) != 2 {
		t.Errorf("the tools %q were tested, want two", sum.Tested.Tools)
	}
}

func TestServerThatBlamesItselfForEveryCallIsFound(t *testing.T) {
	t.Parallel()
	const enough = 300 // that each tool gets several wrong calls
	sum, err := campaign.Run(t.Context(), config(inProcess(madeServer(t, "faults-all")), enough))
	if err != nil {
		t.Fatal(err)
	}
	for oracle, severity := range map[string]string{"internal-error": "medium", "leak": "medium"} {
		if !slices.ContainsFunc(sum.Findings, func(f record.Finding) bool {
			return f.Oracle == oracle && f.Severity == severity && f.Tool == "echo" && f.Counts()
		}) {
			t.Errorf("no %s finding of %s severity about echo:\n%s", oracle, severity, describe(sum.Findings))
		}
	}
}

func madeServer(t *testing.T, name string) made.Server {
	t.Helper()
	servers := made.Servers()
	i := slices.IndexFunc(servers, func(s made.Server) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("there is no made server %q", name)
	}
	return servers[i]
}
