package oracles

import (
	"slices"
	"strings"
	"sync"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Checks returns all checks, in the order in which they judge: what ends a
// server first, since nothing after it can be trusted.
func Checks() []Check {
	any := ruleIDs()
	return []Check{
		{"crash", "The server's process ended on what it was sent.", any, crash},
		{"hang", "The server stopped answering and showed no sign of life.", []string{"H15"}, hang},
		{"closed", "The server closed its output and lives on.", []string{"H15"}, closed},
		{"flood", "The server wrote more than can be kept.", []string{"ENV-14"}, flood},
		{"garbled", "An answer is no JSON-RPC message, or breaks off.", []string{"ENV-14"}, garbled},
		{"foreign-id", "An answer came under an id that was not sent.", []string{"ENV-04", "ENV-05"}, foreignID},
		{"second-answer", "A request was answered twice.", []string{"ENV-05"}, secondAnswer},
		{"notified", "A notification, or a response, was answered.", []string{"CAN-02", "ENV-07", "ENV-09"}, notified},
		{"noise", "Something that is no message stood on the output.", []string{"ENV-14"}, noise},
		{"cross-talk", "An answer holds what another call was given.", []string{"TOOL-12"}, crossTalk},
		{"dropped", "A request got no answer, and the server is alive.", []string{"ENV-02", "ENV-05", "ENV-06", "TOOL-12"}, dropped},
		{"accepted", "Something was accepted that a contract forbids, or that is unsound.", any, accepted},
		{"hidden", "Something that is not listed was served, or refused otherwise than what is not there.", []string{"H2"}, hidden},
		{"stated", "An answer is against what the scenario says must come.", []string{"TOOL-02"}, stated},
		{"silent", "A malformed frame was dropped without an error.", any, silent},
		{"internal-error", "The server blamed itself for the caller's mistake.", []string{"H15"}, internalError},
		{"error-shape", "An error is not of JSON-RPC's form.", []string{"ENV-15"}, errorShape},
		{"error-code", "An error has a code that the revision forbids.", []string{"ENV-16"}, errorCode},
		{"legacy-refusal", "Bad arguments were refused by an error that no model sees.", []string{"TOOL-02b"}, legacyRefusal},
		{"protocol", "An answer is against what the protocol demands of it.", any, unmet},
		{"unknown-method", "A method that does not exist was not refused as such.", []string{"METH-01"}, unknownMethod},
		{"leak", "A refusal shows a stack trace, a path or a secret.", []string{"TOOL-11"}, leak},
		{"key-shown", "A key that was given for the run stands in an answer, or in what the server wrote.", []string{"H7"}, keyShown},
		{"long-error", "A refusal is far longer than a model needs.", []string{"TOOL-11"}, unboundedError},
		{"disproportion", "The time of an answer grows out of proportion to what is sent for it.", []string{"H5"}, disproportionate},
		{"swelling", "The memory of a server grows out of proportion to what a tool is sent.", []string{"H5"}, swelling},
		{"unhelpful", "A refusal does not name what is wrong with the call.", []string{"H15"}, unhelpful},
		{"oversized", "An answer has no bound.", []string{"H5"}, oversized},
		{"unstructured", "A result is not as the tool's output schema says.", []string{"TOOL-16"}, unstructured},
		{"rounded", "An integer came back as another one.", []string{"TOOL-06"}, rounded},
		{"polluted", "A key that an earlier message smuggled in stands in an answer.", []string{"TOOL-09"}, polluted},
		{"escaped", "Something that was planted where the server must not go was reached, or a program was made to do more.", []string{"H14", "TOOL-13", "TOOL-17"}, escaped},
		{"evaded", "Something that was planted was reached by one spelling, and kept out by a plainer one.", []string{"H14", "TOOL-13"}, evaded},
		{"acted", "A call was refused when something had been done for it.", []string{"TOOL-18"}, acted},
		{"wrote", "A tool that says that it only reads has written.", []string{"TOOL-14"}, wrote},
		{"lingers", "The server outlives its input.", []string{"LIFE-04"}, lingers},
	}
}

// ruleIDs are the ids of the rules that answers are held to, all but those of
// advice; made once, and nobody may change them.
var ruleIDs = sync.OnceValue(func() []string {
	var ids []string
	for _, r := range Rules() {
		if r.Fix != listing {
			ids = append(ids, r.ID)
		}
	}
	return ids
})

// Judge returns what all checks find in an Observation, once per signature,
// worst first. A case that could not be played is not judged. It is a pure
// function.
func Judge(ctx *Context, o Observation) []Finding {
	if o.CannotRun != "" {
		return nil
	}
	var found []Finding
	seen := map[string]bool{}
	for _, check := range Checks() {
		for _, f := range check.Judge(ctx, o) {
			if f, holds := heldIn(o.settingOf(o.at(f.Step)).Revision, f); holds && !seen[f.Signature] {
				seen[f.Signature] = true
				found = append(found, f)
			}
		}
	}
	return severest(found)
}

// heldIn is a finding as the revision that was spoken has it: of rules that do not
// hold in it there is none, and what its text does not say rests on hardening.
func heldIn(revision string, f Finding) (Finding, bool) {
	r, _ := RuleOf(f.ID())
	if revision < r.Written {
		f.Basis = hardening
	}
	return f, r.Holds(revision)
}

// Exercised returns the ids of the rules that an Observation put to the test,
// sorted.
func Exercised(ctx *Context, o Observation) []string {
	ids := map[string]bool{}
	for _, s := range o.Seen {
		out := OutcomeOf(o, s)
		if out == Unsent {
			continue
		}
		ids["H15"] = true
		ids[stimulus(ctx, o.Setting(), s)] = true
		if out == Rejected || out == Faulted {
			ids["TOOL-11"], ids["ENV-15"], ids["ENV-16"] = true, true, true
		}
		if !o.HTTP {
			ids["ENV-14"] = true
		}
		if s.Owed() {
			ids["ENV-05"] = true
		}
		if !s.Alone {
			ids["TOOL-12"] = true
		}
		for _, id := range slices.Concat(ruledBy(ctx, s), o.tested(s)) {
			ids[id] = true
		}
	}
	if o.left() {
		ids["LIFE-04"] = true
	}
	if len(seriesOf(o)) >= leastTimed {
		ids["H5"] = true
	}
	for _, id := range rulesOfCanaries(formsOf(o.Planted)) {
		ids[id] = true
	}
	list := make([]string, 0, len(ids))
	for id := range ids {
		list = append(list, id)
	}
	slices.Sort(list)
	return holding(list, o.Revision)
}

// holding are those of some rules that hold in a revision.
func holding(ids []string, revision string) []string {
	return slices.DeleteFunc(ids, func(id string) bool {
		r, _ := RuleOf(id)
		return !r.Holds(revision)
	})
}

// everyAnswer are the rules that every answer is held to, whatever was sent.
var everyAnswer = []string{"ENV-05", "ENV-14", "ENV-15", "ENV-16", "H15", "TOOL-11"}

// Poses returns the ids of the rules that a case can show to be broken there.
func Poses(ctx *Context, c scenarios.Case, at Setting) []string {
	ids := slices.Clone(everyAnswer)
	if slices.ContainsFunc(c.Steps, func(s scenarios.Step) bool { _, burst := s.(scenarios.Burst); return burst }) {
		ids = append(ids, "TOOL-12", "ENV-06")
	}
	if grows(c) >= leastTimed {
		ids = append(ids, "H5")
	}
	ids = append(ids, rulesOfCanaries(scenarios.CanariesOf(c))...)
	for _, f := range framesOf(c, at) {
		s := Seen{Sent: f.step}
		if call, ok := f.step.(scenarios.Call); ok {
			s.Message.Size = call.Args.Size()
			ids = append(ids, "TOOL-10")
		}
		ids = append(ids, stimulus(ctx, at, s))
		ids = append(ids, ruledBy(ctx, s)...)
		ids = append(ids, demanded(f)...)
	}
	return holding(ids, at.Revision)
}

// ruledBy are the rules of what a frame breaks, were it accepted.
func ruledBy(ctx *Context, s Seen) []string {
	l := s.Want(ctx.Catalog)
	var ids []string
	switch sent := s.Sent.(type) {
	case scenarios.Raw:
		ids = nonEmpty(scenarios.ShapeOf([]byte(sent.Bytes)).Rule)
	case scenarios.Call:
		ids = promises(ctx, sent, l)
	}
	for _, b := range slices.Concat(l.Breaches, l.Loose) {
		switch b.Keyword {
		case "unbounded":
			ids = append(ids, "H5")
		default:
			ids = append(ids, ruleOfBreach(b))
		}
	}
	return ids
}

func nonEmpty(id string) []string {
	if id == "" {
		return nil
	}
	return []string{id}
}

// Hardening returns the hardening rules that rows belong to, sorted, each once.
func Hardening(ids []string) []string {
	var list []string
	for _, id := range ids {
		if r, ok := RuleOf(id); ok && r.Hardening != "" {
			list = append(list, r.Hardening)
		}
	}
	slices.SortFunc(list, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	return slices.Compact(list)
}
