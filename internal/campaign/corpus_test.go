package campaign_test

import (
	"testing"

	"github.com/mcpfuzz/mcpfuzz/corpus"
	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
)

// What was found on the server without guards shows there for ever, and never
// on the one that has them all.
func TestCorpusOfTheDemoShowsItsFindings(t *testing.T) {
	t.Parallel()
	entries, err := corpus.Load("../../corpus/demo-fragile")
	if err != nil {
		t.Fatal(err)
	}
	for _, server := range []struct {
		name    string
		without []string
		shows   bool
	}{{"fragile", []string{"all"}, true}, {"hardened", nil, false}} {
		cfg := config(child(t, server.without...), 0)
		plant(t, &cfg)
		results, err := campaign.Replay(t.Context(), cfg, entries)
		if err != nil {
			t.Fatal(err)
		}
		if len(results) != len(entries) {
			t.Fatalf("%d of %d were replayed", len(results), len(entries))
		}
		for _, r := range results {
			switch {
			case r.Problem != "":
				t.Errorf("%s cannot be run on the %s server: %s", r.Path, server.name, r.Problem)
			case len(r.Findings) > 0 != server.shows:
				t.Errorf("%s shows %d findings on the %s server", r.Path, len(r.Findings), server.name)
			}
		}
	}
}
