package campaign_test

import (
	"testing"

	"github.com/mcpfuzz/mcpfuzz/corpus"
	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
)

// Cases that were a false alarm once show nothing on a sound server.
func TestFalseAlarmsStaySilent(t *testing.T) {
	t.Parallel()
	overHTTP := config(nil, 0)
	overHTTP.Target, overHTTP.Identities = keyedFor(t, bothScopes())
	for folder, cfg := range map[string]campaign.Config{"cases": config(child(t), 0), "cases-http": overHTTP} {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			staysSilent(t, cfg, "../../testdata/precision/"+folder)
		})
	}
}

// staysSilent fails where a case of a folder shows a finding, or cannot be played.
func staysSilent(t *testing.T, cfg campaign.Config, folder string) {
	t.Helper()
	entries, err := corpus.Load(folder)
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
