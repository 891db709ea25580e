package campaign_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
)

// Calls upon what is gone, or never was, show nothing on a sound server, in both eras, and
// what they show on others is told by whose it is.
func TestSequencesShowWhatIsGone(t *testing.T) {
	for _, tc := range []struct {
		revision, without string
		want              []string
	}{
		{protocol.Legacy, "", []string{}},
		{protocol.Modern, "", []string{}},
		{protocol.Legacy, "gone", []string{"TOOL-21"}},
		{protocol.Modern, "fresh-ids", []string{"TOOL-19"}},
	} {
		t.Run(strings.TrimSpace(tc.revision+" without "+tc.without), func(t *testing.T) {
			t.Parallel()
			cfg := config(inMemory(t, strings.Fields(tc.without)...), 4*fewCases)
			cfg.Protocols, cfg.Filter.Only = []string{tc.revision}, []string{"Q1"}
			s, err := campaign.Run(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			if got := shown(s); !slices.Equal(got, tc.want) {
				t.Errorf("found %v, want %v:\n%s", got, tc.want, describe(s.Findings))
			}
			for _, id := range []string{"TOOL-19", "TOOL-21"} {
				if !slices.Contains(s.Tested.Specs, id) {
					t.Errorf("%s is not tested: %+v", id, s.Inconclusive)
				}
			}
		})
	}
}
