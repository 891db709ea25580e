package campaign_test

import (
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// A server that speaks both eras is played in both, a block each in turn.
func TestBothErasAreSpoken(t *testing.T) {
	t.Parallel()
	cfg := config(inMemory(t, "types"), 4*campaign.BlockSize)
	sum, err := campaign.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if want := protocol.Modern + ", " + protocol.Legacy; sum.Protocol != want {
		t.Errorf("spoken is %q, want %q", sum.Protocol, want)
	}
	cfg.Protocols = []string{protocol.Modern}
	alone, err := campaign.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if alone.Protocol != protocol.Modern || alone.Tested.PairsKnown >= sum.Tested.PairsKnown {
		t.Errorf("one era has %d pairs in %s, both have %d", alone.Tested.PairsKnown, alone.Protocol, sum.Tested.PairsKnown)
	}
}

// A revision that the server does not speak is named, not passed over.
func TestRevisionThatIsNotSpokenIsNamed(t *testing.T) {
	t.Parallel()
	cfg := config(inProcess(madeServer(t, "sound")), campaign.BlockSize)
	cfg.Protocols = []string{protocol.Legacy, "2025-06-18"}
	sum, err := campaign.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if sum.Protocol != protocol.Legacy {
		t.Errorf("spoken is %q, want %q", sum.Protocol, protocol.Legacy)
	}
	for _, i := range sum.Inconclusive {
		if i == (record.Inconclusive{What: "protocol 2025-06-18", Why: "the server settles on " + protocol.Legacy}) {
			return
		}
	}
	t.Errorf("it is not said that 2025-06-18 is not spoken: %s", strings.TrimSpace(describe(sum.Findings)))
}
