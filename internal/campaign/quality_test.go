package campaign_test

import (
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// A model corrects itself by good texts and gets stuck by bad ones.
func TestErrorTextsLetAModelCorrectItself(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		without   []string
		converges bool
	}{{nil, true}, {[]string{"helpful"}, false}} {
		cfg := config(inMemory(t, test.without...), 2*campaign.BlockSize)
		cfg.Protocols = []string{protocol.Modern}
		sum, err := campaign.Run(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		var tried, turns, named, refusals int
		for _, q := range sum.ErrorQuality {
			if q.Tool == "" {
				continue
			}
			tried += boolInt(q.Tried)
			turns += boolInt(q.Turns > 0)
			named += q.Named
			refusals += q.Refusals
		}
		if tried == 0 || refusals == 0 || (turns == tried) != test.converges || (named == refusals) != test.converges {
			t.Errorf("without %v: %d of %d loops converge, %d of %d refusals name the mistake: %+v", test.without, turns, tried, named, refusals, sum.ErrorQuality)
		}
		if test.converges && worstTexts(sum.ErrorQuality) > 0 {
			t.Errorf("the hardened server has refusals that tell too little: %+v", sum.ErrorQuality)
		}
	}
}

func worstTexts(list []record.ErrorQuality) int {
	n := 0
	for _, q := range list {
		n += boolInt(q.Worst != "")
	}
	return n
}

func boolInt(is bool) int {
	if is {
		return 1
	}
	return 0
}
