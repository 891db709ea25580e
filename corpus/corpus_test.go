package corpus_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/corpus"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

const sound = "-- scenario --\nformat: mcpfuzz/1\nname: x\n-- steps --\ncall x\n"

// folder makes files, by their paths.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLoadInOrder(t *testing.T) {
	dir := folder(t, map[string]string{
		"b.txtar": sound, "a.txtar": sound, "deep/er/c.txtar": sound, "A.txtar": sound, "deep/a.txtar": sound,
		"notes.txt": "not a scenario", "a.txtar.new": "a torn draft", "README": "", "other.case": sound,
	})
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, tc := range []struct{ paths, want []string }{
		{[]string{dir}, []string{"A.txtar", "a.txtar", "b.txtar", "deep/a.txtar", "deep/er/c.txtar"}},
		{[]string{at("deep"), at("b.txtar")}, []string{"deep/a.txtar", "deep/er/c.txtar", "b.txtar"}},
		{[]string{at("other.case")}, []string{"other.case"}},
		{nil, nil},
	} {
		entries, err := corpus.Load(tc.paths...)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range entries {
			rel, _ := filepath.Rel(dir, e.Path)
			got = append(got, rel)
			if len(e.Case.Steps) != 1 {
				t.Errorf("%s: %+v", rel, e.Case)
			}
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%v: %v, want %v", tc.paths, got, tc.want)
		}
	}
}

func TestLoadErrorsSayWhere(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"line":       {"Why.\n\n-- scenario --\nformat: mcpfuzz/1\nname: x\n-- steps --\ncall x\ncal y\n", `bad.txtar:8: "cal" is no step; did you mean "call"?`},
		"no section": {"hello\n", `bad.txtar: the section "-- scenario --" is missing`},
		"newer":      {strings.Replace(sound, "mcpfuzz/1", "mcpfuzz/9", 1), "bad.txtar:2: format: mcpfuzz/9 is newer than this program reads"},
		"no steps":   {"-- scenario --\nformat: mcpfuzz/1\nname: x\n-- steps --\n", "bad.txtar: there are no steps"},
		"too large":  {sound + strings.Repeat("# long\n", 2<<20), "bad.txtar: larger than 8388608 bytes"},
	} {
		dir := folder(t, map[string]string{"a.txtar": sound, "sub/bad.txtar": tc.text})
		_, err := corpus.Load(dir)
		if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), dir) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
	nowhere := filepath.Join(t.TempDir(), "nowhere")
	if _, err := corpus.Load(nowhere); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), nowhere) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

// found is a case that showed a fault.
func found(signature string, steps ...string) scenarios.Case {
	c := scenarios.Case{Name: "case-000001", Finding: &scenarios.Mark{Signature: signature, Step: "1"}}
	for _, tool := range steps {
		c.Steps = append(c.Steps, scenarios.Call{Tool: tool})
	}
	return c
}

func TestStoreKeepsOneCaseOfASignature(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "when", "needed")
	s := corpus.NewStore(dir)
	if entries, _ := os.ReadDir(dir); entries != nil {
		t.Error("the folder is made before it is needed")
	}
	first, err := s.Add(found("crash/read_file/oversized", "a", "b"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.Add(found("crash/read_file/oversized", "a"))
	if err != nil || second != first || filepath.Base(first) != "crash-read-file-oversized.txtar" {
		t.Fatalf("%s, then %s, %v", first, second, err)
	}
	// Another store on the folder, as a later run has.
	if again, err := corpus.NewStore(dir).Add(found("crash/read_file/oversized", "c")); err != nil || again != first {
		t.Fatalf("%s, %v", again, err)
	}
	entries, err := corpus.Load(dir)
	if err != nil || len(entries) != 1 || entries[0].Case.Steps[0].(scenarios.Call).Tool != "c" || entries[0].Case.Name != "crash-read-file-oversized" {
		t.Errorf("%+v, %v", entries, err)
	}
}

// Names that only look the same are kept apart, and each finds its own again.
func TestStoreKeepsApartWhatIsNotTheSame(t *testing.T) {
	dir := t.TempDir()
	s := corpus.NewStore(dir)
	long := strings.Repeat("very-long-", 30)
	signatures := []string{
		"crash/a_b", "crash/a-b", "crash/a/b", "CRASH/a b", "", "///", "été", long + "1", long + "2", "../../etc/passwd", ".hidden", "con\x00trol", "crash/a_b/",
	}
	paths := map[string]string{}
	for range 2 {
		for _, signature := range signatures {
			path, err := s.Add(found(signature, "t"))
			if err != nil {
				t.Fatalf("%q: %v", signature, err)
			}
			if had, has := paths[signature]; has && had != path {
				t.Errorf("%q: %s, then %s", signature, had, path)
			}
			paths[signature] = path
			if rel, err := filepath.Rel(dir, path); err != nil || filepath.Base(rel) != rel || strings.HasPrefix(rel, ".") {
				t.Errorf("%q: leaves the folder, or hides: %s", signature, path)
			}
		}
	}
	entries, err := corpus.Load(dir)
	if err != nil || len(entries) != len(signatures) {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	for _, e := range entries {
		if paths[e.Case.Finding.Signature] != e.Path || e.Case.Name+".txtar" != filepath.Base(e.Path) {
			t.Errorf("%s holds %q under the name %s", e.Path, e.Case.Finding.Signature, e.Case.Name)
		}
	}
}

// What is in the way and no case of the signature is not overwritten.
func TestStoreOverwritesNothingElse(t *testing.T) {
	files := map[string]string{"crash-t.txtar": "half written by hand", "crash-t-2.txtar": sound}
	dir := folder(t, files)
	path, err := corpus.NewStore(dir).Add(found("crash/t", "t"))
	if err != nil || filepath.Base(path) != "crash-t-3.txtar" {
		t.Errorf("%s, %v", path, err)
	}
	for name, text := range files {
		if data, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(data) != text {
			t.Errorf("%s now holds %q, %v", name, data, err)
		}
	}
}

func TestStoreRefuses(t *testing.T) {
	dir := t.TempDir()
	if _, err := corpus.NewStore(dir).Add(scenarios.Case{Name: "x", Steps: []scenarios.Step{scenarios.Open{}}}); err == nil {
		t.Error("a case without a finding is saved")
	}
	if _, err := corpus.NewStore(dir).Add(found("crash")); err == nil || !strings.Contains(err.Error(), "no steps") {
		t.Errorf("a case without steps: %v", err)
	}
	file := filepath.Join(folder(t, map[string]string{"file": ""}), "file")
	if _, err := corpus.NewStore(file).Add(found("crash", "t")); err == nil || !strings.HasPrefix(err.Error(), "save a case: ") {
		t.Errorf("a folder that is a file: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("%v is left behind", left)
	}
}

func TestStoreServesSeveral(t *testing.T) {
	dir := t.TempDir()
	s := corpus.NewStore(dir)
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := range 10 {
				if _, err := s.Add(found(fmt.Sprintf("crash/%d", i), fmt.Sprintf("t%d", worker))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if entries, err := corpus.Load(dir); err != nil || len(entries) != 10 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}
