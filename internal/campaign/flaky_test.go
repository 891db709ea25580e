package campaign_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
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
	if isObject(arguments) {
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

func isObject(arguments json.RawMessage) bool {
	var object map[string]any
	return json.Unmarshal(arguments, &object) == nil
}

// taking is a server of one tool that serves the arguments which it takes.
func taking(takes func(json.RawMessage) bool) *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "taking", Version: "1"}, nil)
	s.AddTool(&mcp.Tool{Name: "act", InputSchema: json.RawMessage(`{"type":"object"}`)},
		func(_ context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return &mcp.CallToolResult{IsError: !takes(r.Params.Arguments), Content: []mcp.Content{&mcp.TextContent{Text: "done"}}}, nil
		})
	return s
}

// stalling adds a tool that gives no answer to what is no object.
func stalling(s *mcp.Server) *mcp.Server {
	s.AddTool(&mcp.Tool{Name: "stall", InputSchema: json.RawMessage(`{"type":"object"}`)},
		func(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			if !isObject(r.Params.Arguments) {
				<-ctx.Done()
			}
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "done"}}}, nil
		})
	return s
}

// The first case that shows a finding may be the one that shows it once only.
func TestFindingIsConfirmedByAnotherCase(t *testing.T) {
	t.Parallel()
	server := new(oncer)
	cfg := config(transport.SDK(func() *mcp.Server { return taking(server.takes) }), 32)
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

// A finding may need what was played before it, and that may hold cases which could not
// be begun, and others in which something got no answer.
func TestFindingIsConfirmedBehindItsHistory(t *testing.T) {
	t.Parallel()
	cfg := config(transport.SDK(func() *mcp.Server {
		calls := 0
		return stalling(taking(func(arguments json.RawMessage) bool {
			calls++
			return isObject(arguments) || calls > 6
		}))
	}), 32)
	cfg.Filter.Only = []string{"A7", "library/call-unanswered"}
	sum, err := campaign.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	lacking := slices.ContainsFunc(sum.Inconclusive, func(i record.Inconclusive) bool { return strings.Contains(i.Why, "nothing that the target shows") })
	if len(shown(sum)) == 0 || !lacking || sum.Outcomes["dropped"] == 0 {
		t.Fatalf("nothing was found, or each case could be begun and was answered: %v %v", sum.Inconclusive, sum.Outcomes)
	}
	for _, f := range sum.Findings {
		if !f.Counts() {
			t.Errorf("what shows behind other calls is %s:\n%s", f.Confirmed, describe(sum.Findings))
		}
	}
}
