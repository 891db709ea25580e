package loadgen

import (
	"math"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Mistakes come at the rates of the profile, in runs: most of what a model sends in a row
// holds none at all.
func TestMistakesComeInRuns(t *testing.T) {
	catalog, err := scenarios.ParseCatalog([]byte(`{"tools":[{"name":"note","inputSchema":{"type":"object","properties":{"text":{"type":"string"}},"required":["text"]}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	p := generators.Profile{Rates: []generators.Rate{{Class: "P1", Percent: 8}}}
	traffic, err := NewTraffic(1, p, Offer{Catalog: catalog, Callable: func(scenarios.Tool) bool { return true }})
	if err != nil {
		t.Fatal(err)
	}
	const inARow = 23
	calls, wrong, good := 0, 0, 0
	for column := range 2 {
		for first := 0; first < cycleCalls; first += inARow {
			none := true
			for i := range inARow {
				calls++
				if len(traffic.at(uint64(first+i), column)) > 0 {
					wrong++
					none = false
				}
			}
			if none {
				good++
			}
		}
	}
	if share := float64(wrong) / float64(calls); math.Abs(share-0.08) > 0.01 {
		t.Errorf("%.3f of the calls are wrong, want 0.08", share)
	}
	// Of 23 calls that are each wrong by themselves, 15 % would hold no mistake.
	if share := float64(good*inARow) / float64(calls); share < 0.5 {
		t.Errorf("%.2f of the calls are in a row of %d without a mistake, want more than half", share, inARow)
	}
}
