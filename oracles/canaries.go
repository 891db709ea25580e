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

// The rules of what is planted: of paths that lead out of a root, of texts that make a
// server act for whoever wrote them, of those that make a
// program do so, and of calls that are refused too late.
const (
	ruleOfPaths     = "TOOL-13"
	ruleOfActions   = "H14"
	ruleOfArguments = "TOOL-17"
	ruleOfOrder     = "TOOL-18"
)

// escaped finds servers that went where something was planted: what lies there stands
// in an answer, is no longer as it was, or was called. What an answer says of it proves
// nothing.
func escaped(ctx *Context, o Observation) []Finding {
	var found []Finding
	for _, r := range reached(ctx, o) {
		if !r.evades(o) {
			found = append(found, r.finding(ctx, o, "escaped", r.grade, ""))
		}
	}
	return severest(found)
}

// evaded finds servers that went there by one spelling and kept its plain form out:
// whatever they may reach, this they meant to bound.
func evaded(ctx *Context, o Observation) []Finding {
	var found []Finding
	for _, r := range reached(ctx, o) {
		if r.evades(o) {
			plain, _ := r.planted.Form.Plain()
			found = append(found, r.finding(ctx, o, "evaded", High, ", though "+plain.Doc+" is kept out"))
		}
	}
	return found
}

// reach is that a plot was reached, by which frame, and how grave that is.
type reach struct {
	planted    scenarios.Planted
	by         Seen
	what, rule string
	grade      Severity
}

// reached are the plots of a case that were.
func reached(ctx *Context, o Observation) []reach {
	var list []reach
	for _, p := range o.Planted {
		s, ok := o.leadingTo(p)
		if p.Form.Group == scenarios.CanaryWord {
			continue // it leads nowhere
		}
		if what := proof(o, p); ok && what != "" {
			rule, grade := gradeOf(ctx, s, p.Form)
			for _, other := range o.leading(p) {
				if _, milder := gradeOf(ctx, other, p.Form); milder < grade {
					s, grade = other, milder
				}
			}
			if p.Form.Group == scenarios.CanaryArgument {
				_, most := started(p)
				grade = min(grade, most)
			}
			list = append(list, reach{p, s, what, rule, grade})
		}
	}
	return list
}

// acted finds calls that were refused when somebody else had been asked for what they
// name: such a request should never have been.
func acted(ctx *Context, o Observation) []Finding {
	var found []Finding
	for _, p := range o.Planted {
		s, ok := o.leadingTo(p)
		out := OutcomeOf(o, s)
		refused := (out == Rejected || out == Faulted) && s.Want(ctx.Catalog).Want == scenarios.WantReject && len(o.leading(p)) == 1
		if p.Form.Group != scenarios.CanaryWord || !ok || !refused || !p.Asked && !p.Passed {
			continue
		}
		f := finding(ctx, o, s, "acted", ruleOfOrder, describe(s)+" was refused, and a request for what it names had come from the server: it acts before it looks")
		if !p.Asked {
			f.Severity = Low // it may be noted there and nothing else
		}
		found = append(found, f)
	}
	return found
}

func (r reach) finding(ctx *Context, o Observation, oracle string, grade Severity, more string) Finding {
	f := finding(ctx, o, r.by, oracle, r.rule, fmt.Sprintf("%s (%s): %s%s", describe(r.by), r.planted.Form.Doc, r.what, more))
	return f.graded(grade, hardening)
}

// evades reports whether what would be no breach in itself is one, since the plain form
// of it was answered in the same case and led nowhere.
func (r reach) evades(o Observation) bool {
	plain, ok := r.planted.Form.Plain()
	return ok && r.grade == Low && slices.ContainsFunc(o.Planted, func(p scenarios.Planted) bool {
		s, sent := o.leadingTo(p)
		out := OutcomeOf(o, s)
		return p.Form.Name == plain.Name && sent && (out == Rejected || out == Accepted) && !s.TurnedAway() && proof(o, p) == "" && besides(s).Equal(besides(r.by))
	})
}

// besides are the arguments of a call without the one that was changed.
func besides(s Seen) scenarios.Value {
	call, _ := s.Sent.(scenarios.Call)
	_, at, _ := strings.Cut(call.Mutant, "@")
	return call.Args.Without(at)
}

// leadingTo is the first frame that leads to a plot.
func (o Observation) leadingTo(p scenarios.Planted) (Seen, bool) {
	all := o.leading(p)
	if len(all) == 0 {
		return Seen{}, false
	}
	return all[0], true
}

