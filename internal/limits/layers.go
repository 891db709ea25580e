package limits

import (
	"errors"
	"fmt"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// layers are all for which calls may be counted, and the limit that was met where it is
// of none of them.
func (p *prober) layers() []record.Layer {
	var list []record.Layer
	whose := p.whose()
	if errors.Is(p.ended, errNoLimit) {
		return []record.Layer{}
	}
	if p.limit.met() && p.http() && whose != perKey && whose != perAddress {
		list = append(list, p.met(orNot(whose)))
	}
	if p.keys() > 0 {
		list = append(list, p.layer(perKey))
	}
	if p.http() {
		list = append(list, p.layer(perAddress))
	} else {
		list = append(list, p.layer(perClient))
	}
	list = append(list, p.flying())
	if p.http() {
		list = append(list, p.seats())
	}
	return list
}

// orNot names what a limit counts for, where that is known.
func orNot(whose string) string {
	if whose == "" {
		return "not known for whom"
	}
	return whose
}

// met is the limit that was met first.
func (p *prober) met(name string) record.Layer {
	l := record.Layer{Name: name, State: record.LayerLimited, Calls: p.limit.most, AtLeast: p.isLeast(), AtMost: p.isMost()}
	if l.AtLeast {
		l.Calls, l.AtMost = p.limit.least, false
	}
	l.PerSecond, l.Served, l.Seconds = p.limit.pace.perSecond, p.limit.pace.served, p.limit.pace.took.Seconds()
	switch {
	case l.PerSecond == 0:
		l.Why = "it let nothing through again in the time that it was watched"
	case p.limit.pace.windowed:
		l.Why = fmt.Sprintf("in windows of %.3g s", p.limit.pace.gap.Seconds())
	}
	return l
}

// layer is what is known of one of them.
func (p *prober) layer(name string) record.Layer {
	hidden, known := p.second[name]
	switch whose := p.whose(); {
	case !p.first.refused():
		return record.Layer{Name: name, State: record.LayerNone, Calls: p.first.served, Why: fmt.Sprintf("at %.0f calls a second", p.rate())}
	case whose == name:
		return p.met(name)
	case known:
		return hidden
	case whose == "session":
		return record.Layer{Name: name, State: record.LayerNone, Calls: p.limit.most, Why: "another session is not limited"}
	}
	return record.Layer{Name: name, State: record.LayerUnknown, Why: p.hides()}
}

// hides says why nothing is known of what lies behind the limit that was met.
func (p *prober) hides() string {
	switch {
	case len(p.Addresses) < 2:
		return "needs a server at 127.0.0.1, which is reached from other addresses of this machine, too"
	case p.keys() == 1:
		return "needs a second --identity"
	}
	return "the limit that was met hides it"
}

// flying is what is known of calls at once.
func (p *prober) flying() record.Layer {
	b, l := p.parallel, record.Layer{Name: inFlight, State: record.LayerUnknown, Calls: p.parallel.served}
	switch {
	case b.sent == 0 && p.settles():
		l.Why = "not tried"
	case b.sent == 0:
		l.Why = "not tried: the limit that was met lets none through in time"
	case b.served == 0:
		l.Why = fmt.Sprintf("of %d calls at once none was served", b.sent)
	case b.served < b.sent:
		l.State, l.AtMost, l.Why = record.LayerLimited, !b.together, fmt.Sprintf("of %d calls at once", b.sent)
	case b.together && b.sent > 1:
		l.State, l.Why = record.LayerNone, "all were under way before the first was answered"
	default:
		l.Why = fmt.Sprintf("of %d at once all were served, too soon to tell whether they were under way together", b.sent)
	}
	return l
}

// seats is what is known of connections at once.
func (p *prober) seats() record.Layer {
	s := p.seating
	if s.state == "" {
		s = unknownSeating("not tried")
	}
	return record.Layer{Name: connected, State: s.state, Calls: s.most, Why: s.why}
}
