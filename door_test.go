package mcpfuzz_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// door is the test binary of testdata/door, in whose servers there are faults.
// It is built without the fuzzer's instrumentation, which would have all of the
// standard library compiled once more.
type door struct{ binary, dir string }

func TestDoor(t *testing.T) {
	d := door{binary: filepath.Join(t.TempDir(), "door.test")}
	if out, err := exec.Command("go", slices.Concat([]string{"test", "-c", "-o", d.binary}, watched, []string{"./testdata/door"})...).CombinedOutput(); err != nil {
		t.Fatalf("build the test: %v\n%s", err, out)
	}
	t.Run("verdicts", d.verdicts)
	t.Run("a finding is printed as a scenario that replays", d.finding)
	t.Run("the fuzzer finds the panic, and the saved input shows its scenario", d.panic)
}

// run runs it in its own folder, as go test does, and returns what a user sees
// and whether it passed.
func (d door) run(t *testing.T, args ...string) (string, bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), d.binary, args...)
	cmd.Dir, cmd.Env = d.dir, append(os.Environ(), "DOOR_SCENARIOS="+d.scenarios())
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if _, failed := err.(*exec.ExitError); err != nil && !failed {
		t.Fatal(err)
	}
	return out.String(), err == nil
}

// scenarios is the folder that the door's replay tests play.
func (d door) scenarios() string { return filepath.Join(d.dir, "scenarios") }

// save makes a scenario the only one there.
func (d door) save(t *testing.T, text string) {
	t.Helper()
	if _, err := scenarios.Parse([]byte(text)); err != nil {
		t.Fatalf("what was printed is no scenario: %v\n%s", err, text)
	}
	if err := os.MkdirAll(d.scenarios(), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(d.scenarios(), "saved.txtar"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (d door) verdicts(t *testing.T) {
	d.dir = t.TempDir()
	for _, tc := range []struct {
		test  string
		pass  bool
		shows []string
	}{
		{"FuzzSound", true, nil},
		{"FuzzPanics", true, nil}, // the seeds alone do not come to it
		{"FuzzCareless", false, []string{"FuzzCareless/seed#", "high: a call of \"paint\" (omitted) was accepted", "TOOL-02", "received: {", `a guard like "values"`, "docs/hardening.md#values"}},
		{"FuzzFrames", false, []string{"name: made", "library/id-fraction"}},
		{"FuzzTarget", false, []string{"library/id-fraction"}},
		{"FuzzCommand", false, []string{"high: a call of \"paint\" (omitted) was accepted", "(H4, schema)"}},
		{"FuzzEmpty", false, []string{"no tool could be called"}},
		{"TestCheckSound", true, nil},
		{"TestCheckPanics", false, []string{"panic: runtime error: invalid memory address", "door_test.panics"}},
		{"TestCheckCareless", false, []string{"tested 1 of 1 tools, 0 of 0 prompts", "accepted-invalid/paint/"}},
		{"TestCheckEmpty", false, []string{"lists nothing that may be called"}},
		{"TestCheckSkipped", false, []string{"paint is not tested: left out by mcpfuzz.SkipTools"}},
		{"TestCheckUnknown", false, []string{`"T99" is neither a class nor a rule`}},
		{"TestCheckNone", false, []string{"want at least 1 case"}},
		{"TestReplaySound", false, []string{"no such file or directory"}},
	} {
		t.Run(tc.test, func(t *testing.T) {
			t.Parallel()
			out, pass := d.run(t, "-test.run=^"+tc.test+"$")
			if pass != tc.pass {
				t.Errorf("passed is %v, want %v:\n%s", pass, tc.pass, out)
			}
			for _, want := range tc.shows {
				if !strings.Contains(out, want) {
					t.Errorf("%q is not shown:\n%s", want, out)
				}
			}
			if tc.pass && strings.Contains(out, "mcpfuzz:") {
				t.Errorf("a test that passes says:\n%s", out)
			}
		})
	}
}

// indent is what go test puts before the lines of a message in a subtest.
const indent = "            "

func (d door) finding(t *testing.T) {
	d.dir = t.TempDir()
	out, _ := d.run(t, "-test.run=^FuzzCareless$")
	_, text, found := strings.Cut(out, "for Replay:\n")
	text, _, _ = strings.Cut(text, "\n    --- FAIL")
	if !found {
		t.Fatalf("no scenario is printed:\n%s", out)
	}
	d.save(t, strings.ReplaceAll("\n"+text, "\n"+indent, "\n")[1:])
	if out, pass := d.run(t, "-test.run=^TestReplaySound$"); !pass {
		t.Errorf("the sound server shows the finding:\n%s", out)
	}
	out, pass := d.run(t, "-test.run=^TestReplayCareless$")
	if pass || !strings.Contains(out, "TestReplayCareless/saved.txtar") || !strings.Contains(out, "accepted-invalid/paint/") {
		t.Errorf("the server does not show the finding again:\n%s", out)
	}
}

func (d door) panic(t *testing.T) {
	d.dir = t.TempDir()
	out, pass := d.run(t, "-test.run=^$", "-test.fuzz=^FuzzPanics$", "-test.fuzztime=200000x",
		"-test.fuzzcachedir="+filepath.Join(d.dir, "cache"))
	if pass {
		t.Fatalf("the panic was not found:\n%s", out)
	}
	named := regexp.MustCompile(`go test -run=(FuzzPanics/[0-9a-f]+)`).FindStringSubmatch(out)
	if named == nil {
		t.Fatalf("no failing input was written:\n%s", out)
	}
	input, err := os.ReadFile(filepath.Join(d.dir, "testdata", "fuzz", named[1]))
	if err != nil || !bytes.HasPrefix(input, []byte("go test fuzz v1\nstring(")) {
		t.Fatalf("the failing input is %q, %v", input, err)
	}

	out, pass = d.run(t, "-test.run="+named[1])
	sent, trace, found := strings.Cut(out, "\npanic: ")
	if pass || !found || !strings.Contains(trace, "door_test.panics") {
		t.Fatalf("the saved input shows no panic of the server:\n%s", out)
	}
	const head = "mcpfuzz: about to send\n"
	text := sent[strings.LastIndex(sent, head)+len(head):]
	if !strings.Contains(text, `call paint`) || !strings.Contains(text, `"violet"`) {
		t.Fatalf("the scenario does not name the value:\n%s", out)
	}

	d.save(t, text)
	if out, pass := d.run(t, "-test.run=^TestReplaySound$"); !pass {
		t.Errorf("the sound server fails the scenario:\n%s", out)
	}
	if out, pass := d.run(t, "-test.run=^TestReplayPanics$"); pass || !strings.Contains(out, "door_test.panics") {
		t.Errorf("the scenario does not show the panic:\n%s", out)
	}
}
