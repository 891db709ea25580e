package campaign_test

import (
	"cmp"
	"slices"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/made"
)

// What may be meant is said, and accuses nobody.
func TestWhatMayBeMeantIsTold(t *testing.T) {
	for name, tc := range map[string]struct{ class, want string }{
		"unlists":       {"N8", "H2 low"},
		"counts-places": {"library/deleted-again", "TOOL-19 low"},
		"shelves":       {"Q1", "TOOL-21 low"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows := precise(t)
			i := slices.IndexFunc(rows, func(r made.Row) bool { return r.Name == name })
			if i < 0 {
				t.Fatal("there is no such row")
			}
			cfg := config(target(t, rows[i]), 8)
			cfg.Filter = campaign.Filter{Only: []string{tc.class}}
			s, err := campaign.Run(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range s.Findings {
				got = append(got, cmp.Or(f.Spec, f.Rule)+" "+f.Severity)
			}
			if !slices.Contains(got, tc.want) || len(accusing(s)) > 0 {
				t.Errorf("told %q, want %q, %+v:\n%s", got, tc.want, s.Inconclusive, describe(s.Findings))
			}
		})
	}
}
