package oracles

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// accepted finds what a contract forbids and the server took.
func accepted(ctx *Context, o Observation) []Finding {
	var found []Finding
	for _, s := range o.Seen {
		if OutcomeOf(o, s) != Accepted || o.servesHidden(ctx, s) {
			continue
		}
		l := s.Want(ctx.Catalog)
		switch {
		case l.Want == scenarios.WantReject:
			found = append(found, acceptedInvalid(ctx, o, s, l))
		case len(l.Loose) > 0:
			found = append(found, acceptedLoose(ctx, o, s, l)...)
		}
	}
	return found
}

func acceptedInvalid(ctx *Context, o Observation, s Seen, l scenarios.Label) Finding {
	rule := ruleOfBreaches(l)
	b := worstBreach(l, rule)
	if prose(ctx, s) {
		f := finding(ctx, o, s, "refusal-not-flagged", "TOOL-02",
			fmt.Sprintf("%s is refused in prose only: the result does not set isError (%s)", describe(s), place(b)))
		return f.graded(Low, spec)
	}
	f := finding(ctx, o, s, "accepted-invalid", rule, fmt.Sprintf("%s was accepted although %s", describe(s), place(b)))
	f.Basis = l.Basis
	switch {
	case rule == "ENV-04" || rule == "ENV-10b":
		// Echoing an odd id, or answering a batch, harms nobody by itself.
		f.Severity = Low
	case rule == "TOOL-03" && nullForNothing(ctx, s):
		// Clients write null for what is not there; nothing else was asked for.
		f.Severity = Low
	case rule == "ENV-01":
		f.Severity = Medium
	}
	return f
}

// nullForNothing reports whether a call has null for its arguments, and may have
// none.
func nullForNothing(ctx *Context, s Seen) bool {
	call, ok := s.Sent.(scenarios.Call)
	if !ok || call.Args.Kind() != scenarios.Null {
		return false
	}
	call.Args = scenarios.Obj()
	return ctx.Catalog.WantOf(call).Want != scenarios.WantReject
}

// ruleOfBreaches is the rule that accepting the frame breaks: where several
// are broken, the one that all breaches belong to, else that of values.
func ruleOfBreaches(l scenarios.Label) string {
	rule := ""
	for _, b := range l.Breaches {
		r := ruleOfBreach(b)
		switch {
		case rule == "" || rule == r:
			rule = r
		case rule == "TOOL-05" && r != "TOOL-02":
			rule = r
		case r != "TOOL-05":
			return "TOOL-02"
		}
	}
	return rule
}

func ruleOfBreach(b scenarios.Breach) string {
	switch b.Keyword {
	case "tool":
		return "TOOL-01"
	case misspelt:
		return "TOOL-07"
	case "name", "arguments", "params":
		return "TOOL-03"
	case "additionalProperties", "unevaluatedProperties", "propertyNames", "false":
		return "TOOL-04"
	case "type":
		return "TOOL-05"
	case "maxLength", "maxItems", "maxProperties":
		return "H5"
	}
	if _, ok := RuleOf(b.Keyword); ok {
		return b.Keyword
	}
	return "TOOL-02"
}

// worstBreach is the first breach of that rule.
func worstBreach(l scenarios.Label, rule string) scenarios.Breach {
	i := slices.IndexFunc(l.Breaches, func(b scenarios.Breach) bool { return ruleOfBreach(b) == rule })
	return l.Breaches[max(i, 0)]
}

// place says what is broken, and where.
func place(b scenarios.Breach) string {
	if b.Pointer == "" {
		return b.Detail
	}
	return fmt.Sprintf("at %.80s %s", b.Pointer, b.Detail)
}

// acceptedLoose finds what the schema allows and a hardening rule calls
// unsound.
func acceptedLoose(ctx *Context, o Observation, s Seen, l scenarios.Label) []Finding {
	if prose(ctx, s) {
		return nil // it may have been refused in words
	}
	var found []Finding
	seen := map[string]bool{}
	for _, b := range l.Loose {
		if seen[b.Keyword] {
			continue
		}
		seen[b.Keyword] = true
		switch b.Keyword {
		case "additionalProperties":
			f := finding(ctx, o, s, "unknown-key", "TOOL-04", fmt.Sprintf("%s was accepted with a key that the schema does not name (%s); close the schema and refuse it", describe(s), b.Pointer))
			found = append(found, f.graded(Low, hardening))
		case "format":
			f := finding(ctx, o, s, "loose-format", "TOOL-02", fmt.Sprintf("%s was accepted although %s", describe(s), place(b)))
			found = append(found, f.graded(Low, hardening))
		case "unbounded":
			f := finding(ctx, o, s, "unbounded", "H5", fmt.Sprintf("%s was accepted: the schema sets no bound at %s", describe(s), b.Pointer))
			found = append(found, f.graded(Info, hardening))
		}
	}
	return found
}

// prose reports whether an accepted answer reads like a refusal and is not
// what the tool says when it works.
func prose(ctx *Context, s Seen) bool {
	call, ok := s.Sent.(scenarios.Call)
	a, answered := s.answer()
	if !ok || !answered || !ReadsLikeRefusal(a.Reply.Text) {
		return false
	}
	control, has := ctx.Controls[call.Tool]
	return !has || control.Text != a.Reply.Text
}

// refusals are how texts open that tell of an error.
var refusals = []string{
	"error", "[error", "err:", "failed", "failure", "invalid", "unknown", "missing", "cannot ", "can't ", "could not",
	"unable", "not found", "no such", "unexpected", "exception", "validation", "bad request", "denied", "access denied",
	"mcp error", "❌", "⚠", `{"error`, `{"success":false`, `{"ok":false`,
}

// openingSize is how much of a text is looked at for how it opens.
const openingSize = 80

// ReadsLikeRefusal reports whether a text opens like an error message.
func ReadsLikeRefusal(text string) bool {
	text = strings.TrimLeft(text, " \t\r\n*#`")
	text = strings.ToLower(text[:min(len(text), openingSize)])
	if strings.HasPrefix(text, "{") {
		text = strings.Join(strings.Fields(text), "")
	}
	return slices.ContainsFunc(refusals, func(r string) bool { return strings.HasPrefix(text, r) })
}

// stated finds answers against what a scenario's author said must come.
func stated(ctx *Context, o Observation) []Finding {
	for _, s := range o.Seen {
		want, out := wantStated(s.Sent), OutcomeOf(o, s)
		switch {
		case want == scenarios.WantAccept && (out == Rejected || out == Faulted):
			f := finding(ctx, o, s, "rejected-valid", "TOOL-02", fmt.Sprintf("%s was refused, and the scenario says that it works", describe(s)))
			return []Finding{f.graded(Medium, hardening)}
		case want == scenarios.WantReject && out == Accepted && s.Want(ctx.Catalog).Want != scenarios.WantReject:
			f := finding(ctx, o, s, "accepted-unwanted", "TOOL-02", fmt.Sprintf("%s was accepted, and the scenario says that it must not be", describe(s)))
			return []Finding{f.graded(High, hardening)}
		}
	}
	return nil
}

// wantStated is the label that the file states.
func wantStated(step scenarios.Step) scenarios.Want {
	switch step := step.(type) {
	case scenarios.Call:
		return step.Want
	case scenarios.Request:
		return step.Want
	case scenarios.Raw:
		return step.Want
	}
	return scenarios.WantUnset
}
