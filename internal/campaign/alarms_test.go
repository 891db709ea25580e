package campaign_test

import (
	"testing"

	"github.com/mcpfuzz/mcpfuzz/corpus"
	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
)

// Cases that were a false alarm once show nothing on a sound server.
func TestFalseAlarmsStaySilent(t *testing.T) {
	t.Parallel()
	entries, err := corpus.Load("../../testdata/precision/cases")
	if err != nil || len(entries) == 0 {
		t.Fatal("no cases", err)
	}
	results, err := campaign.Replay(t.Context(), config(child(t), 0), entries)
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
