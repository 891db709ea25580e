package campaign_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// toolless is a server of the SDK that has a prompt and two resources, and no
// tool.
func toolless() *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "toolless", Version: "1"}, nil)
	s.AddPrompt(&mcp.Prompt{Name: "greet", Arguments: []*mcp.PromptArgument{{Name: "who"}}},
		func(context.Context, *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			return &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{{Role: "user", Content: &mcp.TextContent{Text: "Say hello."}}}}, nil
		})
	read := func(_ context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
		return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: req.Params.URI, Text: "hello"}}}, nil
	}
	s.AddResource(&mcp.Resource{URI: "hello:one", Name: "one"}, read)
	s.AddResourceTemplate(&mcp.ResourceTemplate{URITemplate: "hello:many/{n}", Name: "many"}, read)
	return s
}

// A server without tools is tested by what else it has, in the way of its users
// alone: nothing that they can do breaks it.
func TestServerWithoutToolsIsTested(t *testing.T) {
	t.Parallel()
	cfg := config(transport.SDK(toolless), 2*campaign.BlockSize)
	cfg.Calls = true
	cfg.Filter.Skip = []string{"S2", "S3"} // the SDK's own, see docs/rough-edges.md
	sum, err := campaign.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	want := record.Tested{Prompts: []string{"prompt/greet"}, Resources: []string{"resource/hello:many/{n}", "resource/one"}}
	if got := sum.Tested; len(got.Tools) > 0 || !slices.Equal(got.Prompts, want.Prompts) || !slices.Equal(got.Resources, want.Resources) || got.PromptsListed != 1 || got.ResourcesListed != 2 {
		t.Errorf("tested %+v", sum.Tested)
	}
	for _, f := range sum.Findings {
		severity, _ := oracles.ParseSeverity(f.Severity)
		if f.Basis != scenarios.BasisHardening.String() && severity > oracles.Info || severity > oracles.Low {
			t.Error(describe([]record.Finding{f}))
		}
	}
	cfg.ToolsAlone = true
	if _, err := campaign.Run(t.Context(), cfg); !errors.Is(err, campaign.ErrNothingCallable) {
		t.Errorf("with tools alone: %v", err)
	}
}

// matching is a server of the SDK that looks for addresses in a way that takes so long
// for as many commas.
func matching(cost func(commas int) time.Duration) *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "matching", Version: "1"}, nil)
	s.AddResourceTemplate(&mcp.ResourceTemplate{URITemplate: "items:{/id*}", Name: "items"},
		func(_ context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
			return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: req.Params.URI, Text: "hello"}}}, nil
		})
	s.AddReceivingMiddleware(func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
			if read, ok := req.GetParams().(*mcp.ReadResourceParams); ok {
				time.Sleep(cost(strings.Count(read.URI, ",")))
			}
			return next(ctx, method, req)
		}
	})
	return s
}

// Whoever tries every way to part an address is found, and who goes through it once is not.
func TestAddressesOutOfProportion(t *testing.T) {
	const longest = time.Minute
	for name, tc := range map[string]struct {
		cost func(commas int) time.Duration
		want []string
	}{
		"every way": {func(n int) time.Duration { return min(longest, time.Microsecond<<min(n/2, 40)) }, []string{"H5"}},
		"once":      {func(n int) time.Duration { return time.Duration(n) * 200 * time.Microsecond }, []string{}},
	} {
		synctest.Test(t, func(t *testing.T) {
			cfg := config(transport.SDK(func() *mcp.Server { return matching(tc.cost) }), 1)
			cfg.Filter.Only = []string{"S5"}
			sum, err := campaign.Run(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(longest) // what was left asleep has to end in the bubble
			sum.Findings = slices.DeleteFunc(sum.Findings, func(f record.Finding) bool { return f.Oracle != "disproportion" })
			if got := shown(sum); sum.Cases != 1 || !slices.Equal(got, tc.want) {
				t.Errorf("%s: %d cases show %v, want %v:\n%s", name, sum.Cases, got, tc.want, describe(sum.Findings))
			}
		})
	}
}
