package oracles

import (
	"fmt"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// garbled finds answers that are no JSON-RPC message, or break off.
func garbled(ctx *Context, o Observation) []Finding {
	for _, s := range o.Seen {
		a, ok := s.answer()
		if !ok || OutcomeOf(o, s) != Garbled || misnamed(s, a) {
			continue
		}
		what := "is no JSON-RPC message"
		if a.Frame.Torn {
			what = "breaks off in the middle"
		}
		if a.Frame.Lost > 0 {
			continue
		}
		return []Finding{finding(ctx, o, s, "garbled", "ENV-14", fmt.Sprintf("the answer to %s %s", describe(s), what))}
	}
	return nil
}

// misnamed reports whether an answer is a good reply under another id.
func misnamed(s Seen, a Answer) bool {
	return s.Owed() && (a.Reply.Kind == protocol.Result || a.Reply.Kind == protocol.Error) &&
		!protocol.SameID(s.ID, a.Reply.ID)
}

// foreignID finds answers under an id that nobody sent.
func foreignID(ctx *Context, o Observation) []Finding {
	for _, s := range o.Seen {
		if f, ok := wrongID(ctx, o, s); ok {
			return []Finding{f}
		}
	}
	for _, stray := range o.Strays {
		s, ok := o.last()
		if !ok || stray.Why != ForeignID {
			continue
		}
		return []Finding{finding(ctx, o, s, "foreign-id", "ENV-05",
			fmt.Sprintf("after %s a reply came under the id %.60s, which was never sent", describe(s), orNone(stray.Reply.ID)))}
	}
	return nil
}

func wrongID(ctx *Context, o Observation, s Seen) (Finding, bool) {
	a, ok := s.answer()
	if !ok || s.ID == "" || a.Reply.Kind != protocol.Result && a.Reply.Kind != protocol.Error {
		return Finding{}, false
	}
	anonymous := a.Reply.ID == "" || a.Reply.ID == "null"
	if protocol.SameID(s.ID, a.Reply.ID) || s.Unread(a) || !s.Owed() && anonymous || a.Frame.Status >= 400 && anonymous {
		return Finding{}, false
	}
	rule := "ENV-05"
	if raw, is := s.Sent.(scenarios.Raw); is && scenarios.ShapeOf([]byte(raw.Bytes)).Rule == "ENV-04" {
		rule = "ENV-04"
	}
	return finding(ctx, o, s, "foreign-id", rule,
		fmt.Sprintf("%s with the id %.60s was answered under the id %.60s", describe(s), s.ID, orNone(a.Reply.ID))), true
}

func orNone(id string) string {
	if id == "" {
		return "(none)"
	}
	return id
}

// secondAnswer finds requests that are answered more than once.
func secondAnswer(ctx *Context, o Observation) []Finding {
	for _, stray := range o.Strays {
		if stray.Why != SecondAnswer {
			continue
		}
		s := o.at(stray.Step)
		if o.sharesID(s) {
			continue
		}
		return []Finding{finding(ctx, o, s, "second-answer", "ENV-05",
			fmt.Sprintf("a second answer came under the id %.60s", stray.Reply.ID))}
	}
	return nil
}

// at is the frame with that place, else the last.
func (o Observation) at(step string) Seen {
	for _, s := range o.Seen {
		if s.Step == step {
			return s
		}
	}
	if len(o.Seen) == 0 {
		return Seen{Step: step}
	}
	return o.Seen[len(o.Seen)-1]
}

// notified finds answers to notifications and responses.
func notified(ctx *Context, o Observation) []Finding {
	for _, s := range o.Seen {
		rule := unansweredRule(s)
		if rule == "" {
			continue
		}
		a, answered := s.answer()
		if !answered || a.Reply.Kind != protocol.Result && a.Reply.Kind != protocol.Error || a.Frame.Status >= 400 {
			continue
		}
		if rule == "ENV-09" && a.Reply.Kind == protocol.Error && (a.Reply.ID == "" || a.Reply.ID == "null") {
			continue // a refusal that nobody can take for the answer to a request
		}
		f := finding(ctx, o, s, "notified", rule, fmt.Sprintf("%s was answered", describe(s)))
		return []Finding{f.graded(Medium, spec)}
	}
	return nil
}

// unansweredRule is the rule by which a frame gets no answer; "" for frames
// that may get one.
func unansweredRule(s Seen) string {
	switch step := s.Sent.(type) {
	case scenarios.Notify:
		if step.ID != "" || step.Verb != "" {
			return "" // it is a request, or no message
		}
		if step.Method == "notifications/cancelled" {
			return "CAN-02"
		}
		return "ENV-07"
	case scenarios.Cancel:
		return "ENV-07"
	case scenarios.Raw:
		if scenarios.ShapeOf([]byte(step.Bytes)).Response {
			return "ENV-09"
		}
	}
	return ""
}

// noise finds output that is no message.
func noise(ctx *Context, o Observation) []Finding {
	if o.HTTP {
		return nil
	}
	if len(o.Early) > 0 && len(o.Seen) > 0 {
		f := finding(ctx, o, Seen{Step: o.Seen[0].Step}, "noise", "ENV-14",
			fmt.Sprintf("while the session was opened the server wrote %.80q where only messages may stand", o.Early[0].Frame.Bytes))
		f.Mutant = ""
		return []Finding{f}
	}
	for _, stray := range o.Strays {
		s, ok := o.last()
		if !ok || stray.Why != NotMessage || stray.Frame.Lost > 0 {
			continue
		}
		return []Finding{finding(ctx, o, s, "noise", "ENV-14",
			fmt.Sprintf("after %s the server wrote %.80q where only messages may stand", describe(s), stray.Frame.Bytes))}
	}
	return nil
}

// manyStrays is how many lines that answer nothing are a flood.
const manyStrays = 1000

// lost is how many frames came faster than they could be kept.
func (o Observation) lost() int {
	n := 0
	for _, stray := range o.Strays {
		n += stray.Frame.Lost
	}
	return n
}

// flood finds servers that write without end.
func flood(ctx *Context, o Observation) []Finding {
	lines := len(o.Strays) + o.Unkept + o.lost()
	s, ok := o.last()
	if !ok || lines < manyStrays {
		return nil
	}
	f := finding(ctx, o, s, "flood", "ENV-14",
		fmt.Sprintf("after %s the server wrote more than %d lines that answer nothing", describe(s), manyStrays))
	return []Finding{f.graded(High, spec)}
}

// hugeAnswer is the size from which an answer is no use to any model.
const hugeAnswer = 4 << 20

// oversized finds answers without a bound.
func oversized(ctx *Context, o Observation) []Finding {
	for _, s := range o.Seen {
		for _, a := range s.Answers {
			if a.Frame.Size > hugeAnswer && a.Frame.Size > 2*s.Message.Size && a.Frame.Lost == 0 {
				f := finding(ctx, o, s, "oversized", "H5", fmt.Sprintf("the answer to %s is %d bytes long", describe(s), a.Frame.Size))
				return []Finding{f.graded(Low, hardening)}
			}
		}
	}
	return nil
}
