package campaign_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// oncer takes what is no object: the first of its kind once in its life, all others
// each time.
type oncer struct {
	mu    sync.Mutex
	first string
	taken bool
}

func (o *oncer) takes(arguments json.RawMessage) bool {
	var object map[string]any
	if json.Unmarshal(arguments, &object) == nil {
		return true
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.first == "" {
		o.first = string(arguments)
	}
	again := o.taken
	o.taken = o.taken || o.first == string(arguments)
	return o.first != string(arguments) || !again
}

func (o *oncer) server() *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "oncer", Version: "1"}, nil)
	s.AddTool(&mcp.Tool{Name: "act", InputSchema: json.RawMessage(`{"type":"object"}`)},
		func(_ context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return &mcp.CallToolResult{IsError: !o.takes(r.Params.Arguments), Content: []mcp.Content{&mcp.TextContent{Text: "done"}}}, nil
		})
	return s
}

// The first case that shows a finding may be the one that shows it once only.
func TestFindingIsConfirmedByAnotherCase(t *testing.T) {
	t.Parallel()
	server := new(oncer)
	cfg := config(transport.SDK(server.server), 32)
	cfg.Filter.Only = []string{"A7"}
	sum, err := campaign.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if len(sum.Findings) == 0 || !server.taken {
		t.Fatalf("nothing was found, or nothing was taken only once: %v", sum.Findings)
	}
	for _, f := range sum.Findings {
		if !f.Counts() || f.Case == 0 {
			t.Errorf("case %d shows what is %s:\n%s", f.Case, f.Confirmed, describe(sum.Findings))
		}
	}
}
