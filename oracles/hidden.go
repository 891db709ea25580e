package oracles

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// hidden finds what is served, or is refused for reasons of its own, though it is not
// listed: where names that nobody has are refused, and all alike.
func hidden(ctx *Context, o Observation) []Finding {
	var found []Finding
	for _, s := range o.Seen {
		switch {
		case o.servesHidden(ctx, s):
			oracle, grade := gradeOfHidden(s)
			f := finding(ctx, o, s, oracle, "H2", fmt.Sprintf("%s was served: it is not listed, and made-up names are refused", describe(s)))
			found = append(found, f.graded(grade, hardening))
		case o.knowsHidden(ctx, s):
			f := finding(ctx, o, s, "half-hidden", "H2", fmt.Sprintf("%s was refused by another kind of error than made-up names are: it may be there", describe(s)))
			found = append(found, f.graded(Info, hardening))
		}
	}
	return found
}

// gradeOfHidden is how grave it is that something is served: what is for those who run the
// server more than what is only not listed, or not yet, and more by a model than where a
// client must be made for it. It is told apart by the name of what found it.
func gradeOfHidden(s Seen) (oracle string, grade Severity) {
	call, calls := s.Sent.(scenarios.Call)
	switch {
	case !calls:
		return "hidden", Medium
	case scenarios.IsInsider(call.Tool):
		return "hidden", High
	}
	return "unlisted", Low
}

// servesHidden reports whether a frame asked for what is not listed and got it, on a
// server that refuses what is not there.
func (o Observation) servesHidden(ctx *Context, s Seen) bool {
	return o.seeks(ctx, s) && OutcomeOf(o, s) == Accepted && !prose(ctx, s) && o.refusesMadeUp(s) != nil
}

// knowsHidden reports whether what is not listed was refused by an error of another kind
// than each made-up name: what is refused by all alike tells nothing.
func (o Observation) knowsHidden(ctx *Context, s Seen) bool {
	if !o.seeks(ctx, s) || OutcomeOf(o, s) != Rejected || s.TurnedAway() || !o.frame(s).isPlain() || !asksNoMore(s) {
		return false
	}
	kinds := o.refusesMadeUp(s)
	return len(kinds) > 1 && len(slices.Compact(kinds)) == 1 && kinds[0] != kindOfRefusal(s)
}

// seeks reports whether a frame asks for what is not listed, and not for what every
// object of a language has.
func (o Observation) seeks(ctx *Context, s Seen) bool {
	if call, ok := s.Sent.(scenarios.Call); ok {
		_, listed := ctx.Catalog.Tool(call.Tool)
		return !listed && seeksHidden(o.frame(s))
	}
	return seeksHidden(o.frame(s))
}

// refusesMadeUp are the kinds of the errors by which made-up names of the same sort were
// refused; nil where one was not, or there are none.
func (o Observation) refusesMadeUp(s Seen) []string {
	var kinds []string
	for _, other := range o.Seen {
		if !madeUp(other.Sent) || byModel(other) != byModel(s) {
			continue
		}
		if OutcomeOf(o, other) != Rejected || other.TurnedAway() || !o.frame(other).isPlain() || !asksNoMore(other) {
			return nil
		}
		kinds = append(kinds, kindOfRefusal(other))
	}
	return kinds
}

// asksNoMore reports whether a request has no params, or those that are an object, and is
// small: others may be looked at before its name.
func asksNoMore(s Seen) bool {
	r, _ := s.Sent.(scenarios.Request)
	call, _ := s.Sent.(scenarios.Call)
	plain := func(v scenarios.Value) bool { return v.IsAbsent() || v.Kind() == scenarios.Object }
	return plain(r.Params) && plain(call.Args) && s.Message.Size <= gradedSize
}

// kindOfRefusal is what a client tells refusals apart by, without their text: that may
// well name what is near.
func kindOfRefusal(s Seen) string {
	a, _ := s.answer()
	return fmt.Sprint(s.status(), a.Reply.Kind, a.Reply.Code)
}

// madeUp reports whether a step asks for a tool, or by a method, that nobody has.
func madeUp(step scenarios.Step) bool {
	return !notForeign(step) || strings.Contains(methodOf(step), "/"+scenarios.Foreign)
}

// seeksHidden reports whether a frame asks, behind made-up names of its sort, for
// something that may be there and not be listed. Which tools are the catalogue tells.
func seeksHidden(f frame) bool {
	method := methodOf(f.step)
	call, calls := f.step.(scenarios.Call)
	office, _, _ := strings.Cut(method, "/")
	switch {
	case madeUp(f.step), calls && slices.Contains(inherited, call.Tool):
		return false
	case !calls && (method == discover || !slices.Contains(scenarios.Offices(), office)):
		return false
	}
	n := 0
	for _, step := range f.before {
		if _, isCall := step.(scenarios.Call); isCall == calls && madeUp(step) {
			n++
		}
	}
	return n > 1
}
