package campaign_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// confirming are the scenarios of calls that destroy something, as classes.
func confirming() []string {
	return slices.DeleteFunc(library(), func(class string) bool { return !strings.HasPrefix(class, "library/confirm-") })
}

// A user who does not agree is heard in sessions, too, where the question is a request,
// and over HTTP; who is not heard finds that out.
func TestUsersWhoDoNotAgreeAreHeard(t *testing.T) {
	for _, tc := range []struct {
		name, revision string
		target         transport.Target
		found          []string
	}{
		{"over HTTP, heedless", protocol.Modern, site(t, "confirmation"), []string{"MOD-12", "TOOL-15"}},
		{"older", protocol.Legacy, inMemory(t), []string{}},
		{"older, heedless", protocol.Legacy, inMemory(t, "confirmation"), []string{"TOOL-15"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			cfg := config(tc.target, len(confirming()))
			cfg.Protocols, cfg.Filter = []string{tc.revision}, campaign.Filter{Only: confirming()}
			s, err := campaign.Run(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			if got := shown(s); !slices.Equal(got, tc.found) || len(s.Inconclusive) > 0 {
				t.Errorf("of %d cases found %v, want %v, %+v:\n%s", s.Cases, got, tc.found, s.Inconclusive, describe(s.Findings))
			}
		})
	}
}

// What is no more than another policy is said, and accuses nobody.
func TestPoliciesOfAskingAreTold(t *testing.T) {
	want := map[string]string{"keeps": "TOOL-15 info", "asks-first": "TOOL-15 low", "asks-twice": "TOOL-15 low"}
	for _, row := range precise(t) {
		told, has := want[row.Name]
		if !has {
			continue
		}
		t.Run(row.Name, func(t *testing.T) {
			t.Parallel()
			cfg := config(target(t, row), len(confirming()))
			cfg.Filter = campaign.Filter{Only: confirming()}
			s, err := campaign.Run(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range s.Findings {
				got = append(got, f.Spec+" "+f.Severity)
			}
			if strings.Join(got, ", ") != told || len(s.Inconclusive) > 0 {
				t.Errorf("told %q, want %q, %+v:\n%s", got, told, s.Inconclusive, describe(s.Findings))
			}
		})
	}
}

// What a client was given to confirm a call with is good for no other client.
func TestConfirmationsAreOfOneClient(t *testing.T) {
	for _, tc := range []struct {
		without []string
		found   []string
	}{
		{nil, []string{}},
		{[]string{"own-notes"}, []string{}},
		{[]string{"own-notes", "confirmation"}, []string{"MOD-12"}},
	} {
		t.Run(strings.Join(tc.without, " and "), func(t *testing.T) {
			t.Parallel()
			cfg := config(nil, 1)
			cfg.Target, cfg.Identities = keyedFor(t, bothScopes(), tc.without...)
			cfg.Protocols, cfg.Filter.Only = []string{protocol.Modern}, []string{"library/confirm-borrowed"}
			s, err := campaign.Run(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			if got := shown(s); !slices.Equal(got, tc.found) || !slices.Contains(s.Tested.Specs, "MOD-12") || len(s.Inconclusive) > 0 {
				t.Errorf("of %d cases found %v, want %v, %+v:\n%s", s.Cases, got, tc.found, s.Inconclusive, describe(s.Findings))
			}
		})
	}
}

// Where an id leads to what is written later, a confirmation is good once.
func TestAConfirmationIsGoodOnce(t *testing.T) {
	for _, tc := range []struct {
		without, want []string
	}{
		{[]string{"fresh-ids"}, []string{}},
		{[]string{"confirmation"}, []string{}},
		{[]string{"confirmation", "fresh-ids"}, []string{"TOOL-15"}},
	} {
		t.Run(strings.Join(tc.without, " "), func(t *testing.T) {
			t.Parallel()
			cfg := config(inMemory(t, tc.without...), 1)
			cfg.Protocols, cfg.Filter.Only = []string{protocol.Modern}, []string{"library/confirm-replayed"}
			s, err := campaign.Run(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			if got := shown(s); s.Cases != 1 || !slices.Equal(got, tc.want) {
				t.Errorf("%d cases, found %v, want %v:\n%s", s.Cases, got, tc.want, describe(s.Findings))
			}
		})
	}
}
