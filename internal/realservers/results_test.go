//go:build realservers

package realservers

import (
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// updateVar names a folder: the test then writes results instead of comparing
// with them, and each run's files to that folder. What is new must be looked at
// there, and its row filled in by hand.
const updateVar = "MCPFUZZ_UPDATE"

// result is what is published of one server. No finding is described: each is
// counted.
type result struct {
	Server       string                `json:"server"`
	Version      string                `json:"version"`
	Command      string                `json:"command"`
	Protocol     string                `json:"protocol"`
	Seed         uint64                `json:"seed"`
	Cases        int                   `json:"cases"`
	Calls        int                   `json:"calls"`
	Outcomes     map[string]int        `json:"outcomes"`
	ToolsTested  int                   `json:"tools_tested"`
	ToolsListed  int                   `json:"tools_listed"`
	Skipped      []record.Skip         `json:"skipped"`
	Inconclusive []record.Inconclusive `json:"inconclusive"`
	// Findings are those that showed each time, Flaky those that did not.
	Findings []count `json:"findings"`
	Flaky    []count `json:"flaky"`
}

// count is how many findings of a rule and a severity there are, how many of them
// were looked at by hand, and what they proved to be.
type count struct {
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	Count    int    `json:"count"`
	LookedAt int    `json:"looked_at"`
	True     int    `json:"true"`
	False    int    `json:"false"`
}

func (s server) resultFile() string {
	return filepath.Join("..", "..", "results", "real-servers", s.id+".json")
}

func (s server) readResult(t *testing.T) result {
	t.Helper()
	var r result
	b, err := os.ReadFile(s.resultFile())
	if errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("nothing that it shows was looked at yet; run this test with %s set to a folder, look at each finding there and fill in %s",
			updateVar, s.resultFile())
	}
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// publish writes what a run found. What was looked at stands where the number
// is still the same.
func (s server) publish(t *testing.T, sum record.Summary) {
	t.Helper()
	var old result
	if b, err := os.ReadFile(s.resultFile()); err == nil {
		if err := json.Unmarshal(b, &old); err != nil {
			t.Fatal(err)
		}
	}
	r := result{
		Server: s.id, Version: s.version, Command: s.published(sum.Cases), Protocol: sum.Protocol, Seed: sum.Seed,
		Cases: sum.Cases, Calls: sum.Calls, Outcomes: sum.Outcomes, ToolsTested: len(sum.Tested.Tools),
		ToolsListed: sum.Tested.ToolsListed, Skipped: sum.Skipped, Inconclusive: sum.Inconclusive,
		Findings: keep(old.Findings, counted(sum, func(f record.Finding) bool { return f.Counts() && !f.IsAdvice() })),
		Flaky:    keep(old.Flaky, counted(sum, func(f record.Finding) bool { return f.Confirmed == record.Flaky })),
	}
	b, err := json.MarshalIndent(r, "", "  ")
	if err == nil {
		err = os.WriteFile(s.resultFile(), append(b, '\n'), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// keep takes over the rows whose number is still the same.
func keep(old, list []count) []count {
	for i, c := range list {
		j := slices.IndexFunc(old, func(o count) bool {
			return o.Rule == c.Rule && o.Severity == c.Severity && o.Count == c.Count
		})
		if j >= 0 {
			list[i] = old[j]
		}
	}
	return list
}

// counted counts the findings of a run of one kind, worst first.
func counted(sum record.Summary, of func(record.Finding) bool) []count {
	list := []count{}
	for _, f := range sum.Findings {
		if !of(f) {
			continue
		}
		i := slices.IndexFunc(list, func(c count) bool { return c.Rule == ruleOf(f) && c.Severity == f.Severity })
		if i < 0 {
			list = append(list, count{Rule: ruleOf(f), Severity: f.Severity})
			i = len(list) - 1
		}
		list[i].Count++
	}
	slices.SortFunc(list, func(a, b count) int {
		x, _ := oracles.ParseSeverity(a.Severity)
		y, _ := oracles.ParseSeverity(b.Severity)
		return cmp.Or(cmp.Compare(y, x), cmp.Compare(a.Rule, b.Rule))
	})
	return list
}

// ruleOf is the narrower id of the rule that a finding is of.
func ruleOf(f record.Finding) string { return cmp.Or(f.Spec, f.Rule) }
