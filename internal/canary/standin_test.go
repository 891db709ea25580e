package canary_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/canary"
)

func TestMain(m *testing.M) {
	if code, is := canary.RanAsStandIn(); is {
		os.Exit(code)
	}
	if len(os.Args) > 1 && os.Args[1] == "fail" {
		if strings.Contains(os.Getenv("PATH"), "mcpfuzz-canary-") {
			os.Exit(8)
		}
		os.Exit(7)
	}
	os.Exit(m.Run())
}

// A stand-in is found before what it stands for, notes its arguments, and then succeeds
// or does what a program does.
func TestStandIns(t *testing.T) {
	y := plant(t)
	if got := y.Path("/bin"); y.StandsIn() || got != "/bin" {
		t.Errorf("the path is %q without a stand-in", got)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := y.StandIn("silent", ""); err != nil {
		t.Fatal(err)
	}
	if err := y.StandIn("failing", self); err != nil {
		t.Fatal(err)
	}
	w := y.Watch()
	defer w.Close()
	text, _ := w.Text("option")
	dir, rest, _ := strings.Cut(y.Path("/bin"), string(os.PathListSeparator))
	if rest != "/bin" || !y.StandsIn() {
		t.Errorf("behind the stand-ins stands %q", rest)
	}
	if out, err := exec.Command(filepath.Join(dir, "silent"), "a b", text).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v, %q", err, out)
	}
	if got := y.Unstarted(); !slices.Equal(got, []string{"failing"}) {
		t.Errorf("not started were %q", got)
	}
	failing := exec.Command(filepath.Join(dir, "failing"), "fail", "x"+text)
	failing.Env = append(os.Environ(), "PATH="+y.Path(os.Getenv("PATH")))
	err = failing.Run()
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 7 {
		t.Errorf("%v, want exit code 7", err)
	}
	if err := exec.Command(filepath.Join(dir, "silent"), "nothing").Run(); err != nil {
		t.Error(err)
	}
	want := [][]string{{"a b", text}, {"fail", "x" + text}}
	if got := w.Planted()[0].Started; len(got) != 2 || !slices.Equal(got[0], want[0]) || !slices.Equal(got[1], want[1]) {
		t.Errorf("started with %q, want %q", got, want)
	}
	for _, name := range []string{"", "a/b", "..", "stand-ins.json"} {
		if y.StandIn(name, "") == nil {
			t.Errorf("%q is taken for the name of a program", name)
		}
	}
}
