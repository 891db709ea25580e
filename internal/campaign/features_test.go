package campaign_test

import (
	"context"
	"errors"
	"slices"
	"testing"

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
