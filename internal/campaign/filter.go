package campaign

import (
	"fmt"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Filter decides which classes are dealt and which findings are reported.
type Filter struct {
	// Only and Skip hold ids of classes, rules and hardening rules.
	Only, Skip []string
	// Bases are the bases that may be reported; empty for all.
	Bases []scenarios.Basis
	// Severities replace the severity of a rule.
	Severities map[string]oracles.Severity
}

// Check reports an id that names nothing.
func (f Filter) Check() error {
	for _, id := range slices.Concat(f.Only, f.Skip) {
		if !isClass(id) && !isRule(id) {
			return fmt.Errorf("%q is neither a class nor a rule; see mcpfuzz list classes and mcpfuzz list rules", id)
		}
	}
	for id := range f.Severities {
		if !isRule(id) {
			return fmt.Errorf("%q is no rule; see mcpfuzz list rules", id)
		}
	}
	return nil
}

// deals reports whether cases of a class are dealt: classes named in Only
// restrict the deal, classes named in Skip leave it.
func (f Filter) deals(class string) bool {
	if slices.Contains(f.Skip, class) {
		return false
	}
	return !slices.ContainsFunc(f.Only, isClass) || slices.Contains(f.Only, class)
}

func isClass(id string) bool {
	_, generated := generators.Find(id)
	return generated || slices.ContainsFunc(scenarios.Library(), func(c scenarios.Case) bool {
		return generators.LibraryName(id) == c.Name
	})
}

func isRule(id string) bool {
	return slices.ContainsFunc(oracles.Rules(), func(r oracles.Rule) bool { return r.ID == id || r.Hardening == id })
}

// byRule reports whether rules alone say what is dealt; where none is asked for, or
// classes are asked for too, every case may be.
func (f Filter) byRule() bool {
	return slices.ContainsFunc(f.Only, isRule) && !slices.ContainsFunc(f.Only, isClass)
}

// posed reports whether a case can show there a rule that is asked for.
func (f Filter) posed(ctx *oracles.Context, c scenarios.Case, at oracles.Setting) bool {
	return !f.byRule() || slices.ContainsFunc(oracles.Poses(ctx, c, at), f.asksFor)
}

// asksFor reports whether a rule is one that findings are reported of.
func (f Filter) asksFor(id string) bool {
	rule, _ := oracles.RuleOf(id)
	in := func(list []string) bool { return slices.Contains(list, id) || slices.Contains(list, rule.Hardening) }
	return !in(f.Skip) && (in(f.Only) || !slices.ContainsFunc(f.Only, isRule))
}

// advises reports whether advice is asked for: who names classes alone asks for
// their cases.
func (f Filter) advises() bool { return len(f.Only) == 0 || slices.ContainsFunc(f.Only, isRule) }

// Report returns the finding as it is to be reported, and false when it is not.
func (f Filter) Report(found oracles.Finding) (oracles.Finding, bool) {
	in := func(list []string) bool {
		return slices.Contains(list, found.ID()) || slices.Contains(list, found.Rule)
	}
	rules := slices.ContainsFunc(f.Only, isRule)
	switch {
	case in(f.Skip), rules && !in(f.Only):
		return found, false
	case len(f.Bases) > 0 && !slices.Contains(f.Bases, found.Basis):
		return found, false
	}
	for _, id := range []string{found.Rule, found.ID()} {
		if s, ok := f.Severities[id]; ok {
			found.Severity = s
		}
	}
	return found, true
}
