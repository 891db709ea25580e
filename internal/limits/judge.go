package limits

import (
	"cmp"
	"fmt"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// Fault is something that is wrong with how a server bounds its calls.
type Fault struct {
	// Name stands in signatures; Doc is one sentence: what is wrong.
	Name, Doc string
	// Rule is the id of the rule that it breaks.
	Rule string
	// Fix is the guard that would have stopped it, "" for that of the rule.
	Fix string
	// Severity is how grave it is, Mild the same where clients have no keys. Over standard
	// input all is info: there one client starts a server for itself.
	Severity, Mild oracles.Severity
	// says tells what was seen, "" where it is not so.
	says func(p *prober) string
}

// Faults returns all of them. None is grave: where calls are bounded is a matter of how a
// server is run, and a proxy may do it in its place.
func Faults() []Fault {
	return []Fault{
		{"unlimited", "One client calls as often as it likes.", "H9", "", oracles.Low, oracles.Info, (*prober).unlimited},
		{"unkeyed", "One key calls the more often the more addresses it has.", "H9", "", oracles.Info, oracles.Info, (*prober).unkeyed},
		{"escaped", "A client that is limited opens another session and is not.", "H9", "", oracles.Low, oracles.Info, (*prober).escaped},
		{"unclear", "A refusal does not say that the same call may be made again later, or when.", "H9", "", oracles.Low, oracles.Low, (*prober).unclear},
		{"broken-promise", "Who comes again when a refusal said to is refused again.", "H9", "", oracles.Low, oracles.Low, (*prober).breaksPromise},
		{"harms-others", "One client uses up what others of other keys and addresses may call.", "H9", "", oracles.Low, oracles.Info, (*prober).harms},
		{"silenced", "A client that is limited gets no sign of life either.", "H9", "", oracles.Info, oracles.Info, (*prober).silences},
		{"unaddressed", "One address calls the more often the more keys it has.", "H10", "", oracles.Info, oracles.Info, (*prober).unaddressed},
		{"forwarded", "A client that is limited says that it forwards for another, and is not.", "H10", "", oracles.Low, oracles.Low, (*prober).believes},
		{"unbounded", "As many calls are worked on at once as come.", "H11", "", oracles.Info, oracles.Info, (*prober).unbounded},
		{"crowded", "One client that holds connections open keeps others out.", "H11", "connections", oracles.Low, oracles.Info, (*prober).crowds},
		{"full-as-failed", "One connection too many is answered as if the server had failed.", "H11", "connections", oracles.Low, oracles.Low, (*prober).fails},
		{"unrecovered", "After many calls at once it serves none.", "H11", "", oracles.Low, oracles.Low, (*prober).unrecovered},
	}
}

func when(so bool, text string) string {
	if !so {
		return ""
	}
	return text
}

// refusal is how calls beyond the limit were turned away, unset where none was.
func (p *prober) refusal() manner { return p.first.refusal.manner }

// rate is how fast the first calls were made.
func (p *prober) rate() float64 {
	return float64(p.first.served-1) / max(p.first.last.sent.Sub(p.first.first.sent), time.Millisecond).Seconds()
}

// tellingCalls is how many calls must have been served without a limit to tell of that: a
// tool that takes long is not called often.
const tellingCalls = 60

func (p *prober) unlimited() string {
	return when(p.first.whole && p.first.served >= tellingCalls && !p.first.refused(), fmt.Sprintf("None of %d calls of one client was refused, at %.0f a second.", p.first.served, p.rate()))
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
	return when(known && l.State == record.LayerNone, fmt.Sprintf("The limit counts for the address: %d calls of one key from %d addresses in turn were all served; no limit for the key was met below that.", l.Calls, min(len(p.Addresses), most)))
}

func (p *prober) unaddressed() string {
	l, known := p.second[perAddress]
	return when(known && l.State == record.LayerNone, fmt.Sprintf("The limit counts for the key: %d calls of %d keys in turn from one address were all served; more identities would meet a limit above that.", l.Calls, min(p.keys(), most)))
}

func (p *prober) unbounded() string {
	b := p.parallel
	return when(b.together && b.served == b.sent && b.sent > 1, fmt.Sprintf("None of %d calls that were all under way at once was refused.", b.sent))
}

func (p *prober) escaped() string {
	return when(p.whose() == "session", "The limit counts for a session: a client that was refused opened another and was served again.")
}

func (p *prober) unclear() string {
	return when(p.refusal() > clean && p.isLimit(), fmt.Sprintf("Calls beyond the limit are refused %v.", p.refusal()))
}

// fails tells of a server that is full and says that it is broken; one that closes what is too
// much, or makes it wait, does what servers ordinarily do.
func (p *prober) fails() string {
	r, how := p.seating.refusal, "a JSON-RPC internal error"
	if r.Status >= firstRefusal {
		how = fmt.Sprintf("HTTP %d", r.Status)
	}
	return when(r.manner == failed && r.faulted && !r.silent, fmt.Sprintf("On one connection more than the %d that are served at once a call is answered as if the server had failed (%s).", p.seating.most, how))
}

func (p *prober) breaksPromise() string {
	return when(p.honesty == broken, fmt.Sprintf("The refusal said to come again in %v; a client that did, and called no more before, was refused again, three times of three.", p.first.refusal.After))
}

func (p *prober) harms() string {
	return when(p.seen[lookOther] == shares, "While one client is limited, another with another key and address is refused, too.")
}

func (p *prober) silences() string {
	return when(p.pinged == shares, "A client that is limited gets no sign of life either, by which it tells a server that refuses it from one that is gone.")
}

func (p *prober) believes() string {
	return when(p.seen[lookGuise] == escapes && p.whose() != "session", "A client that is limited is served again when it says in X-Forwarded-For, Forwarded or X-Real-IP that it forwards for another address.")
}

func (p *prober) crowds() string {
	return when(p.crowded.out, fmt.Sprintf("While one client held %d connections open and sent nothing, another was not served; it was as soon as they were closed.", p.crowded.held))
}

func (p *prober) unrecovered() string {
	b, known := p.parallel, !p.limit.met() || p.limit.pace.perSecond > 0
	return when(b.unrecovered && known, fmt.Sprintf("After %d calls at once a call was refused that was served before, though the limit had had the time to allow it.", b.sent))
}

// answer is what was found, and what is wrong with it.
func (p *prober) answer() record.Limits {
	a := record.Limits{
		Version: record.Version, Protocol: p.Sessions.Revision.Name, Tool: p.Call.Tool, Calls: p.Budget.spent(), Fastest: p.Budget.perSecond,
		Layers: p.layers(), Looks: p.told, Refusal: p.refusal().String(), Honest: p.honesty, Findings: []record.Finding{},
	}
	if p.ended != nil {
		a.Cut = p.ended.Error()
	}
	for _, f := range Faults() {
		if text := f.says(p); text != "" {
			if found, told := p.finding(f, text); told {
				a.Findings = append(a.Findings, found)
			}
		}
	}
	return a
}

// finding is a fault as it is recorded; false where it is not to be.
func (p *prober) finding(f Fault, text string) (record.Finding, bool) {
	r, _ := oracles.RuleOf(f.Rule)
	found := oracles.Finding{
		Oracle: "limits", Signature: "limits/" + f.Name, Basis: r.Basis, Rule: r.Hardening, Severity: f.Severity,
		Tool: p.Call.Tool, Message: text, Fix: cmp.Or(f.Fix, r.Fix),
	}
	switch {
	case !p.http():
		found.Severity = oracles.Info
	case p.keys() == 0:
		found.Severity = f.Mild
	}
	found, told := p.Report(found)
	return record.Finding{
		Oracle: found.Oracle, Signature: found.Signature, Basis: found.Basis.String(), Rule: found.Rule, Severity: found.Severity.String(),
		Confirmed: record.ConfirmedSession, Tool: found.Tool, Message: found.Message, Fix: found.Fix, Guide: oracles.Guide(found.Fix), Stderr: []string{}, Case: record.NoCase, Seen: 1,
	}, told
}
