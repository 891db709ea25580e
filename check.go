package mcpfuzz

import (
	"errors"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// Check plays [Cases] cases of [Seed] against a server of the Go SDK in memory:
// every class of mistake with every tool that it fits once, before any twice.
// Each finding at or above the level that shows again three times of three on
// a new server fails the test, made as small as it goes. A server none of whose
// tools can be called, and that has no prompts and resources, fails it too. Files and an
// address that no call may reach are planted in a temporary folder and on the loopback
// until the test ends. What was tested, and what was not, is logged.
func Check(t *testing.T, newServer func() *mcp.Server, opts ...Option) {
	t.Helper()
	s := newSettings(opts)
	a := announcer{on: loud()}
	cfg, err := s.config(t, transport.SDK(newServer), a.announce)
	if err != nil {
		t.Fatal(err)
	}
	smallest := map[string]scenarios.Case{}
	cfg.Save = func(c scenarios.Case) (string, error) {
		smallest[c.Finding.Signature] = c
		return "", nil
	}
	summary, err := campaign.Run(t.Context(), cfg)
	logTested(t, summary)
	switch {
	case errors.Is(err, campaign.ErrNothingCallable):
		t.Fatal("mcpfuzz: the server lists nothing that may be called")
	case err != nil:
		t.Fatalf("mcpfuzz: %v", err)
	}
	var shown []campaign.Shown
	for _, f := range summary.Findings {
		if f.Counts() {
			shown = append(shown, campaign.Shown{Finding: f, Case: smallest[f.Signature]})
		}
	}
	fail(t, atLeast(s.failOn, shown))
}

// logTested tells what was tested, and what was not.
func logTested(t *testing.T, s record.Summary) {
	t.Helper()
	t.Logf("mcpfuzz: tested %d of %d tools, %d of %d prompts, %d of %d resources with %d of %d mistakes in %d calls",
		len(s.Tested.Tools), s.Tested.ToolsListed, len(s.Tested.Prompts), s.Tested.PromptsListed,
		len(s.Tested.Resources), s.Tested.ResourcesListed, s.Tested.Pairs, s.Tested.PairsKnown, s.Calls)
	for _, skip := range s.Skipped {
		t.Logf("mcpfuzz: %s is not tested: %s", skip.Tool, skip.Why)
	}
	for _, what := range s.Inconclusive {
		t.Logf("mcpfuzz: %s is inconclusive: %s", what.What, what.Why)
	}
}
