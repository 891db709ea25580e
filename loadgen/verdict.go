package loadgen

import (
	"fmt"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// Verdict is one word for how a server bears too much.
type Verdict struct {
	Name, Doc string
	// Fails: such a server does not pass, whatever is expected of it.
	Fails bool
	// fits reports whether the figures of a study are so.
	fits func(*study) bool
}

// Where the retention and the share of clear refusals draw the line.
const (
	goodRetention  = 0.9
	lostRetention  = 0.1
	mostlyRefusals = 0.95
)

// Verdicts returns all of them; the first that fits holds.
func Verdicts() []Verdict {
	return []Verdict{
		{"crashes", "It ended, or nobody listened any more.", true, func(s *study) bool { return s.crashed }},
		{"corrupts", "Answers were none, or those of other calls.", true, func(s *study) bool { return s.wrong > 0 }},
		{"generator-limited", "The load could not be sent as it should: what it bore stands, what more does to it is not known.", false, func(s *study) bool { return s.limited }},
		{"collapses", "At twice the knee less than a tenth of the highest goodput is left.", false, func(s *study) bool {
			return s.r.Retention != nil && *s.r.Retention < lostRetention
		}},
		{"queues", "At twice the knee less than nine tenths are left, and most of what is not served comes late or never.", false, func(s *study) bool {
			return s.r.Retention != nil && *s.r.Retention < goodRetention && s.waits() > 0.5
		}},
		{"sheds", "At twice the knee nine tenths at least are left, and nearly all of the rest is refused clearly.", false, func(s *study) bool {
			clean, _ := cleanShare(overloadOf(record.Load{Study: &s.r}))
			return s.r.Retention != nil && *s.r.Retention >= goodRetention && clean >= mostlyRefusals
		}},
	}
}

// waits is the share of the calls of the overload that were late or not answered in time,
// of those that were not served.
func (s *study) waits() float64 {
	l := overloadOf(record.Load{Study: &s.r})
	share, _ := shareOf(count(l, Late, Timeout), notServed(l))
	return share
}

// verdict is the word for the study, and its figures.
func (s *study) verdict() (word, why string) {
	for _, v := range Verdicts() {
		if v.fits(s) {
			word = v.Name
			break
		}
	}
	switch {
	case s.stop != "":
		return word, s.stop
	case s.wrong > 0:
		return word, fmt.Sprintf("%d wrong answers", s.wrong)
	case s.limited && s.r.Overload != nil:
		return word, fmt.Sprintf("at twice the knee, %s, %s", PerSecond.Format(s.r.Overload.Offered), s.r.Overload.Limited)
	case s.r.Retention == nil:
		return word, ""
	}
	clean, known := cleanShare(overloadOf(record.Load{Study: &s.r}))
	refused := "nothing to refuse"
	if known {
		refused = fmt.Sprintf("%.2f of the rest refused clearly, %.2f late or without an answer", clean, s.waits())
	}
	return word, fmt.Sprintf("at twice the knee %.2f of the highest goodput, %s", *s.r.Retention, refused)
}
