package oracles

import (
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// From these on, a message counts as large or deep.
const (
	largeMessage = 256 << 10
	deepMessage  = 200
)

// stimulus is the id of the rule that a frame puts to the test first: the
// narrowest row that names what is unusual about it where it is sent.
func stimulus(ctx *Context, at Setting, s Seen) string {
	switch step := s.Sent.(type) {
	case scenarios.Call:
		if _, listed := ctx.Catalog.Tool(step.Tool); !listed {
			return "TOOL-01"
		}
		return sized(s, step.Args, "TOOL-10")
	case scenarios.Request:
		return sized(s, step.Params, stimulusOfRequest(step))
	case scenarios.Raw:
		if rule := scenarios.ShapeOf([]byte(step.Bytes)).Rule; rule != "" {
			return batchRow(rule, at.Revision)
		}
		if rule := unansweredRule(s); rule != "" {
			return rule
		}
		return "ENV-05"
	case scenarios.Notify:
		return unansweredRule(s)
	}
	return "H15"
}

func stimulusOfRequest(step scenarios.Request) string {
	switch {
	case step.Method == "tools/call":
		return "TOOL-03"
	case byUser(step):
		return "TOOL-10"
	case strings.HasPrefix(step.Method, unknownMethods):
		return "METH-01"
	}
	return "ENV-05"
}

// unknownMethods starts the names of methods that no revision has.
const unknownMethods = "mcpfuzz/"

// sized is the rule of large or deep values, else the one given.
func sized(s Seen, v scenarios.Value, other string) string {
	switch {
	case v.Depth() > deepMessage:
		return "SIZE-02"
	case s.Message.Size > largeMessage:
		return "SIZE-01"
	}
	return other
}

// byModel reports whether a model can cause the frame: a call, whatever it
// holds, or one of several at once. Everything else only a client can send.
func byModel(s Seen) bool {
	_, is := s.Sent.(scenarios.Call)
	return is
}

// byUser reports whether an application, or who uses it, can cause the frame: it
// asks for a prompt, an address or a completion, whose parts people choose.
func byUser(step scenarios.Step) bool {
	r, ok := step.(scenarios.Request)
	return ok && slices.Contains([]string{"prompts/get", "resources/read", "completion/complete"}, r.Method)
}

// mutantOf names what was done: the mutant of the frame, or the scenario that
// it is from.
func mutantOf(o Observation, s Seen) string {
	if mutant := scenarios.AttrsOf(s.Sent).Mutant; mutant != "" {
		return mutant
	}
	if class := o.Case.Origin.Class; class != "" {
		return class[strings.IndexByte(class, '/')+1:]
	}
	return o.Case.Name
}

// signature is a finding's stable identity: the oracle, the tool and, where it
// matters what was sent, the kind of mutant.
func signature(oracle, tool, mutant string) string {
	if tool == "" {
		tool = scenarios.Unlisted
	}
	kind, _, _ := strings.Cut(mutant, "@")
	if slices.Contains(anyStimulus, oracle) {
		return oracle + "/" + tool
	}
	return oracle + "/" + tool + "/" + kind
}

// anyStimulus are the oracles whose findings are about how a server answers,
// whatever it was sent.
var anyStimulus = []string{
	"second-answer", "foreign-id", "noise", "flood", "garbled", "leak", "key-shown", "long-error",
	"oversized", "error-shape", "internal-error", "refusal-not-flagged", "unbounded", "unhelpful", "unknown-key", "cross-talk",
}

// finding makes the finding of a rule about one frame; what the rule says of
// severity and basis may be overwritten.
func finding(ctx *Context, o Observation, s Seen, oracle, rule, message string) Finding {
	r, ok := RuleOf(rule)
	if !ok {
		panic("oracles: no rule " + rule)
	}
	f := Finding{
		Oracle: oracle, Rule: r.Hardening, Basis: r.Basis, Severity: r.Severity, Fix: r.Fix,
		Tool: ctx.Catalog.LabelOf(s.Sent), Mutant: mutantOf(o, s), Message: message, Step: s.Step,
	}
	if r.ID != r.Hardening {
		f.Spec = r.ID
	}
	f.Signature = signature(oracle, f.Tool, f.Mutant)
	return f
}

// graded sets severity and basis where they differ from the rule's.
func (f Finding) graded(s Severity, b scenarios.Basis) Finding {
	f.Severity, f.Basis = s, b
	return f
}

// last is the frame that an end of the server is blamed on: of those sent after
// the last that was answered, the first that should have been; else the last of
// all.
func (o Observation) last() (Seen, bool) {
	if len(o.Seen) == 0 {
		return Seen{}, false
	}
	from := 0
	for i, s := range o.Seen {
		if _, answered := s.answer(); answered && s.Alone {
			from = i + 1
		}
	}
	for _, s := range o.Seen[from:] {
		if _, answered := s.answer(); !answered && (s.Owed() || s.malformed()) {
			return s, true
		}
	}
	return o.Seen[len(o.Seen)-1], true
}

// malformed reports whether the frame is one that a server cannot take.
func (s Seen) malformed() bool {
	raw, ok := s.Sent.(scenarios.Raw)
	return ok && scenarios.ShapeOf([]byte(raw.Bytes)).Rule != ""
}

// exitWords tells how a process ended.
func exitWords(o Observation) string {
	switch {
	case o.State.Exit != nil && o.State.Exit.OverMemory:
		return "passed its memory limit and was ended"
	case o.State.Exit != nil:
		return "ended: " + o.State.Exit.String()
	case o.State.Phase == transport.Refused:
		return "no longer listens"
	case o.State.Reason != nil:
		return "stopped serving"
	}
	return "ended"
}

// severest orders findings so that one frame's worst comes first.
func severest(list []Finding) []Finding {
	slices.SortStableFunc(list, func(a, b Finding) int { return int(b.Severity) - int(a.Severity) })
	return list
}
