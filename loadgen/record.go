package loadgen

import (
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
		Retried: r.Retried, Waited: r.Waited, Kept: r.Kept, Strays: r.Strays, Limited: r.Limited(), Problem: r.Problem,
	}
	if cfg.Plan.Pacer == nil {
		l.Agents = cfg.Agents
	}
	for word, n := range r.Outcomes {
		if n > 0 {
			l.Outcomes[oracles.Outcome(word).String()] = n
		}
	}
	for i, tool := range r.Tools {
		l.Tools = append(l.Tools, record.LoadTool{
			Name: r.ToolNames[i], Calls: tool.Calls(), OK: tool.Classes[OK],
			Classes: classesOf(tool.Classes), Response: tool.Response.record(),
		})
	}
	return l
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
