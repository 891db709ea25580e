package oracles

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// lifeDemands are those of how a session begins and ends.
func lifeDemands() []demand {
	return []demand{
		{
			rule: "LIFE-01",
			posed: func(f frame) bool {
				// Over HTTP a server may have no sessions.
				return !f.HTTP && unopened(f) && !isDeclared(f.step) && scenarios.AttrsOf(f.step).Protocol == "" && !slices.Contains([]string{"initialize", "ping"}, methodOf(f.step))
			},
			broken: func(o Observation, s Seen) (string, Severity) {
				if OutcomeOf(o, s) != Accepted {
					return "", SeverityUnset
				}
				return "was served before the session was opened", SeverityUnset
			},
		},
		{
			rule: "LIFE-02",
			posed: func(f frame) bool {
				version := versionOf(f.step)
				return unopened(f) && methodOf(f.step) == "initialize" && version != "" && !isRevision(version)
			},
			broken: unsettled,
		},
		{
			rule:  "LIFE-03",
			posed: func(f frame) bool { return reopened(f) && isList(f) && f.isPlain() },
			broken: func(o Observation, s Seen) (string, Severity) {
				a, _ := s.answer()
				if out := OutcomeOf(o, s); out != Rejected && out != Faulted || s.TurnedAway() || a.Reply.Code == protocol.CodeNoMethod {
					return "", SeverityUnset
				}
				return "behind a second initialize was refused", SeverityUnset
			},
		},
		{
			// A request behind a malformed frame; dropped judges it.
			rule: "ENV-02",
			posed: func(f frame) bool {
				return methodOf(f.step) != "" && len(f.before) > 0 && Seen{Sent: f.before[len(f.before)-1]}.malformed()
			},
		},
		{
			// Nothing is sent; lingers judges how the server ends.
			rule: "LIFE-04",
			posed: func(f frame) bool {
				return f.last && onlyOpens(f.before) && onlyOpens([]scenarios.Step{f.step}) && !f.HTTP
			},
		},
	}
}

// methodOf is the method of a request step, "" for other steps.
func methodOf(step scenarios.Step) string {
	r, _ := step.(scenarios.Request)
	return r.Method
}

// isDeclared reports whether a request says of itself in which revision it is sent.
func isDeclared(step scenarios.Step) bool {
	r, _ := step.(scenarios.Request)
	raw, _ := step.(scenarios.Raw)
	inParams, _ := declared(r.Params)
	inBytes, _ := declared(scenarios.ShapeOf([]byte(raw.Bytes)).Params)
	return inParams != "" || inBytes != ""
}

// unopened reports whether a request is the first thing that a server hears.
func unopened(f frame) bool {
	return methodOf(f.step) != "" && scenarios.AttrsOf(f.step).Handshake == "none" && len(f.before) == 0
}

// reopened reports whether a request stands behind a second initialize, which
// asked for the revision that the first one settled on.
func reopened(f frame) bool {
	if methodOf(f.step) == "" || len(f.before) == 0 {
		return false
	}
	_, opens := f.before[0].(scenarios.Open)
	return opens && slices.ContainsFunc(f.before, func(s scenarios.Step) bool {
		return methodOf(s) == "initialize" && versionOf(s) == f.Revision
	})
}

// versionOf is the revision that an initialize request asks for.
func versionOf(step scenarios.Step) string {
	r, _ := step.(scenarios.Request)
	v, _ := r.Params.At("/protocolVersion")
	text, _ := v.Text()
	return text
}

func isRevision(name string) bool {
	_, ok := protocol.Lookup(name)
	return ok
}

// unsettled says what is wrong with the answer to an initialize that asks for a
// revision which does not exist. The specification shows an error as well, so
// that one is only noted.
func unsettled(o Observation, s Seen) (string, Severity) {
	a, _ := s.answer()
	var result struct {
		ProtocolVersion string `json:"protocolVersion"`
	}
	switch out := OutcomeOf(o, s); {
	case out == Rejected && !s.TurnedAway():
		return "with an unknown revision was refused, not answered with one that the server speaks", Info
	case out == Accepted && json.Unmarshal(a.Reply.First().Body, &result) == nil && result.ProtocolVersion == versionOf(s.Sent):
		return fmt.Sprintf("asked for the revision %q, which does not exist, and was told that it is spoken", result.ProtocolVersion), SeverityUnset
	}
	return "", SeverityUnset
}

// lingers finds servers that do not end when their input does. Only cases in which
// nothing was sent tell: else the server may have work left.
func lingers(ctx *Context, o Observation) []Finding {
	if !o.left() || o.Closed.Step == "eof" {
		return nil
	}
	f := finding(ctx, o, Seen{Step: "1"}, "lingers", "LIFE-04", "the server does not end when its input does, but only when it is told to")
	if o.Closed.Step == "kill" {
		f.Message = "the server ends neither when its input does nor when it is told to"
		f.Severity = Medium
	}
	return []Finding{f}
}

// left reports whether a client opened sessions on a stream, sent nothing and left.
func (o Observation) left() bool {
	return !o.HTTP && o.Closed.Step != "" && onlyOpens(o.Case.Steps)
}

// onlyOpens reports whether some steps do nothing but open sessions.
func onlyOpens(steps []scenarios.Step) bool {
	return !slices.ContainsFunc(steps, func(s scenarios.Step) bool {
		_, opens := s.(scenarios.Open)
		return !opens
	})
}

// methodDemands are those of methods that a revision no longer has.
func methodDemands() []demand {
	removed := []string{"ping", "logging/setLevel", "resources/subscribe"}
	return []demand{
		{
			rule:  "METH-02",
			posed: func(f frame) bool { return slices.Contains(removed, methodOf(f.step)) && isStateless(f) && f.isPlain() },
			broken: func(o Observation, s Seen) (string, Severity) {
				a, _ := s.answer()
				if o.Setting().streamable() && a.Reply.Kind == protocol.Error && a.Reply.Code == protocol.CodeNoMethod && s.status() != http.StatusNotFound {
					return fmt.Sprintf("was refused with %s, not 404", s.Status()), SeverityUnset
				}
				return refusedWith(o, s, protocol.CodeNoMethod)
			},
		},
		{
			rule: "METH-02",
			posed: func(f frame) bool {
				return unopened(f) && methodOf(f.step) == "initialize" && isRevision(versionOf(f.step))
			},
			broken: func(o Observation, s Seen) (string, Severity) {
				// A server of both eras may open a session of the older.
				a, _ := s.answer()
				if OutcomeOf(o, s) != Rejected || s.TurnedAway() || namesRevision(string(a.Frame.Bytes)) {
					return "", SeverityUnset
				}
				return "was refused without a word on which revisions the server speaks", Info
			},
		},
	}
}

// namesRevision reports whether a text names a revision of the protocol.
func namesRevision(text string) bool {
	return slices.ContainsFunc(protocol.Revisions(), func(r protocol.Revision) bool { return strings.Contains(text, r.Name) })
}
