package oracles

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// The rules of what is planted: of paths that lead out of a root, and of texts that
// make a server act for whoever wrote them.
const (
	ruleOfPaths   = "TOOL-13"
	ruleOfActions = "H14"
)

// escaped finds servers that went where something was planted: what lies there stands
// in an answer, is no longer as it was, or was called. What an answer says of it proves
// nothing.
func escaped(ctx *Context, o Observation) []Finding {
	var found []Finding
	for _, p := range o.Planted {
		s, ok := o.leadingTo(p)
		if what := proof(o, p); ok && what != "" {
			rule, grade := gradeOf(ctx, s, p.Form)
			f := finding(ctx, o, s, "escaped", rule, fmt.Sprintf("%s (%s): %s", describe(s), p.Form.Doc, what))
			found = append(found, f.graded(grade, hardening))
		}
	}
	return severest(found)
}

// leadingTo is the frame that leads to a plot.
func (o Observation) leadingTo(p scenarios.Planted) (Seen, bool) {
	for _, s := range o.Seen {
		if OutcomeOf(o, s) != Unsent && sentHolds(s, p.Word) {
			return s, true
		}
	}
	return Seen{}, false
}

// proof says what proves that a plot was reached, "" for nothing.
func proof(o Observation, p scenarios.Planted) string {
	for _, secret := range p.Secrets {
		if o.holds(secret) {
			return "what was planted there stands in an answer"
		}
	}
	switch {
	case p.Changed != "":
		return "where it leads, " + p.Changed
	case p.Called:
		return "the address was called"
	}
	return ""
}

// holds reports whether an answer holds a text as it is, or at the start of what is
// sent as base64.
func (o Observation) holds(text string) bool {
	plain, encoded := []byte(text), []byte(base64.StdEncoding.EncodeToString([]byte(text)))
	in := func(a Answer) bool {
		return bytes.Contains(a.Frame.Bytes, plain) || bytes.Contains(a.Frame.Bytes, encoded)
	}
	return slices.ContainsFunc(o.Told, in) || slices.ContainsFunc(o.Seen, func(s Seen) bool { return slices.ContainsFunc(s.Answers, in) })
}

// gradeOf says which rule is broken by reaching what a form leads to, and how grave that
// is. Who was told of no root may read and write what it likes; who fetches addresses
// may well be meant to reach the loopback; who runs commands was asked to.
func gradeOf(ctx *Context, s Seen, form scenarios.CanaryForm) (rule string, grade Severity) {
	switch g := form.Group; {
	case g == scenarios.CanaryInward, g.Runs() && runsThings(ctx, s):
		return ruleOfActions, Low
	case g.Runs():
		return ruleOfActions, Critical
	case !ctx.Rooted:
		return ruleOfPaths, Low
	case g == scenarios.CanaryLinked || g == scenarios.CanaryClimbing:
		return ruleOfPaths, High
	}
	return ruleOfPaths, Critical
}

// runsThings reports whether what was sent stands where a command belongs, or the tool
// is there to run some.
func runsThings(ctx *Context, s Seen) bool {
	runs := func(name, doc string) bool {
		return scenarios.LooksLike(scenarios.LookCommand, name, doc, "")
	}
	call, ok := s.Sent.(scenarios.Call)
	if !ok {
		return false
	}
	tool, _ := ctx.Catalog.Tool(call.Tool)
	schema, _ := scenarios.ParseJSON(tool.Input)
	_, at, _ := strings.Cut(call.Mutant, "@")
	doc, _ := schema.Member("properties").Member(nameAt(at)).Member("description").Text()
	return runs(tool.Name, tool.Description) || runs(nameAt(at), doc)
}

// nameAt is the last name in a pointer.
func nameAt(pointer string) string {
	parts := strings.Split(pointer, "/")
	slices.Reverse(parts)
	for _, part := range parts {
		if _, err := strconv.Atoi(part); err != nil {
			return part
		}
	}
	return ""
}

// rulesOfCanaries are the rules that reaching what is planted breaks, by the forms that lead
// there.
func rulesOfCanaries(forms []scenarios.CanaryForm) []string {
	var ids []string
	for _, form := range forms {
		if form.Group.Runs() || form.Group == scenarios.CanaryInward {
			ids = append(ids, ruleOfActions)
		} else {
			ids = append(ids, ruleOfPaths)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// formsOf are the forms by which something planted was named.
func formsOf(planted []scenarios.Planted) []scenarios.CanaryForm {
	var forms []scenarios.CanaryForm
	for _, p := range planted {
		forms = append(forms, p.Form)
	}
	return forms
}
