package campaign_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// What takes the cases need not be guarded: the race detector would tell of two calls at
// once, and the order would of another than is promised.
func TestCasesAreSavedOneByOneWorstFirst(t *testing.T) {
	t.Parallel()
	anything := func() *mcp.Server { return taking(func(json.RawMessage) bool { return true }) }
	cfg := config(transport.SDK(anything), 64)
	cfg.Calls = true
	var saved []string
	save := func(c scenarios.Case) (string, error) {
		saved = append(saved, c.Finding.Signature)
		return "", nil
	}
	cfg.Save, cfg.SaveUnconfirmed = save, save
	sum, err := campaign.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	var grades []oracles.Severity
	for _, signature := range saved {
		for _, f := range sum.Findings {
			if grade, ok := oracles.ParseSeverity(f.Severity); ok && f.Signature == signature {
				grades = append(grades, grade)
			}
		}
	}
	slices.Reverse(grades)
	if len(grades) < 3 || !slices.IsSorted(grades) {
		t.Errorf("not at least three findings, the worst first, but %v", grades)
	}
}
