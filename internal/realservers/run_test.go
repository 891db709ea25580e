//go:build realservers

package realservers

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// How many cases each server stands, and in the short form.
const (
	cases      = 1000
	shortCases = 200
)

// Every finding on these servers was looked at by hand. One of another rule or
// severity is either a false alarm or news, and both must be looked at.
func TestRealServersShowNothingThatWasNotLookedAt(t *testing.T) {
	tool, at := build(t), cache(t)
	for _, s := range servers() {
		t.Run(s.id, func(t *testing.T) {
			if testing.Short() && !s.short {
				t.Skip("not part of the short form; .ci/full plays all")
			}
			if os.Getenv(updateVar) != "" {
				sum := s.run(t, tool, s.source(t, at, s.version), atLength()...)
				if sum.Stopped != "" {
					t.Errorf("%d cases: %s", sum.Cases, sum.Stopped)
				}
				s.publish(t, sum)
				return
			}
			published := s.readResult(t)
			sum := s.run(t, tool, s.source(t, at, s.version))
			t.Logf("%d cases, %d findings; stopped early: %q", sum.Cases, len(sum.Findings), sum.Stopped)
			s.compare(t, published, sum)
		})
	}
}

// build builds the tool.
func build(t *testing.T) string {
	t.Helper()
	tool := filepath.Join(t.TempDir(), "mcpfuzz")
	if out, err := exec.Command("go", "build", "-o", tool, "../../cmd/mcpfuzz").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return tool
}

// run runs the tool on a server in a scratch folder of its own.
func (s server) run(t *testing.T, tool, bin string, further ...string) record.Summary {
	t.Helper()
	n := cases
	if testing.Short() {
		n = shortCases
	}
	scratch := newScratch(t, s.id+".run")
	args := slices.Concat([]string{tool}, scratch.fill(s.flags(n, further...), bin))
	return scratch.play(t, s.apart(t, slices.Insert(args, 2, "--format", "json", "--out", scratch.out)))
}

// play runs a command line of the tool and returns the summary that it prints.
func (s scratch) play(t *testing.T, args []string) record.Summary {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Dir, cmd.Env = s.root, s.environment()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, &errs)
	}
	var sum record.Summary
	if err := json.Unmarshal(out.Bytes(), &sum); err != nil {
		t.Fatalf("the tool printed no summary: %v\n%s", err, &errs)
	}
	return sum
}

// compare holds a run to the published results, all of which must have been
// looked at and found true.
func (s server) compare(t *testing.T, published result, sum record.Summary) {
	t.Helper()
	if sum.Calls == 0 {
		t.Error("nothing was tested: " + sum.Stopped)
	}
	if published.Version != s.version {
		t.Errorf("the results are of version %s, want %s", published.Version, s.version)
	}
	looked := slices.Concat(published.Findings, published.Flaky)
	for _, c := range looked {
		if c.LookedAt != c.Count || c.True != c.Count || c.False != 0 {
			t.Errorf("%s %s: %d findings, %d looked at, %d true, %d false; all must be looked at and true",
				c.Rule, c.Severity, c.Count, c.LookedAt, c.True, c.False)
		}
	}
	for _, f := range sum.Findings {
		known := slices.ContainsFunc(looked, func(c count) bool { return c.Rule == ruleOf(f) && c.Severity == f.Severity })
		if f.Counts() && !f.IsAdvice() && !known {
			t.Errorf("a finding of a rule and severity that was not looked at: %s %s %s: %s\nsent %.500s\nreceived %.500s",
				f.Severity, ruleOf(f), f.Signature, f.Message, f.Sent, f.Received)
		}
	}
}
