package campaign_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

type ticket struct {
	TicketID string `json:"ticket_id"`
}

type password struct {
	Word string `json:"word"`
}

type tickets struct {
	Tickets []ticket `json:"tickets"`
}

// desk serves tickets, which nobody can guess: one tool reads what another lists,
// and one wants a word that only its user knows. What is called is noted.
func desk(noted func(tool, argument string)) transport.Target {
	const open = "TCK-7f3a91"
	refuse := func(text string) (*mcp.CallToolResult, any, error) {
		return &mcp.CallToolResult{IsError: true, Content: []mcp.Content{&mcp.TextContent{Text: text}}}, nil, nil
	}
	say := func(text string) (*mcp.CallToolResult, any, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}, nil, nil
	}
	return transport.SDK(func() *mcp.Server {
		s := mcp.NewServer(&mcp.Implementation{Name: "desk", Version: "1"}, nil)
		reads := &mcp.ToolAnnotations{ReadOnlyHint: true}
		mcp.AddTool(s, &mcp.Tool{Name: "get_ticket", Annotations: reads}, func(_ context.Context, _ *mcp.CallToolRequest, in ticket) (*mcp.CallToolResult, any, error) {
			noted("get_ticket", in.TicketID)
			if in.TicketID != open {
				return refuse("there is no ticket " + fmt.Sprintf("%.20q", in.TicketID))
			}
			return say("the printer is on fire")
		})
		mcp.AddTool(s, &mcp.Tool{Name: "list_tickets", Annotations: reads}, func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, tickets, error) {
			return nil, tickets{[]ticket{{open}}}, nil
		})
		mcp.AddTool(s, &mcp.Tool{Name: "enter", Annotations: reads}, func(_ context.Context, _ *mcp.CallToolRequest, in password) (*mcp.CallToolResult, any, error) {
			noted("enter", in.Word)
			if in.Word != "sesame" {
				return refuse("that is not the word")
			}
			return say("come in")
		})
		return s
	})
}

// without are the tools of which no valid call worked.
func without(sum record.Summary) []string {
	var names []string
	for _, i := range sum.Inconclusive {
		if i.Tool != "" {
			names = append(names, i.Tool)
		}
	}
	return names
}

// What one tool names, another is called with, though it stands before it.
func TestValuesAreLearntFromAnswers(t *testing.T) {
	t.Parallel()
	sum, err := campaign.Run(t.Context(), config(desk(func(string, string) {}), campaign.BlockSize))
	if err != nil {
		t.Fatal(err)
	}
	if got := without(sum); !slices.Equal(got, []string{"enter"}) {
		t.Errorf("no valid call worked of %q, want enter alone", got)
	}
}

// A call that the user gives comes before all that are made up, and works.
func TestCallsThatAreGivenAreControls(t *testing.T) {
	t.Parallel()
	var words []string
	cfg := config(desk(func(tool, argument string) {
		if tool == "enter" {
			words = append(words, argument)
		}
	}), 1)
	cfg.Workers, cfg.Filter.Only = 1, []string{"library/method-unknown"}
	cfg.Given = []scenarios.Case{given(t, `call enter {"word": "sesame"}`)}
	sum, err := campaign.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if got := without(sum); len(got) > 0 {
		t.Errorf("no valid call worked of %q, want none such", got)
	}
	if slices.ContainsFunc(words, func(w string) bool { return w != "sesame" }) {
		t.Errorf("the tool was called with %q beside what was given", words)
	}
}

// A given call that does not work is told, and made-up ones are tried.
func TestGivenCallThatFailsIsTold(t *testing.T) {
	t.Parallel()
	cfg := config(desk(func(string, string) {}), 1)
	cfg.Given = []scenarios.Case{given(t, `call enter {"word": "mellon"}`)}
	sum, err := campaign.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(sum.Inconclusive, func(i record.Inconclusive) bool {
		return strings.Contains(i.Why, "the call of enter that was given did not work: rejected")
	}) {
		t.Errorf("it is not told that the call did not work, but %q", sum.Inconclusive)
	}
}

// Nobody's calls are played but of tools that may be called.
func TestGivenCallsOfToolsThatMayNotBeCalledAreRefused(t *testing.T) {
	t.Parallel()
	called := false
	cfg := config(desk(func(tool, _ string) { called = called || tool == "enter" }), 1)
	cfg.Callable = func(tool scenarios.Tool) (bool, string) { return tool.Name != "enter", "left out" }
	cfg.Given = []scenarios.Case{given(t, `call enter {"word": "sesame"}`)}
	_, err := campaign.Run(t.Context(), cfg)
	if err == nil || !strings.Contains(err.Error(), `the tool "enter" is not among those that may be called`) || called {
		t.Errorf("the error is %v; called: %v", err, called)
	}
}

func given(t *testing.T, steps string) scenarios.Case {
	t.Helper()
	c, err := scenarios.Parse([]byte("-- scenario --\nformat: mcpfuzz/1\nname: given\n\n-- steps --\n" + steps + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}
