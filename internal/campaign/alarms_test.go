package campaign_test

import (
	"testing"

	"github.com/mcpfuzz/mcpfuzz/corpus"
	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
)

// Cases that were a false alarm once show nothing on a sound server.
func TestFalseAlarmsStaySilent(t *testing.T) {
	t.Parallel()
	staySilent(t, "cases", config(child(t), 0))
}

// Over HTTP, too, where there are two clients with keys.
func TestFalseAlarmsOverHTTPStaySilent(t *testing.T) {
	t.Parallel()
	cfg := config(nil, 0)
	cfg.Target, cfg.Identities = keyedFor(t, bothScopes())
	staySilent(t, "cases-http", cfg)
}

// staySilent plays the cases of a folder, and says of each that shows something.
func staySilent(t *testing.T, folder string, cfg campaign.Config) {
	t.Helper()
	entries, err := corpus.Load("../../testdata/precision/" + folder)
	if err != nil || len(entries) == 0 {
		t.Fatal("no cases", err)
	}
	results, err := campaign.Replay(t.Context(), cfg, entries)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Problem != "" {
			t.Errorf("%s cannot be run: %s", r.Path, r.Problem)
		}
		for _, f := range r.Findings {
			t.Errorf("%s shows %s: %s", r.Path, f.Signature, f.Message)
		}
	}
}
