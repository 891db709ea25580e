//go:build realservers

package realservers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/loadgen"
)

// loaded are the servers that a load is sent to, and the tools of each that it calls: such as
// cost about the same each time.
func loaded() []loadedServer {
	return []loadedServer{
		{"everything-http", "echo,get-sum"},
		{"gosdk-everything-http", "greet"},
		{"filesystem", "read_text_file"},
	}
}

type loadedServer struct{ id, tools string }

// loadTime bounds what is sent to a server. With answers that are due after loadDeadline levels
// last for 4 seconds; about 40 come to less than 3 minutes where it is calm again soon after each.
const (
	loadTime     = 5 * time.Minute
	loadDeadline = 200 * time.Millisecond
)

// What becomes of a load on a real server depends on the machine, and is compared with nothing:
// the report must hold together. With updateVar set it is published.
func TestLoadOfRealServers(t *testing.T) {
	if testing.Short() {
		t.Skip("not part of the short form; .ci/full plays all")
	}
	tool, at := build(t), cache(t)
	for _, l := range loaded() {
		all := servers()
		s := all[slices.IndexFunc(all, func(s server) bool { return s.id == l.id })]
		t.Run(s.id, func(t *testing.T) {
			args := s.loadFlags(l.tools)
			got := s.load(t, tool, s.source(t, at, s.version), args)
			holdsTogether(t, got)
			t.Logf("%d calls; %q: %s", got.Calls, got.Study.Verdict, got.Study.Why)
			if os.Getenv(updateVar) != "" {
				s.publishLoad(t, tool, got, args)
			}
		})
	}
}

// loadFlags are the arguments of the tool that send a load to a server.
func (s server) loadFlags(tools string) []string {
	args := []string{"load", "--wait", "1m", "--tool", tools, "--rate", "20", "--for", "10s", "--deadline", loadDeadline.String(), "--ladder", "--knee", "--burst", "10"}
	for _, e := range s.env {
		args = append(args, "--env", e)
	}
	if s.url != "" {
		args = append(args, "--url", s.url)
	}
	return append(append(args, "--"), s.command...)
}

// load runs the tool and returns what it prints. One that takes too long is interrupted, upon
// which it tells what there is by then.
func (s server) load(t *testing.T, tool, bin string, args []string) (l record.Load) {
	t.Helper()
	scratch := newScratch(t, s.id+".load")
	argv := s.apart(t, slices.Insert(append([]string{tool}, scratch.fill(args, bin)...), 2, "--format", "json"))
	ctx, cancel := context.WithTimeout(t.Context(), loadTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	cmd.Dir, cmd.Env = scratch.root, scratch.environment()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	var ended *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &ended) {
		t.Fatalf("%v: %v\n%s", argv, err, &errs)
	}
	if err := json.Unmarshal(out.Bytes(), &l); err != nil {
		t.Fatalf("the tool printed no report: %v\n%s", err, &errs)
	}
	return l
}

// holdsTogether holds the figures of a load to each other.
func holdsTogether(t *testing.T, l record.Load) {
	t.Helper()
	sum := func(classes []record.LoadClass) (n int64) {
		for _, c := range classes {
			n += c.Calls
		}
		return n
	}
	if l.Calls < 190 || sum(l.Classes) != l.Calls || math.Abs(l.Offered-20) > 0.5 || l.Achieved <= 0 {
		t.Errorf("%d calls, %d in classes, %v/s offered, %v/s achieved; want 200 and 20", l.Calls, sum(l.Classes), l.Offered, l.Achieved)
	}
	if l.Study == nil || len(l.Study.Ladder) == 0 || l.Study.Why == "" {
		t.Fatalf("the study is %+v", l.Study)
	}
	s := *l.Study
	for _, level := range slices.Concat(s.Ladder, s.Levels) {
		if sum(level.Classes) != level.Calls || level.Yield < 0 || level.Yield > 1 || level.Goodput > level.Answered {
			t.Errorf("a level does not hold together: %+v", level)
		}
	}
	if k := s.Knee; k != nil && k.Not > 0 && (k.Borne >= k.Not || k.Borne/k.Not < 0.95) {
		t.Errorf("the knee is from %v/s to %v/s", k.Borne, k.Not)
	}
	known := func(v loadgen.Verdict) bool { return v.Name == s.Verdict }
	if s.Verdict != "" && !slices.ContainsFunc(loadgen.Verdicts(), known) {
		t.Errorf("there is no verdict %q", s.Verdict)
	}
	if b := l.Burst; b != nil && (b.Together > b.Times || b.Peak > b.Size || sum(b.Classes) != int64(b.Times*b.Size)) {
		t.Errorf("the bursts are %+v", b)
	}
}

// publishLoad writes what a load came to, and what it looks like for people.
func (s server) publishLoad(t *testing.T, tool string, l record.Load, args []string) {
	t.Helper()
	l.Target = s.id + " " + s.version // not where it was installed
	at := filepath.Join("..", "..", "results", "load", s.id)
	if err := record.Save(at+".json", l); err != nil {
		t.Fatal(err)
	}
	table, err := exec.Command(tool, "report", at+".json").Output()
	if err != nil {
		t.Fatal(err)
	}
	command := strings.ReplaceAll(strings.Join(append([]string{"mcpfuzz"}, args...), " "), "$B/", "")
	text := fmt.Sprintf("# %s %s under load\n\n    %s\n\n%s, %d CPUs of %s/%s, the server and its load on the same.\n\n%s\n\n```\n%s```\n",
		s.id, s.version, command, time.Now().UTC().Format(time.DateOnly), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, reading(l), trimmed(table))
	if err := os.WriteFile(at+".md", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// reading is what the figures of a load say, in sentences.
func reading(l record.Load) string {
	s := l.Study
	text := fmt.Sprintf("In closed loop it answers at most %.0f calls a second, for which %.1f in parallel would do.", s.Capacity, s.Parallel)
	if k := s.Knee; k != nil {
		beyond := ", the most that was tried and sent as it should"
		if k.Not > 0 {
			beyond = fmt.Sprintf(", and not at %.0f", k.Not)
		}
		text += fmt.Sprintf("\nIn open loop it serves 95 %% within %v at %.0f a second%s.", loadDeadline, k.Borne, beyond)
	}
	told := s.Retention != nil && s.Overload.Limited == "" // else it tells of the generator
	if told {
		text += fmt.Sprintf("\nAt twice that %.0f %% of its highest goodput is left.", 100**s.Retention)
	}
	for _, x := range s.Isolation {
		if !told {
			break
		}
		text += fmt.Sprintf("\nMeanwhile another client on %s session has an isolation of %.2f (1 is untouched).", x.Session, x.Index)
	}
	if b := l.Burst; b != nil {
		text += fmt.Sprintf("\nOf ten calls at once the first is answered after %.1f ms, the last after %.1f ms.", b.First.Median, b.Last.Median)
	}
	if s.Verdict == "" {
		return text + "\nNo verdict: " + s.Why + "."
	}
	return text + fmt.Sprintf("\nVerdict: %s, %s.", s.Verdict, s.Why)
}

// trimmed is a text without spaces at the ends of its lines.
func trimmed(text []byte) string {
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}
