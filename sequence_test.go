package mcpfuzz_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/prop"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// sequenceTrial plays sequences on the reference server without some guards, and generates
// those that fit what was learnt of it.
func sequenceTrial(t *testing.T, without ...string) (*campaign.Trial, gopter.Gen) {
	t.Helper()
	trial, err := campaign.NewTrial(t.Context(), campaign.Config{
		Target: reference(t, without...), Seed: 1, Cases: 1, Workers: 1, Deadline: 10 * time.Second, Filter: campaign.Filter{Only: []string{"Q1"}},
		Callable: func(scenarios.Tool) (bool, string) { return true, "" }, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(trial.Close)
	deck := trial.Deck()
	return trial, generators.Gen(func(d *generators.Draw) scenarios.Case { return deck.Make(d, deck.Pair(0)) }, generators.Shrinks)
}

// broken plays a case on a fresh server, and tells the rules above info that it shows to be
// broken.
func broken(t *testing.T, trial *campaign.Trial, c scenarios.Case) []string {
	t.Helper()
	trial.Renew()
	_, shown, err := trial.Try(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, s := range shown {
		if s.Severity != oracles.Info.String() {
			ids = append(ids, s.Spec)
		}
	}
	return ids
}

func sequenceParameters() *gopter.TestParameters {
	p := gopter.DefaultTestParametersWithSeed(1)
	p.MinSuccessfulTests = 40
	return p
}

// Whatever calls come between, the hardened server shows nothing that is gone.
func TestSequencesHoldOnTheHardenedServer(t *testing.T) {
	trial, sequences := sequenceTrial(t)
	properties := gopter.NewProperties(sequenceParameters())
	properties.Property("nothing that is gone is shown", prop.ForAll(func(c scenarios.Case) string {
		if ids := broken(t, trial, c); len(ids) > 0 {
			return fmt.Sprintf("%v by\n%s", ids, scenarios.Format(c))
		}
		return ""
	}, sequences))
	properties.TestingRun(t)
}

// Without the guard the property fails, and shrinks to the calls that it takes to see that:
// one that writes, one that shows what was written, and one that should show nothing.
func TestSequencesShrinkOnAServerThatKeepsWhatIsGone(t *testing.T) {
	trial, sequences := sequenceTrial(t, "gone")
	var last scenarios.Case
	result := prop.ForAll(func(c scenarios.Case) bool {
		if slices.Contains(broken(t, trial, c), "TOOL-21") {
			last = c
			return false
		}
		return true
	}, sequences).Check(sequenceParameters())
	if result.Passed() {
		t.Fatal("the property holds")
	}
	if len(last.Steps) != 3 {
		t.Errorf("shrunk to\n%s", scenarios.Format(last))
	}
}