// leading are the frames that lead to a plot: what became of it may be of any of them.
func (o Observation) leading(p scenarios.Planted) []Seen {
	return slices.DeleteFunc(slices.Clone(o.Seen), func(s Seen) bool {
		return OutcomeOf(o, s) == Unsent || !sentHolds(s, p.Word)
	})
}

// namesPlot reports whether a text holds what is part of the name of something planted.
func (o Observation) namesPlot(text string) bool {
	return slices.ContainsFunc(o.Planted, func(p scenarios.Planted) bool { return strings.Contains(text, p.Word) })
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
	case p.Form.Group == scenarios.CanaryArgument:
		what, _ := started(p)
		return what
	}
	return ""
}

// started says what proves that a text was something else than one argument of a program,
// "" for nothing, and how grave that is: what may be meant, or be the value of an option,
// less so.
func started(p scenarios.Planted) (what string, grade Severity) {
	word := scenarios.CanaryOption(p.Word)
	whole := p.Form.Text(scenarios.Plot{Word: p.Word}) == word
	for _, args := range p.Started {
		at, end := slices.Index(args, word), slices.Index(args, "--")
		switch {
		case at < 0:
		case end >= 0 && end < at: // what stands there is no option
			if !whole {
				what, grade = "a program was started with its words as arguments of their own", Low
			}
		case at > 0 && strings.HasPrefix(args[at-1], "-"):
			what, grade = "a program was started with it as an option, or as the value of the one before it", Low
		default:
			return "a program was started with an option that it holds", High
		}
	}
	return what, grade
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
// is. Who was told of no root may read and write what it likes; who is there to fetch may
// well be meant to reach the loopback; who runs commands was asked to.
func gradeOf(ctx *Context, s Seen, form scenarios.CanaryForm) (rule string, grade Severity) {
	switch g := form.Group; {
	case g == scenarios.CanaryArgument && takesArguments(ctx, s):
		return ruleOfArguments, Low
	case g == scenarios.CanaryArgument:
		return ruleOfArguments, High
	case g == scenarios.CanaryInward && fetches(ctx, s), g.Runs() && isFor(ctx, s, scenarios.LookCommand):
		return ruleOfActions, Low
	case g == scenarios.CanaryInward:
		return ruleOfActions, High
	case g.Runs():
		return ruleOfActions, Critical
	case g == scenarios.CanaryClimbing:
		return ruleOfPaths, High
	case !ctx.Rooted:
		return ruleOfPaths, Low
	case g == scenarios.CanaryLinked:
		return ruleOfPaths, High
	}
	return ruleOfPaths, Critical
}

// fetches reports whether the tool that was called is there to call addresses.
func fetches(ctx *Context, s Seen) bool {
	tool, _, _ := saidOf(ctx, s)
	return isFor(ctx, s, scenarios.LookFetched) || scenarios.LooksLike(scenarios.LookURL, tool.Name, "", "")
}

// takesArguments reports whether what was changed is there for commands, or for options of
// one.
func takesArguments(ctx *Context, s Seen) bool {
	_, parameter, doc := saidOf(ctx, s)
	return isFor(ctx, s, scenarios.LookCommand) || scenarios.LooksLike(scenarios.LookArguments, parameter, doc, "")
}

// isFor reports whether the tool that was called is there for some use of its texts, by
// what is said of it or of the parameter.
func isFor(ctx *Context, s Seen, use scenarios.Look) bool {
	tool, parameter, doc := saidOf(ctx, s)
	return scenarios.LooksLike(use, tool.Name, tool.Description, "") || scenarios.LooksLike(use, parameter, doc, "")
}

// saidOf is what is said of the tool that was called, and of the parameter that was
// changed.
func saidOf(ctx *Context, s Seen) (tool scenarios.Tool, parameter, doc string) {
	call, ok := s.Sent.(scenarios.Call)
	if !ok {
		return tool, "", ""
	}
	tool, _ = ctx.Catalog.Tool(call.Tool)
	schema, _ := scenarios.ParseJSON(tool.Input)
	_, at, _ := strings.Cut(call.Mutant, "@")
	parameter = nameAt(at)
	doc, _ = schema.Member("properties").Member(parameter).Member("description").Text()
	return tool, parameter, doc
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
		switch {
		case form.Group == scenarios.CanaryArgument:
			ids = append(ids, ruleOfArguments)
		case form.Group == scenarios.CanaryWord:
			ids = append(ids, ruleOfOrder)
		case form.Group.Runs() || form.Group == scenarios.CanaryInward:
			ids = append(ids, ruleOfActions)
		default:
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
