package generators_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/generators"
)

func TestProfilesAreThere(t *testing.T) {
	const names = "frontier-model average small-open-model weak-prompted leaky-stack client-quirks adversarial"
	var list []string
	for _, p := range generators.Profiles() {
		list = append(list, p.Name)
		if found, ok := generators.FindProfile(p.Name); !ok || found.Doc != p.Doc {
			t.Errorf("%s is not found", p.Name)
		}
	}
	if got := strings.Join(list, " "); got != names {
		t.Errorf("the profiles are %s", got)
	}
	if p, ok := generators.FindProfile("frontier"); ok {
		t.Errorf("half a name finds %s", p.Name)
	}
	stress, _ := generators.FindProfile("adversarial")
	// What is planted is in no profile, nor are sequences, which are no mistakes of one call.
	classes := slices.DeleteFunc(generators.All(), func(g generators.Generator) bool { return generators.NeedsCanaries(g.ID) || g.ID == "Q1" })
	if len(stress.Rates) != len(classes) {
		t.Errorf("adversarial makes %d of %d classes", len(stress.Rates), len(classes))
	}
}

// A class is told of where it is most common, counted before guessed at.
func TestHowOften(t *testing.T) {
	for class, want := range map[string]string{
		"V1": "0.6 % of frontier calls look like this (measured)",
		"A4": "2.11 % of frontier calls look like this (measured)",
		"N5": "3.38 % of leaky-stack calls look like this (measured)",
		"P3": "1.5 % of frontier calls look like this (derived)",
		"T5": "0.67 % of frontier calls look like this (measured)",
		"A1": "3 % of client-made calls look like this (a guess, without data)",
		"S4": "0.1 % of leaky-stack calls look like this (a guess, without data)",
		"L1": "32.6 % of small open-model responses look like this (derived)",
		"L3": "1.26 % of frontier sessions look like this (measured)",
		"L4": "5.58 % of frontier sessions look like this (measured)",
		"V4": "", "S2": "", "": "", "library/batch": "",
	} {
		if got := generators.HowOften(class); got != want {
			t.Errorf("%s: %q, want %q", class, got, want)
		}
	}
}

// Every rate of a class is told of, with its profile.
func TestRatesOf(t *testing.T) {
	rates := generators.RatesOf("V1")
	if len(rates) != 5 || rates[0] != (generators.Rate{Profile: "frontier-model", Class: "V1", Percent: 0.6, Of: "calls", Basis: generators.Measured}) {
		t.Errorf("%+v", rates)
	}
	if rates := generators.RatesOf("Z9"); len(rates) != 0 {
		t.Errorf("a class that is none has rates: %+v", rates)
	}
	sum := 0.0
	for _, g := range generators.All() {
		for _, r := range generators.RatesOf(g.ID) {
			if r.Profile == "average" && r.Of == "calls" {
				sum += r.Percent
			}
		}
	}
	if math.Abs(sum-1.532) > 0.001 {
		t.Errorf("%v %% of average calls go wrong", sum)
	}
}
