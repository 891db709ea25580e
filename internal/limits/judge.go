package limits

import (
	"fmt"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// fault is something that is wrong with how a server bounds its calls.
type fault struct {
	name string
	// rule is the id of the rule that it breaks.
	rule string
	// severity is how grave it is, mild the same where clients have no keys. Over standard
	// input all is info: there one client starts a server for itself.
	severity, mild oracles.Severity
	// says tells what was seen, "" where it is not so.
	says func(p *prober) string
}

// faultRows are all of them. None is grave: where a server bounds its calls is its
// maker's choice, and a proxy may do it in its place.
func faultRows() []fault {
	return []fault{
		{"unlimited", "H9", oracles.Low, oracles.Info, (*prober).unlimited},
		{"unkeyed", "H9", oracles.Low, oracles.Info, (*prober).unkeyed},
		{"escaped", "H9", oracles.Low, oracles.Info, func(p *prober) string {
			return when(p.whose() == "session", "The limit counts for a session: a client that was refused opened another and was served again.")
		}},
		{"unclear", "H9", oracles.Low, oracles.Low, func(p *prober) string {
			return when(p.refusal() > clean && (p.refusal() == bare || p.limit.pace.perSecond > 0), "Calls beyond the limit are refused "+mannerRows()[p.refusal()]+".")
		}},
		{"broken-promise", "H9", oracles.Low, oracles.Low, func(p *prober) string {
			return when(p.honesty == broken, fmt.Sprintf("The refusal said to come again in %v; a client that did, and called no more before, was refused again, three times of three.", p.first.refusal.After))
		}},
		{"harms-others", "H9", oracles.Low, oracles.Info, func(p *prober) string {
			return when(p.seen[lookOther] == shares, "While one client is limited, another with another key and address is refused, too.")
		}},
		{"silenced", "H9", oracles.Info, oracles.Info, func(p *prober) string {
			return when(p.pinged == shares, "A client that is limited gets no sign of life either, by which it tells a server that refuses it from one that is gone.")
		}},
		{"unaddressed", "H10", oracles.Info, oracles.Info, (*prober).unaddressed},
		{"forwarded", "H10", oracles.Low, oracles.Low, func(p *prober) string {
			return when(p.seen[lookGuise] == escapes && p.whose() != "session", "A client that is limited is served again when it says in X-Forwarded-For, Forwarded or X-Real-IP that it forwards for another address.")
		}},
		{"unbounded", "H11", oracles.Info, oracles.Info, (*prober).unbounded},
		{"unrecovered", "H11", oracles.Low, oracles.Low, func(p *prober) string {
			return when(p.parallel.sent > 0 && !p.parallel.recovers && (p.limit.burst == 0 || p.limit.pace.perSecond > 0), fmt.Sprintf("After %d calls at once a call was refused that was served before, though the limit had had the time to allow it.", p.parallel.sent))
		}},
	}
}

func when(so bool, text string) string {
	if !so {
		return ""
	}
	return text
}

// refusal is how calls beyond the limit were turned away, served where none was.
func (p *prober) refusal() manner { return p.first.refusal.manner }

// rate is how fast the first calls were made.
func (p *prober) rate() float64 {
	return float64(p.first.served-1) / max(p.first.last.Sub(p.first.first), time.Millisecond).Seconds()
}

func (p *prober) unlimited() string {
	return when(p.refusal() == served, fmt.Sprintf("None of %d calls of one client was refused, at %.0f a second.", p.first.served, p.rate()))
}

// unkeyed tells of a limit that is not for the key: one client has it as often as it has
// addresses.
func (p *prober) unkeyed() string {
	if p.keys() == 0 {
		return ""
	}
	if p.whose() == "key and address" {
		return "The limit counts for each address of a key apart: the same key is served again from another."
	}
	l, known := p.second[perKey]
	return when(known && l.State == record.LayerNone, fmt.Sprintf("The limit counts for the address alone: %d calls of one key from %d addresses in turn were all served.", l.Calls, min(len(p.Addresses), most)))
}

func (p *prober) unaddressed() string {
	l, known := p.second[perAddress]
	return when(known && l.State == record.LayerNone, fmt.Sprintf("The limit counts for the key alone: %d calls of %d keys in turn from one address were all served.", l.Calls, min(p.keys(), most)))
}

func (p *prober) unbounded() string {
	b := p.parallel
	return when(b.together && b.served == b.sent && b.sent > 1, fmt.Sprintf("None of %d calls that were all under way at once was refused.", b.sent))
}

// answer is what was found, and what is wrong with it.
func (p *prober) answer(ended error) record.Limits {
	a := record.Limits{
		Version: record.Version, Protocol: p.Sessions.Revision.Name, Tool: p.Call.Tool, Calls: p.budget.sent, Fastest: p.MaxRate,
		Layers: p.layers(), Looks: p.told, Refusal: mannerRows()[p.refusal()], Honest: p.honesty, Findings: []record.Finding{},
	}
	if ended != nil {
		a.Cut = ended.Error()
	}
	for _, f := range faultRows() {
		if text := f.says(p); text != "" {
			a.Findings = append(a.Findings, p.finding(f, text))
		}
	}
	return a
}

// finding is a fault as it is recorded.
func (p *prober) finding(f fault, text string) record.Finding {
	r, _ := oracles.RuleOf(f.rule)
	severity := f.severity
	switch {
	case !p.http():
		severity = oracles.Info
	case p.keys() == 0:
		severity = f.mild
	}
	return record.Finding{
		Oracle: "limits", Signature: "limits/" + f.name, Basis: r.Basis.String(), Rule: r.Hardening, Severity: severity.String(),
		Confirmed: record.ConfirmedSession, Tool: p.Call.Tool, Message: text, Fix: r.Fix, Stderr: []string{}, Case: record.NoCase, Seen: 1,
	}
}
