package campaign

import (
	"fmt"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// judgeInto judges what was seen and keeps what the record needs.
func (p *player) judgeInto(one *played, o oracles.Observation) {
	o = oracles.Labelled(p.learned.catalog, o)
	one.micros, one.note, one.whole = o.Took.Microseconds(), o.CannotRun, o.CannotRun == ""
	one.rules = oracles.Exercised(p.judge, o)
	if s, is := o.TurnedAway(); is && one.note == "" {
		one.note, one.rules = fmt.Sprintf("turned away with %s before they were looked at", s.Status()), nil
	}
	if why := oracles.Moot(o); why != "" && one.note == "" {
		one.note, one.rules = why, nil
	}
	late := false
	for _, seen := range o.Seen {
		out := oracles.OutcomeOf(o, seen)
		one.outcomes = append(one.outcomes, out)
		if l := p.learned.catalog; l.LabelOf(seen.Sent) == one.pair.Tool && seen.Want(l).Basis == scenarios.BasisSchema {
			one.tally.add(out)
		}
		if out != oracles.Unsent {
			one.calls++
		}
		if out == oracles.Hung || out == oracles.Dropped {
			p.costly[one.pair], one.whole = true, false
		}
		late = late || seen.Late
	}
	if late {
		p.slow[one.pair.Tool]++
	}
	for _, tool := range o.Overdue {
		p.slow[tool]++
	}
	one.findings, one.refusals = p.found(o), p.refusals(o)
	if len(one.findings) > 0 {
		one.seen = lean(o)
	}
}

// leanFrame is how much of an answer is kept beyond its judgement: what a
// finding shows of it.
const leanFrame = 2 * record.ExcerptSize

// lean is an observation without the bulk of its large answers.
func lean(o oracles.Observation) oracles.Observation {
	o.Seen = slices.Clone(o.Seen)
	for i := range o.Seen {
		o.Seen[i].Answers = slices.Clone(o.Seen[i].Answers)
		for k := range o.Seen[i].Answers {
			slim(&o.Seen[i].Answers[k])
		}
	}
	o.Strays = slices.Concat(o.Early, o.Strays)
	for i := range o.Strays {
		slim(&o.Strays[i].Answer)
	}
	o.Early, o.Strays = o.Strays[:len(o.Early):len(o.Early)], o.Strays[len(o.Early):]
	return o
}

func slim(a *oracles.Answer) {
	if len(a.Frame.Bytes) > leanFrame {
		a.Frame.Bytes, a.Reply.Body = slices.Clone(a.Frame.Bytes[:leanFrame]), nil
	}
}

// found judges an observation and keeps what the filter reports.
func (r *run) found(o oracles.Observation) []oracles.Finding {
	var kept []oracles.Finding
	for _, f := range oracles.Judge(r.judge, o) {
		if f, ok := r.Filter.Report(f); ok {
			kept = append(kept, f)
		}
	}
	return kept
}
