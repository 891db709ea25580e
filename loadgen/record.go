package loadgen

import (
	"cmp"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// Record is the result of a load of that configuration in the form in which it is saved
// and printed, but for the name of the target.
func (r *Result) Record(cfg Config) record.Load {
	l := record.Load{
		Version: record.Version, Protocol: cfg.Session.Revision.Name, Seed: cfg.Plan.Seed, Schedule: r.Digest,
		Offered: r.Offered, Achieved: r.Achieved, Prompts: r.Prompts, Calls: r.Calls(), Seconds: r.Took.Seconds(),
		Classes: classesOf(r.Classes), Outcomes: map[string]int64{},
		Response: r.Response.record(), Service: r.Service.record(), Lag: r.Lag.record(),
		Followed: r.Followed, FollowUps: r.FollowUps, Mistakes: r.mistakes(cfg.Plan.Traffic),
		Retried: r.Retried, Waited: r.Waited, Kept: r.Kept, Strays: r.Strays, Goroutines: r.Goroutines, Limited: r.Limited(), Problem: r.Problem,
	}
	if cfg.Plan.Pacer == nil {
		l.Agents = cfg.Agents
	}
	if cfg.Vegeta {
		l.Engine = "vegeta"
	}
	if cfg.Plan.Traffic != nil {
		l.Profile = cfg.Plan.Traffic.Profile
	}
	for word, n := range r.Outcomes {
		if n > 0 {
			l.Outcomes[oracles.Outcome(word).String()] = n
		}
	}
	for i, tool := range r.Tools {
		l.Tools = append(l.Tools, record.LoadTool{
			Name: r.ToolNames[i], Calls: tool.Calls(), OK: tool.Classes[OK] + tool.Classes[Denied],
			Classes: classesOf(tool.Classes), Response: tool.Response.record(),
		})
	}
	return l
}

// mistakes counts the calls by the mistakes of the traffic, in the order of their classes:
// none where there is no traffic.
func (r *Result) mistakes(t *Traffic) []record.Mistake {
	var list []record.Mistake
	for i, counts := range r.Kinds {
		if t == nil {
			break
		}
		k := t.kinds[i]
		m := record.Mistake{
			Class: k.class, Name: k.name, Want: k.want.String(),
			Refused: counts[oracles.Rejected], Accepted: counts[oracles.Accepted],
		}
		for word, n := range counts {
			if m.Calls += n; oracles.Outcome(word) == oracles.Unsent {
				m.Calls -= n
			}
		}
		m.Broke = m.Calls - m.Refused - m.Accepted
		if m.Calls > 0 {
			list = append(list, m)
		}
	}
	slices.SortStableFunc(list, func(a, b record.Mistake) int {
		return cmp.Or(cmp.Compare(order(a.Class), order(b.Class)), cmp.Compare(b.Want, a.Want))
	})
	return list
}

// order is the place of a class among all, -1 for right calls.
func order(class string) int {
	return slices.IndexFunc(generators.All(), func(g generators.Generator) bool { return g.ID == class })
}

// classesOf are the classes that calls ended in.
func classesOf(counts [classes]int64) []record.LoadClass {
	list := []record.LoadClass{}
	for _, row := range Classes() {
		if n := counts[row.Class]; n > 0 {
			list = append(list, record.LoadClass{Name: row.Name, Calls: n, Meaning: row.Doc})
		}
	}
	return list
}

func (t Times) record() record.Times { return record.NewTimes(t.Count(), t.Max(), t.At) }
