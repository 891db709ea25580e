package generators_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// fullTools are two tools of which every class can be made.
const fullTools = `[
	{"name": "make_report", "description": "Make a report of notes.", "inputSchema": {"type": "object", "properties": {
		"title": {"type": "string"}, "day": {"type": "string", "format": "date"}, "pages": {"type": "integer", "minimum": 1, "maximum": 9},
		"draft": {"type": "boolean"}, "tags": {"type": "array", "items": {"type": "string"}}, "kind": {"enum": ["short", "long"]},
		"layout": {"type": "object", "properties": {"font": {"type": "string"}}}}, "required": ["title", "pages"], "additionalProperties": false}},
	{"name": "read_note", "description": "Read a note.", "inputSchema": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}}]`

// trafficOf makes the decks of a profile's traffic over some tools.
func trafficOf(t *testing.T, tools, profile string) func(seed uint64) *generators.Deck {
	t.Helper()
	c := parseCatalog(t, tools)
	p, ok := generators.FindProfile(profile)
	if !ok {
		t.Fatalf("there is no profile %s", profile)
	}
	pairs := generators.Plan(c, everyTool)
	return func(seed uint64) *generators.Deck { return generators.NewTraffic(seed, c, pairs, p) }
}

func tally(t *testing.T, d *generators.Deck, n int) []generators.Count {
	t.Helper()
	counts, err := d.Tally(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

// A count that is interrupted ends.
func TestTallyEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if counts, err := trafficOf(t, fullTools, "average")(1).Tally(ctx, math.MaxInt); !errors.Is(err, context.Canceled) || counts != nil {
		t.Errorf("%v, error %v", counts, err)
	}
}

// The counts of the classes agree with the profile, for two of three seeds at
// least.
func TestTrafficAgreesWithTheProfile(t *testing.T) {
	const n = 10_000
	for _, p := range generators.Profiles() {
		deck, agree := trafficOf(t, fullTools, p.Name), 0
		for seed := range uint64(3) {
			counts := tally(t, deck(seed), n)
			if want := 1 + len(p.Rates) + len(p.Loops); len(counts) != want {
				t.Fatalf("%s: %d classes are dealt, want %d", p.Name, len(counts), want)
			}
			x, freedom, tail := generators.ChiSquare(counts)
			t.Logf("%s, seed %d: chi-square %.1f with %d degrees of freedom, p %.3f", p.Name, seed, x, freedom, tail)
			if tail > 0.001 {
				agree++
			}
		}
		if agree < 2 {
			t.Errorf("%s: %d of 3 seeds agree", p.Name, agree)
		}
	}
}

// The statistic tells another profile's traffic from that of a profile.
func TestChiSquareTellsProfilesApart(t *testing.T) {
	counts := tally(t, trafficOf(t, fullTools, "average")(1), 10_000)
	other := tally(t, trafficOf(t, fullTools, "small-open-model")(1), 10_000)
	for i := range counts {
		for _, o := range other {
			if o.Class == counts[i].Class {
				counts[i].Observed = o.Observed
			}
		}
	}
	if x, _, tail := generators.ChiSquare(counts); tail > 1e-6 {
		t.Errorf("chi-square %.1f, p %v", x, tail)
	}
}

// Most sessions have no mistake, others several, each with a right call behind;
// where most calls go wrong, no session is spared.
func TestMistakesComeInSessions(t *testing.T) {
	const calls, sessions = 23, 450
	for _, tc := range []struct {
		profile string
		spared  int
	}{{"average", 350}, {"frontier-model", 300}, {"client-quirks", 0}} {
		deck := trafficOf(t, fullTools, tc.profile)(5)
		spared, twice := 0, 0
		for s := range sessions {
			wrong := 0
			for i := range calls {
				class := deck.Pair(s*calls + i).Class
				if class == "" || class == "L3" || class == "L4" {
					continue
				}
				wrong++
				if next := deck.Pair(s*calls + i + 1).Class; i+1 < calls && next != "" && next[0] != 'L' {
					twice++
				}
			}
			if wrong == 0 {
				spared++
			}
		}
		if off := spared - tc.spared; off < -5 || off > 5 || (tc.spared > 0) != (twice == 0) {
			t.Errorf("%s: %d sessions are spared, want about %d; %d mistakes follow each other", tc.profile, spared, tc.spared, twice)
		}
	}
}

// A response holds as many calls as the profile's do, one of them wrong at most,
// and loops are as long as they were seen to be.
func TestResponsesOfTraffic(t *testing.T) {
	const n = 4000
	p, _ := generators.FindProfile("frontier-model")
	deck := trafficOf(t, fullTools, p.Name)(2)
	several, wide := 0, 0
	for i := range n {
		c, pair := deck.Case(i)
		if err := c.Check(); err != nil {
			t.Fatalf("case %d of %v: %v", i, pair, err)
		}
		burst, isBurst := c.Steps[0].(scenarios.Burst)
		if isBurst {
			several, wide = several+1, max(wide, burst.N)
		}
		switch {
		case pair.Class == "L3" && !slices.Contains([]int{8, 13, 15, 25, 43, 95, 99}, len(c.Steps)):
			t.Errorf("case %d: a loop of %d calls", i, len(c.Steps))
		case isBurst && (len(burst.Lines) != burst.N || burst.N > 18):
			t.Errorf("case %d: %d lines for %d calls", i, len(burst.Lines), burst.N)
		case isBurst:
			for _, line := range burst.Lines[1:] {
				if mutant(line) != "valid" {
					t.Errorf("case %d of %v: another mistake: %s", i, pair, text(line))
				}
			}
		}
	}
	if share := 100 * float64(several) / n; math.Abs(share-16.2) > 2 || wide < 10 {
		t.Errorf("%.1f %% of the responses hold several calls, up to %d", share, wide)
	}
}

// Valid calls are valid, and case i depends on nothing but the seed and i.
func TestTrafficIsPure(t *testing.T) {
	deal := trafficOf(t, fullTools, "weak-prompted")
	c := parseCatalog(t, fullTools)
	forms := map[int]string{}
	for _, i := range []int{299, 7, 60, 0, 299, 60, 7, 0} {
		made, pair := deal(3).Case(i)
		form := fmt.Sprint(pair) + string(scenarios.Format(made))
		if old, ok := forms[i]; ok && old != form {
			t.Errorf("case %d:\n%s\nthen\n%s", i, old, form)
		}
		forms[i] = form
	}
	deck := deal(3)
	for i := range 300 {
		made, pair := deck.Case(i)
		if pair != deck.Pair(i) || made.Origin.Class != pair.Class {
			t.Fatalf("case %d of %v is from %+v", i, pair, made.Origin)
		}
		if pair.Class == "" && c.WantOf(made.Steps[0]).Want == scenarios.WantReject {
			t.Errorf("case %d is not valid: %s", i, text(made.Steps...))
		}
	}
}

// A class that cannot be made leaves the call valid; one that can be made from
// some tools only is made from those.
func TestTrafficWhereClassesDoNotApply(t *testing.T) {
	deck := trafficOf(t, `[{"name": "now", "inputSchema": {"type": "object", "additionalProperties": false}},
		{"name": "none", "inputSchema": {"type": "object", "properties": {"s": {"enum": ["a"]}}, "required": ["s", "t"], "additionalProperties": false}},
		{"name": "pick", "inputSchema": {"type": "object", "properties": {"s": {"enum": ["a", "b"]}}, "additionalProperties": false}}]`, "frontier-model")(1)
	tools := map[string]map[string]bool{}
	sum := 0.0
	for _, c := range tally(t, deck, 20_000) {
		sum += c.Expected
		if strings.Contains("T5 T7 S1 L4", c.Class) && c.Class != "" {
			t.Errorf("%s is dealt", c.Class)
		}
	}
	for i := range 20_000 {
		p := deck.Pair(i)
		if tools[p.Class] == nil {
			tools[p.Class] = map[string]bool{}
		}
		tools[p.Class][p.Tool] = true
	}
	if math.Abs(sum-20_000) > 1e-6 {
		t.Errorf("%v cases are expected", sum)
	}
	if tools["V1"]["now"] || !tools["V1"]["pick"] || !tools["A5"]["now"] || tools[""]["none"] || !tools[""]["now"] {
		t.Errorf("the classes are made from %v", tools)
	}
}
