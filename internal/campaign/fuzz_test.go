package campaign_test

import (
	"context"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// One input is given so long, and sends so much at most: Go ends one after 10 s.
const (
	inputLimit = 8 * time.Second
	inputSize  = 1 << 20
)

// FuzzSound lets the fuzzer choose cases on every surface of the hardened server: it must
// come through all of them without a finding above info, which would be a false alarm.
func FuzzSound(f *testing.F) {
	trials := surfaces(f)
	for i := range trials {
		f.Add(uint8(i), uint16(0), []byte{})
	}
	f.Fuzz(func(t *testing.T, surface uint8, base uint16, tape []byte) {
		trial := trials[int(surface)%len(trials)]
		bases := trial.Deck().Bases()
		c := trial.Deck().Decode(bases[int(base)%len(bases)], tape)
		if c.Size() > inputSize {
			t.Skip("sends too much")
		}
		ctx, cancel := context.WithTimeout(t.Context(), inputLimit)
		defer cancel()
		play := func() (list []campaign.Shown) {
			trial.Renew()
			_, shown, _ := trial.Try(ctx, c)
			for _, s := range shown {
				if s.Severity != oracles.Info.String() {
					list = append(list, s)
				}
			}
			return list
		}
		if len(play()) == 0 {
			return
		}
		// What shows once only is an accident.
		for _, s := range play() {
			t.Errorf("%s in %s: %s\nsent %s\nreceived %s", s.Signature, s.Case.Protocol, s.Message, s.Sent, s.Received)
		}
	})
}

// surfaces are the hardened server in each revision, on a stream and over HTTP for two
// clients with keys.
func surfaces(f *testing.F) (trials []*campaign.Trial) {
	for _, rev := range protocol.Revisions() {
		for _, http := range []bool{false, true} {
			cfg := config(inMemory(f), 1)
			if http {
				cfg.Target, cfg.Identities = keyed(f)
			}
			cfg.Protocols = []string{rev.Name}
			trial, err := campaign.NewTrial(f.Context(), cfg)
			if err != nil {
				f.Fatal(err)
			}
			f.Cleanup(trial.Close)
			trials = append(trials, trial)
		}
	}
	return trials
}
