package generators_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// featurePairs are the pairs of the rich catalogue that are about no tool.
func featurePairs() []generators.Pair {
	return slices.DeleteFunc(slices.Clone(richPairs()), func(p generators.Pair) bool {
		return p.Feature == scenarios.FeatureTool || p.Tool == ""
	})
}

func TestFeaturesAreDealtLikeTools(t *testing.T) {
	classes := map[string][]string{}
	for _, p := range featurePairs() {
		classes[p.Tool] = append(classes[p.Tool], p.Class)
	}
	for label, want := range map[string]string{
		"prompt/code_review":                     "N1 N7 A1 A2 A6 A7 P1 P2 T4 T10 T13 V6 V8 S1 S2 L1 L3",
		"prompt/greet":                           "N1 N7 A1 A2 A7 P2 S2 S3 L1 L3",
		"resource/note:///{id}":                  "N1 N7 A1 A2 A7 P2 V6 V8 S1 S2 L1 L3",
		"resource/repo://{owner}/{name}/{+path}": "N1 A1 V6 S2 L1",
		"resource/odd://{unfinished":             "N1 A1 S2 L1",
		"resource/seven":                         "N1 A1 A2 P2 S2 L1",
		"completion/code_review":                 "N1 A1 A2 A6 P1 T10 T13 V3 S2 L1",
		"completion/note:///{id}":                "N1 A1 A2 A6 P1 T10 T13 V3 S2 L1",
	} {
		for _, class := range strings.Fields(want) {
			if !slices.Contains(classes[label], class) {
				t.Errorf("%s is not dealt %s but %v", label, class, classes[label])
			}
		}
		delete(classes, label)
	}
	if len(classes) > 0 {
		t.Errorf("dealt beyond what is wanted: %v", classes)
	}
}

// Each class asks for its feature by the feature's own method, and breaks what it
// says that it does.
func TestFeatureCases(t *testing.T) {
	c := richCatalog(t)
	deck := generators.NewDeck(1, c, richPairs())
	methods := map[scenarios.Feature]string{
		scenarios.FeaturePrompt: "prompts/get", scenarios.FeatureResource: "resources/read", scenarios.FeatureCompletion: "completion/complete",
	}
	rejected := map[string]bool{}
	for _, p := range featurePairs() {
		for i, d := range draws(4) {
			made := deck.Make(d, p)
			if err := made.Check(); err != nil {
				t.Fatalf("%v, draw %d: %v", p, i, err)
			}
			for _, step := range made.Steps {
				if burst, ok := step.(scenarios.Burst); ok {
					step = burst.Lines[0]
				}
				r, ok := step.(scenarios.Request)
				g, _ := generators.Find(p.Class)
				if !ok || r.Method != methods[p.Feature] || !strings.HasPrefix(r.Mutant, g.Name) {
					t.Errorf("%v, draw %d: %s", p, i, text(step))
				}
				if kind := r.Params.Kind(); kind != scenarios.Object && !r.Params.IsAbsent() || !r.Params.Member("_meta").IsAbsent() {
					t.Errorf("%v, draw %d: %s is no message of JSON-RPC", p, i, text(step))
				}
				l := c.WantOf(step)
				for _, b := range l.Breaches {
					rejected[b.Keyword] = true
				}
				if must := strings.HasPrefix(p.Class, "T") || p.Feature != scenarios.FeatureResource && (p.Class == "A4" || p.Class == "A7"); must && l.Want != scenarios.WantReject {
					t.Errorf("%v, draw %d: %s is %v", p, i, text(step), l)
				}
				if p.Class == "L1" && l.Want == scenarios.WantReject {
					t.Errorf("%v, draw %d: %s is %v", p, i, text(step), l.Breaches)
				}
				if strings.HasPrefix(p.Class, "N") && p.Feature == scenarios.FeaturePrompt && l.Want != scenarios.WantReject {
					t.Errorf("%v, draw %d: %s is %v", p, i, text(step), l)
				}
			}
		}
	}
	for _, rule := range []string{"COMP-01", "PROM-01", "PROM-02", "RES-02"} {
		if !rejected[rule] {
			t.Errorf("nothing breaks %s", rule)
		}
	}
}

// A value of a template that is too large for a case stands for itself.
func TestAddressesStaySmall(t *testing.T) {
	c := richCatalog(t)
	deck := generators.NewDeck(1, c, richPairs())
	pair := generators.Pair{Tool: "resource/note:///{id}", Class: "S2", Feature: scenarios.FeatureResource}
	for i, d := range draws(8) {
		made := deck.Make(d, pair)
		if n := len(scenarios.Format(made)); n > 8<<10 || made.Size() < 64<<10 {
			t.Errorf("draw %d: written in %d bytes, sent in %d", i, n, made.Size())
		}
	}
}

// Servers list thousands of resources; a few are enough.
func TestFewOfManyFeaturesAreDealt(t *testing.T) {
	var many []string
	for _, name := range strings.Fields("a b c d e f g h i j") {
		many = append(many, `{"uri": "x:`+name+`", "name": "`+name+`"}`)
	}
	c := parseCatalog(t, `{"tools": [{"name": "resource/b", "inputSchema": {}}], "resources": [`+strings.Join(many, ",")+`]}`)
	labels := map[string]bool{}
	for _, p := range generators.Plan(c, everyTool) {
		if p.Feature == scenarios.FeatureResource {
			labels[p.Tool] = true
		}
	}
	if len(labels) != 3 || labels["resource/b"] {
		t.Errorf("dealt are %v, want a few, and none that is labelled as a tool", labels)
	}
}

// The scenarios of the library that ask for what is not offered are not dealt.
func TestLibraryAsksForWhatIsOffered(t *testing.T) {
	asks := func(pairs []generators.Pair) bool {
		return slices.ContainsFunc(pairs, func(p generators.Pair) bool { return p.Class == generators.LibraryClass("log-level") })
	}
	if c := parseCatalog(t, `[]`); asks(generators.Plan(c, everyTool)) || !asks(richPairs()) {
		t.Error("the level of the log is set where there is none, or never")
	}
}
