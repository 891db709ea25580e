package campaign_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// twoToolsVar makes the test binary a correct server of two tools on the
// official Go SDK.
const twoToolsVar = "MCPFUZZ_TEST_TWO_TOOLS"

type greeting struct {
	Name string `json:"name" jsonschema:"who is greeted"`
}

type addition struct {
	A float64 `json:"a" jsonschema:"the first number"`
	B float64 `json:"b" jsonschema:"the second number"`
}

type total struct {
	Sum float64 `json:"sum"`
}

// twoTools is written as the SDK's own examples are: typed tools, marked
// read-only, and nothing else.
func twoTools() *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "two-tools", Version: "1.0.0"}, nil)
	reads := &mcp.ToolAnnotations{ReadOnlyHint: true}
	mcp.AddTool(s, &mcp.Tool{Name: "greet", Description: "Says hello to somebody.", Annotations: reads},
		func(_ context.Context, _ *mcp.CallToolRequest, in greeting) (*mcp.CallToolResult, any, error) {
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "Hello, " + in.Name + "!"}}}, nil, nil
		})
	mcp.AddTool(s, &mcp.Tool{Name: "add", Description: "Adds two numbers.", Annotations: reads},
		func(_ context.Context, _ *mcp.CallToolRequest, in addition) (*mcp.CallToolResult, total, error) {
			return nil, total{in.A + in.B}, nil
		})
	return s
}

func serveTwoTools() {
	if err := twoTools().Run(context.Background(), &mcp.StdioTransport{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func TestRoughEdgesOfTheSDKAreThoseThatThePageLists(t *testing.T) {
	if testing.Short() {
		t.Skip("plays hundreds of cases; the run without -short does")
	}
	t.Parallel()
	cfg := config(self(t, "two tools on the SDK", twoToolsVar+"=1"), roughCases)
	s, err := campaign.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if s.Cases != roughCases || len(s.Tested.Tools) != 2 {
		t.Fatalf("%d cases of the tools %q, want %d of both", s.Cases, s.Tested.Tools, roughCases)
	}
	contract := slices.DeleteFunc(slices.Clone(s.Findings), func(f record.Finding) bool {
		return f.Basis == "hardening" || f.Severity == "low" || f.Severity == "info"
	})
	listed := listedEdges(t)
	if got := shown(record.Summary{Findings: contract}); !slices.Equal(got, listed) {
		t.Errorf("the rules shown are %v, the page lists %v:\n%s", got, listed, describe(contract))
	}
	for _, f := range contract {
		if f.Tool != "" && f.Counts() {
			t.Errorf("a call that a model can make shows:\n%s", describe([]record.Finding{f}))
		}
	}
}

// Over HTTP the page lists what the library of scenarios shows, of the handlers with
// sessions in the last revision that has them, and of those without in the one that
// has none.
func TestRoughEdgesOfTheSDKOverHTTPAreThoseThatThePageLists(t *testing.T) {
	if testing.Short() {
		t.Skip("plays every scenario twice; the run without -short does")
	}
	for _, tc := range []struct {
		revision, heading string
		stateless         bool
	}{
		{protocol.Legacy, "with sessions", false},
		{protocol.Modern, "without sessions", true},
	} {
		t.Run(tc.heading, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(mcp.NewStreamableHTTPHandler(
				func(*http.Request) *mcp.Server { return twoTools() }, &mcp.StreamableHTTPOptions{Stateless: tc.stateless}))
			defer server.Close()
			cfg := config(transport.HTTP(server.URL, transport.HTTPOptions{}), 0)
			cfg.Filter.Only, cfg.Protocols = library(), []string{tc.revision}
			cfg.Cases = len(cfg.Filter.Only)
			s, err := campaign.Run(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			contract := slices.DeleteFunc(slices.Clone(s.Findings), func(f record.Finding) bool {
				return f.Basis == "hardening" || f.Severity == "info"
			})
			if got, listed := shown(record.Summary{Findings: contract}), listedUnder(t, tc.heading); !slices.Equal(got, listed) {
				t.Errorf("the rules shown are %v, the page lists %v:\n%s", got, listed, describe(contract))
			}
		})
	}
}

// ruleRow is a row of a table that names a rule.
var ruleRow = regexp.MustCompile(`(?m)^\| ([A-Z]+-[0-9]+[a-c]?) \|`)

// listedUnder are the rules of the page's table under a heading that ends so.
func listedUnder(t *testing.T, heading string) []string {
	t.Helper()
	page, err := os.ReadFile("../../docs/rough-edges.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(page), " HTTP, "+heading+"\n")
	if !ok {
		t.Fatalf("the page has no heading that ends in %q", heading)
	}
	table, _, _ = strings.Cut(table, "\n## ")
	var ids []string
	for _, m := range ruleRow.FindAllStringSubmatch(table, -1) {
		ids = append(ids, m[1])
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// listedEdge is a row of the page's table that names a rule.
var listedEdge = regexp.MustCompile(`(?m)^\| ([A-Z]+-[0-9]+[a-c]?) \|.*\| (?:medium|high|critical) \|$`)

// listedEdges are the rules of the page's first table, which must be of the
// version of the SDK that this module is built with.
func listedEdges(t *testing.T) (ids []string) {
	t.Helper()
	page, err := os.ReadFile("../../docs/rough-edges.md")
	if err != nil {
		t.Fatal(err)
	}
	if v := sdkVersion(t); !strings.Contains(string(page), "go-sdk "+v+" over stdio") {
		t.Fatalf("the page does not speak of go-sdk %s; look at each row again", v)
	}
	table, _, _ := strings.Cut(string(page), "hardening alone")
	for _, m := range listedEdge.FindAllStringSubmatch(table, -1) {
		ids = append(ids, m[1])
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

var sdkRequired = regexp.MustCompile(`(?m)^\s*github\.com/modelcontextprotocol/go-sdk (v\S+)`)

func sdkVersion(t *testing.T) string {
	t.Helper()
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	m := sdkRequired.FindSubmatch(mod)
	if m == nil {
		t.Fatal("go.mod does not name the SDK")
	}
	return string(m[1])
}
