package campaign_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// counted is a target that counts its connections.
type counted struct {
	transport.Target
	dials *atomic.Int64
}

func (c counted) Dial(ctx context.Context) (transport.Conn, error) {
	c.dials.Add(1)
	return c.Target.Dial(ctx)
}

func trial(t *testing.T, cfg campaign.Config) *campaign.Trial {
	t.Helper()
	trial, err := campaign.NewTrial(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(trial.Close)
	return trial
}

func TestTrialShowsAFindingWithTheCaseThatReplaysIt(t *testing.T) {
	var announced []string
	cfg := config(inMemory(t, "types"), 1)
	cfg.Before = func(c scenarios.Case) { announced = append(announced, c.Name) }
	tr := trial(t, cfg)
	learnt := len(announced)
	if learnt == 0 {
		t.Error("the calls that are tried while learning are not announced")
	}
	_, shown, err := tr.Try(t.Context(), tr.Deck().Decode("T1", nil))
	if err != nil || len(shown) != 1 || shown[0].Spec != "TOOL-05" {
		t.Fatalf("shown is %+v, %v; want one finding of TOOL-05", shown, err)
	}
	if len(announced) != learnt+1 {
		t.Errorf("%v were announced, want one case after the first %d", announced, learnt)
	}
	saved, err := scenarios.Parse(scenarios.Format(shown[0].Case))
	if err != nil || saved.Finding == nil || saved.Finding.Signature != shown[0].Signature {
		t.Fatalf("saved as %+v, %v", saved, err)
	}
	tr.Renew() // what was deleted is there again
	if _, again, err := tr.Try(t.Context(), saved); err != nil || len(again) != 1 {
		t.Errorf("the saved case shows %+v, %v", again, err)
	}
	if _, sound, err := trial(t, config(inMemory(t), 1)).Try(t.Context(), saved); err != nil || len(sound) != 0 {
		t.Errorf("the hardened server shows %+v, %v", sound, err)
	}
}

func TestTrialKeepsItsSessionUntilItIsRenewed(t *testing.T) {
	var dials atomic.Int64
	tr := trial(t, config(counted{inMemory(t), &dials}, 1))
	before := dials.Load()
	for i, want := range []int64{1, 1, 2, 2} {
		if i == 2 {
			tr.Renew()
		}
		if _, _, err := tr.Try(t.Context(), tr.Deck().Decode("T1", nil)); err != nil {
			t.Fatal(err)
		}
		if got := dials.Load() - before; got != want {
			t.Errorf("after case %d: %d connections, want %d", i+1, got, want)
		}
	}
}

func TestTrialOfCallsLeavesTheLibraryOut(t *testing.T) {
	cfg := config(inMemory(t), 1)
	cfg.Calls = true
	bases := trial(t, cfg).Deck().Bases()
	for _, base := range bases {
		for _, l := range scenarios.Library() {
			if base == l.Name {
				t.Errorf("%s is dealt", base)
			}
		}
	}
	if len(bases) == 0 {
		t.Error("nothing is dealt")
	}
}
