package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// maxWorst is how many of the worst texts are quoted.
const maxWorst = 3

// errorQuality says what a model can learn from the server's refusals, and quotes
// the texts from which it learns least.
func (p *printer) errorQuality(list []record.ErrorQuality) {
	var all record.ErrorQuality
	tried, corrected := 0, 0
	for _, q := range list {
		all.Refusals += q.Refusals
		all.Named += q.Named
		all.Expected += q.Expected
		all.Bounded += q.Bounded
		if q.Tried {
			tried++
		}
		if q.Turns > 0 {
			corrected++
		}
	}
	if all.Refusals == 0 {
		return
	}
	text := fmt.Sprintf("refusals: of %d, %d name the mistake, %d say what was expected, %d are short enough",
		all.Refusals, all.Named, all.Expected, all.Bounded)
	if tried > 0 {
		text += fmt.Sprintf("; they let a model correct itself with %d of %s", corrected, Count(tried, "tool"))
	}
	p.line("%s", text)
	for _, q := range worst(list) {
		p.line("  %s: %d of %d name it, %d say what was expected: %q", Line(cmp.Or(q.Tool, "unknown tools")),
			q.Named, q.Refusals, q.Expected, Line(q.Worst))
	}
}

// worst are the tools whose refusals tell least, those that tell enough left out.
func worst(list []record.ErrorQuality) []record.ErrorQuality {
	list = slices.DeleteFunc(slices.Clone(list), func(q record.ErrorQuality) bool {
		return q.Worst == "" || 4*(q.Named+q.Expected) >= 6*q.Refusals
	})
	share := func(q record.ErrorQuality) float64 { return float64(q.Named+q.Expected) / float64(q.Refusals) }
	slices.SortStableFunc(list, func(a, b record.ErrorQuality) int { return cmp.Compare(share(a), share(b)) })
	return list[:min(len(list), maxWorst)]
}
