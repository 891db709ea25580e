package campaign

import (
	"slices"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// deals reports whether cases of a class are dealt: classes named in Only
// restrict the deal, classes named in Skip leave it.
func (f Filter) deals(class string) bool {
	if slices.Contains(f.Skip, class) {
		return false
	}
	classes := slices.ContainsFunc(f.Only, isClass)
	return !classes || slices.Contains(f.Only, class)
}

func isClass(id string) bool {
	return slices.ContainsFunc(generators.All(), func(g generators.Generator) bool { return g.ID == id })
}

// report returns the finding as it is to be reported, and false when it is not.
func (f Filter) report(found oracles.Finding) (oracles.Finding, bool) {
	names := []string{found.ID(), found.Rule, found.Oracle}
	in := func(list []string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(list, n) })
	}
	rules := slices.ContainsFunc(f.Only, func(id string) bool { return !isClass(id) })
	switch {
	case in(f.Skip), rules && !in(f.Only):
		return found, false
	case len(f.Bases) > 0 && !slices.Contains(f.Bases, found.Basis):
		return found, false
	}
	for _, n := range names {
		if s, ok := f.Severities[n]; ok {
			found.Severity = s
			break
		}
	}
	return found, true
}
