package oracles

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// inherited are names that every object of JavaScript has.
var inherited = []string{"__proto__", "constructor", "toString"}

// nameDemands are those of names that mean something to the language that a
// server is written in.
func nameDemands() []demand {
	return []demand{{
		// polluted judges what comes behind it.
		rule:  "TOOL-09",
		posed: func(f frame) bool { return smuggles(f.step) },
	}, {
		rule: "TOOL-09",
		posed: func(f frame) bool {
			call, ok := f.step.(scenarios.Call)
			return ok && slices.Contains(inherited, call.Tool) && f.isPlain() && len(f.before) >= 2 && !slices.ContainsFunc(f.before[:2], notForeign)
		},
		broken: func(o Observation, s Seen) (string, Severity) {
			first, second, own := refusalOf(o, o.at("1")), refusalOf(o, o.at("2")), refusalOf(o, s)
			// Who answers two unknown names differently may well do so with a third, and may
			// look at the arguments first.
			if !o.calledAlike(o.at("1"), o.at("2"), s) {
				return "", SeverityUnset
			}
			if first == "" || own == "" || first != second || own == first {
				return "", SeverityUnset
			}
			return "was refused otherwise than other unknown names", Info
		},
	}}
}

// calledAlike reports whether some calls are sent in the same way, with the same arguments.
func (o Observation) calledAlike(first Seen, others ...Seen) bool {
	return !slices.ContainsFunc(others, func(s Seen) bool { return !argsOf(s).Equal(argsOf(first)) || !o.likewise(first, s) })
}

// notForeign reports whether a step is no call of a tool that no server has.
func notForeign(step scenarios.Step) bool {
	call, ok := step.(scenarios.Call)
	return !ok || !strings.HasPrefix(call.Tool, scenarios.Foreign)
}

// refusalOf is a refusal without the name that was refused, "" for what is none.
func refusalOf(o Observation, s Seen) string {
	call, _ := s.Sent.(scenarios.Call)
	a, ok := s.answer()
	if !ok || OutcomeOf(o, s) != Rejected || s.TurnedAway() {
		return ""
	}
	r := a.Reply
	return fmt.Sprint(r.Kind, r.Code, strings.ReplaceAll(r.Text, call.Tool, ""))
}

// pollution is the key that is smuggled into what all objects share.
const pollution = "mcpfuzzPolluted"

// smuggles reports whether a request carries the key where a careless merge takes it.
func smuggles(step scenarios.Step) bool {
	r, _ := step.(scenarios.Request)
	_, has := r.Params.At("/__proto__/" + pollution)
	return has
}

// givesPlainly reports whether a frame holds the key as one of its own, which may be kept.
func givesPlainly(s Seen) bool { return sentHolds(s, pollution) && !sentHolds(s, "__proto__") }

// polluted finds answers in which a key stands that an earlier message smuggled
// into what all objects share.
func polluted(ctx *Context, o Observation) []Finding {
	before := false
	for i, s := range o.Seen {
		before = before || smuggles(s.Sent)
		a, ok := s.answer()
		if !before || !ok || OutcomeOf(o, s) != Accepted || sentHolds(s, pollution) {
			continue
		}
		// What repeats a message that came, as a log does, has the way in as well.
		text := string(a.Reply.Body)
		shown := strings.Contains(text, pollution) && !strings.Contains(text, "__proto__") && !strings.Contains(text, "prototype")
		if shown && !slices.ContainsFunc(o.Seen[:i], givesPlainly) {
			return []Finding{finding(ctx, o, s, "polluted", "TOOL-09",
				fmt.Sprintf("the answer to %s holds a key that only an earlier message had, under __proto__", describe(s)))}
		}
	}
	return nil
}
