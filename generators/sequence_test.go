package generators_test

import (
	"slices"
	"testing"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/prop"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// sequences generates them, with their way of becoming simpler.
func sequences(t *testing.T) gopter.Gen {
	pair := generators.Pair{Tool: "find_user", Class: "Q1"}
	deck := generators.NewDeck(1, richCatalog(t), []generators.Pair{pair})
	return generators.Gen(func(d *generators.Draw) scenarios.Case { return deck.Make(d, pair) }, generators.Shrinks)
}

// tool is the name of the tool that a step calls, or the role by which that is known.
func tool(step scenarios.Step) string {
	r, _ := step.(scenarios.Request)
	name := r.Params.Member("name")
	if refs := name.Refs(); len(refs) > 0 {
		return refs[0].Arg
	}
	text, _ := name.Text()
	return text
}

// What a sequence takes out of an answer is what an earlier call wrote; simpler ones take it
// from the same call, however that is simpler.
func TestSequencesTakeWhatWasWritten(t *testing.T) {
	properties := gopter.NewProperties(parameters(300))
	properties.Property("sources are writes", prop.ForAll(func(c scenarios.Case) string {
		takes := func(one scenarios.Case, from ...string) string {
			for i, step := range one.Steps {
				for _, source := range scenarios.SourcesOf(step) {
					if source > i || !slices.Contains(from, tool(one.Steps[source-1])) {
						return string(scenarios.Format(one))
					}
				}
			}
			return ""
		}
		for _, simpler := range generators.Shrinks(c) {
			if bad := takes(simpler, "writer/name", "writer-2/name", ""); bad != "" {
				return bad
			}
		}
		return takes(c, "writer/name", "writer-2/name")
	}, sequences(t)))
	properties.TestingRun(t)
}

// showsGone plays a case on a store that goes on to show what was destroyed, and reports
// whether that was seen.
func showsGone(c scenarios.Case) bool {
	var gone []int
	for _, step := range c.Steps {
		sources := scenarios.SourcesOf(step)
		switch {
		case len(sources) == 0 || tool(c.Steps[sources[0]-1]) != "writer/name":
		case tool(step) == "echo":
			gone = append(gone, sources[0])
		case tool(step) == "find_user" && slices.Contains(gone, sources[0]):
			return true
		}
	}
	return false
}

// A property over sequences shrinks to the calls that break it.
func TestSequencesShrinkToWhatBreaks(t *testing.T) {
	var last scenarios.Case
	property := prop.ForAll(func(c scenarios.Case) bool {
		if showsGone(c) {
			last = c
			return false
		}
		return true
	}, sequences(t))
	if property.Check(parameters(50)).Passed() {
		t.Fatal("the property holds")
	}
	var tools []string
	for _, step := range last.Steps {
		tools = append(tools, tool(step))
	}
	if want := []string{"writer/name", "echo", "find_user"}; !slices.Equal(tools, want) {
		t.Errorf("shrunk to\n%s", scenarios.Format(last))
	}
}
