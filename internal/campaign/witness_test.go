package campaign_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

type line struct {
	Text string `json:"text"`
}

type filter struct {
	Holds string `json:"holds,omitempty"`
}

// book lists the lines that were added to it, or those of them that hold a text.
func book() transport.Target {
	var mu sync.Mutex
	var lines []string
	say := func(text string) (*mcp.CallToolResult, any, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}, nil, nil
	}
	return transport.SDK(func() *mcp.Server {
		s := mcp.NewServer(&mcp.Implementation{Name: "book", Version: "1"}, nil)
		mcp.AddTool(s, &mcp.Tool{Name: "add"}, func(_ context.Context, _ *mcp.CallToolRequest, in line) (*mcp.CallToolResult, any, error) {
			mu.Lock()
			defer mu.Unlock()
			lines = append(lines, in.Text)
			return say("done")
		})
		reads := &mcp.ToolAnnotations{ReadOnlyHint: true}
		mcp.AddTool(s, &mcp.Tool{Name: "list", Annotations: reads}, func(_ context.Context, _ *mcp.CallToolRequest, in filter) (*mcp.CallToolResult, any, error) {
			mu.Lock()
			defer mu.Unlock()
			var held []string
			for _, l := range lines {
				if strings.Contains(l, in.Holds) {
					held = append(held, l)
				}
			}
			return say(strings.Join(held, "\n"))
		})
		return s
	})
}

// What a call wrote is shown by a tool that was called so that it shows nothing.
func TestWhatWasWrittenIsReadWithoutFilters(t *testing.T) {
	t.Parallel()
	cfg := config(book(), 1)
	cfg.Protocols, cfg.Filter.Only = []string{protocol.Legacy}, []string{"library/call-unanswered"}
	cfg.Given = []scenarios.Case{given(t, `call list {"holds": "nobody writes this"}`), given(t, `call add {"text": "a"}`)}
	sum, err := campaign.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if sum.Cases != 1 || len(sum.Inconclusive) > 0 || len(sum.Findings) > 0 {
		t.Errorf("of %d cases some could not be played: %+v\n%s", sum.Cases, sum.Inconclusive, describe(sum.Findings))
	}
}

// It is read whole, where a part of it would do at first: what is written later may stand
// behind that.
func TestWhatWasWrittenIsReadWhole(t *testing.T) {
	t.Parallel()
	cfg := config(inMemory(t, "fresh-ids"), 1)
	cfg.Protocols, cfg.Filter.Only = []string{protocol.Modern}, narrow["fresh-ids"]
	cfg.Given = []scenarios.Case{given(t, `call list_notes {"limit": 8}`)}
	sum, err := campaign.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if got := shown(sum); !slices.Equal(got, []string{"TOOL-19"}) {
		t.Errorf("found %v, want TOOL-19:\n%s", got, describe(sum.Findings))
	}
}
