package campaign

import (
	"context"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// refusal is a graded refusal of a call of a tool, "" for names that none has.
type refusal struct {
	tool string
	oracles.Quality
}

// refusals are those of an observation.
func (r *run) refusals(o oracles.Observation) []refusal {
	var list []refusal
	for _, s := range o.Seen {
		q, graded := oracles.QualityOf(r.judge, o, s)
		if !graded {
			continue
		}
		q.Text = r.Redact.String(q.Text[:min(len(q.Text), maxWorst)])
		tool := ""
		if call, ok := s.Sent.(scenarios.Call); ok && !q.Unlisted {
			tool = call.Tool
		}
		list = append(list, refusal{tool, q})
	}
	return list
}

// maxWorst is how much of the worst text is quoted.
const maxWorst = 200

// grade adds refusals to what is known of their tools.
func (c *collector) grade(list []refusal) {
	for _, r := range list {
		q := c.qualityOf(r.tool)
		q.Refusals++
		q.Named += count(r.Named)
		q.Expected += count(r.Expected)
		q.Bounded += count(r.Bounded)
		if score := count(r.Named) + count(r.Expected) + count(r.Bounded); score < c.least[r.tool] {
			c.least[r.tool], q.Worst = score, r.Text
		}
	}
}

// perfect is the score of a refusal that tells enough.
const perfect = 3

func (c *collector) qualityOf(tool string) *record.ErrorQuality {
	if c.quality[tool] == nil {
		c.quality[tool], c.least[tool] = &record.ErrorQuality{Tool: tool}, perfect
	}
	return c.quality[tool]
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

// errorQuality is what was graded, by tool.
func (c *collector) errorQuality() []record.ErrorQuality {
	list := []record.ErrorQuality{}
	for _, tool := range keysOf(c.quality) {
		list = append(list, *c.quality[tool])
	}
	return list
}

// What a model that corrects itself starts with, and when it gives up: most give up
// after fewer failures in a row (Toolathlon and MCPMark trajectories).
const (
	loopMistakes = 3
	loopTurns    = 5
)

// converse plays, for each tool that may be called, a model that makes several
// mistakes in one call and amends one after each refusal, as its text says.
func (c *collector) converse(ctx context.Context) {
	if len(c.Filter.Only) > 0 {
		return
	}
	p := &player{run: c.run}
	defer p.close()
	for _, tool := range c.learned.catalog.Tools() {
		if !c.asked[scenarios.FeatureTool][tool.Name] || ctx.Err() != nil {
			continue
		}
		args, mistakes := generators.Mistaken(generators.NewSubject(c.learned.catalog, tool), loopMistakes)
		if len(mistakes) == 0 {
			continue
		}
		if turns, ok := p.amend(ctx, tool.Name, args, mistakes); ok {
			q := c.qualityOf(tool.Name)
			q.Turns, q.Tried = turns, true
		}
	}
}

// amend is one such conversation: how many turns it took, 0 where the texts do not
// tell what to amend. It is false where it tells nothing of the texts.
func (p *player) amend(ctx context.Context, tool string, args scenarios.Value, left []generators.Mistake) (turns int, ok bool) {
	for turn := 1; turn <= loopTurns; turn++ {
		c := scenarios.Case{Name: "correcting", Steps: []scenarios.Step{scenarios.Call{Tool: tool, Args: args}}}
		o, err := p.play(ctx, c, p.eras[0].revision, noOvertime)
		if err != nil || len(o.Seen) == 0 {
			return 0, false
		}
		seen := o.Seen[0]
		switch out := oracles.OutcomeOf(o, seen); {
		case out == oracles.Accepted || len(left) == 0:
			return turn, len(left) == 0 // what is accepted with mistakes says nothing of texts
		case out != oracles.Rejected || seen.TurnedAway():
			return 0, false
		}
		i := nextToAmend(oracles.TextOf(seen), left)
		if i < 0 {
			return 0, true
		}
		args = args.With(left[i].Pointer, left[i].Right)
		left = slices.Delete(slices.Clone(left), i, i+1)
	}
	return 0, true
}

// nextToAmend is the mistake that a text names first, or -1.
func nextToAmend(text string, left []generators.Mistake) int {
	var names []string
	for _, m := range left {
		names = append(names, oracles.ParameterAt(m.Pointer))
	}
	told := oracles.Amends(text, names)
	if len(told) == 0 {
		return -1
	}
	return slices.Index(names, told[0])
}
