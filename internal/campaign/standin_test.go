package campaign_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// started starts a program as tools do that have one, and says whether it ran.
func started(program string, args ...string) (string, error) {
	if err := exec.Command(program, args...).Run(); err != nil {
		return "", errDenied
	}
	return "done", nil
}

// What is handed to a program is seen by what takes its place: a text that is an option,
// or becomes several arguments, and none that arrives as it should.
func TestProgramsAreGivenOneArgument(t *testing.T) {
	for name, tc := range map[string]struct {
		tool, parameter string
		args            func(text string) []string
		want            []string
	}{
		"as it is":                  {"log", "author", func(s string) []string { return []string{s} }, []string{"TOOL-17 high"}},
		"behind a subcommand":       {"log", "author", func(s string) []string { return []string{"log", s} }, []string{"TOOL-17 high"}},
		"split":                     {"log", "author", strings.Fields, []string{"TOOL-17 high"}},
		"split where words belong":  {"run", "command", strings.Fields, []string{"TOOL-17 low"}},
		"split behind the end":      {"log", "author", func(s string) []string { return append([]string{"--"}, strings.Fields(s)...) }, []string{"TOOL-17 low"}},
		"perhaps for a value":       {"log", "author", func(s string) []string { return []string{"--author", s} }, []string{"TOOL-17 low"}},
		"behind the end of options": {"log", "author", func(s string) []string { return []string{"log", "--", s} }, nil},
		"joined to an option":       {"log", "author", func(s string) []string { return []string{"--author=" + s} }, nil},
		"refused when an option":    {"log", "author", func(s string) []string { return []string{strings.TrimLeft(s, "-")} }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := config(nil, 1)
			cfg.Deadline = 5 * time.Second // or what a program costs is measured by twenty starts
			plant(t, &cfg)
			if err := cfg.Canaries.StandIn("history", ""); err != nil {
				t.Fatal(err)
			}
			program := filepath.Join(strings.TrimSuffix(cfg.Canaries.Path(""), string(os.PathListSeparator)), "history")
			cfg.Target = oneText(tc.tool, tc.parameter, "", func(_, text string) (string, error) { return started(program, tc.args(text)...) })
			cfg.Filter = campaign.Filter{Only: []string{"C10"}}
			if got := graver(t, cfg); !slices.Equal(got, tc.want) {
				t.Errorf("found %q, want %q", got, tc.want)
			}
		})
	}
}

// A line of a shell is broken out of by what closes its quotes.
func TestProgramsOfAShell(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the lines are those of sh")
	}
	for quote, want := range map[string][]string{`"`: {"TOOL-17 high"}, `'`: {"TOOL-17 high"}, "": {"TOOL-17 high"}} {
		cfg := config(nil, 1)
		cfg.Deadline = 5 * time.Second
		plant(t, &cfg)
		if err := cfg.Canaries.StandIn("history", ""); err != nil {
			t.Fatal(err)
		}
		path := "PATH=" + cfg.Canaries.Path(os.Getenv("PATH"))
		cfg.Target = oneText("log", "author", "", func(_, text string) (string, error) {
			if !strings.Contains(text, " --p") {
				return "nothing", nil // a line of a shell is given what was planted, and nothing else
			}
			cmd := exec.Command("sh", "-c", "env history log "+quote+text+quote)
			cmd.Env = append(os.Environ(), path)
			return "done", cmd.Run()
		})
		cfg.Filter = campaign.Filter{Only: []string{"C10"}}
		if got := graver(t, cfg); !slices.Equal(got, want) {
			t.Errorf("in %s: found %q, want %q", quote, got, want)
		}
	}
}

// Who was never started told nothing, and that is said.
func TestStandInsThatWereNotStarted(t *testing.T) {
	cfg := config(nil, 4)
	plant(t, &cfg)
	if err := cfg.Canaries.StandIn("history", ""); err != nil {
		t.Fatal(err)
	}
	cfg.Target = oneText("log", "author", "", func(_, _ string) (string, error) { return "nothing", nil })
	s, err := campaign.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(s.Inconclusive, func(i record.Inconclusive) bool { return i.What == "the stand-in for history" }) {
		t.Errorf("of what was not started nothing is said: %+v", s.Inconclusive)
	}
}
