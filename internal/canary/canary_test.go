package canary_test

import (
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/canary"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// plant plants in a folder of the test, which must be empty in the end.
func plant(t *testing.T) *canary.Yard {
	t.Helper()
	dir := t.TempDir()
	y, err := canary.Plant(dir, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := y.Close(); err != nil {
			t.Error(err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%v are left: %v", left, err)
		}
	})
	return y
}

// Each form that leads to files leads to what was planted, as whoever falls for it
// resolves it.
func TestFormsLeadToWhatWasPlanted(t *testing.T) {
	y := plant(t)
	root := y.Fill(canary.RootPlaceholder)
	whole := func(path string) string {
		if filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(root, path)
	}
	decode := strings.NewReplacer("%2e", ".", "%2f", "/").Replace
	as := map[string]func(string) string{
		"encoded": decode,
		"encoded-twice": func(s string) string {
			return decode(strings.ReplaceAll(s, "%25", "%"))
		},
		"doubled":               func(s string) string { return strings.ReplaceAll(s, "....//", "../") },
		"backslashes":           func(s string) string { return strings.ReplaceAll(s, `\`, "/") },
		"nul":                   func(s string) string { return s[:strings.IndexByte(s, 0)] },
		"file-address":          func(s string) string { return s[len("file://"):] },
		"file-address-climbing": func(s string) string { return s[len("file://"):] },
		"file-address-encoded":  func(s string) string { return decode(s[len("file://"):]) },
	}
	for _, form := range scenarios.CanaryForms() {
		if !form.Group.IsPath() {
			continue
		}
		t.Run(form.Name, func(t *testing.T) {
			w := y.Watch()
			defer w.Close()
			text, ok := w.Text(form.Name)
			if !ok {
				t.Fatal("nothing was planted")
			}
			if read := as[form.Name]; read != nil {
				text = read(text)
			}
			seen := w.Planted()[0]
			if strings.HasPrefix(form.Name, "fresh") {
				if err := os.WriteFile(whole(text), nil, 0o644); err != nil || w.Planted()[0].Changed == "" {
					t.Errorf("%v, and nothing is seen of a file that was made", err)
				}
				return
			}
			if strings.HasPrefix(form.Name, "folder") {
				if entries, err := os.ReadDir(whole(text)); err != nil || !slices.ContainsFunc(entries, func(e os.DirEntry) bool { return slices.Contains(seen.Secrets, e.Name()) }) {
					t.Errorf("the folder at %s holds %v: %v", text, entries, err)
				}
				return
			}
			b, err := os.ReadFile(whole(text))
			if err != nil || !slices.Contains(seen.Secrets, strings.TrimSpace(string(b))) || seen.Changed != "" {
				t.Errorf("at %s stands %q: %v; %+v", text, b, err, seen)
			}
		})
	}
}

func TestWhatIsSentTellsNoSecret(t *testing.T) {
	w := plant(t).Watch()
	defer w.Close()
	var sent []string
	for _, form := range scenarios.CanaryForms() {
		text, ok := w.Text(form.Name)
		if found, known := scenarios.CanaryOf(form.Name); !ok || !known || found.Doc != form.Doc || form.Doc == "" {
			t.Errorf("%s is not known", form.Name)
		}
		sent = append(sent, text)
	}
	for i, p := range w.Planted() {
		if !strings.Contains(sent[i], p.Word) {
			t.Errorf("%s: %q does not hold %s", p.Form.Name, sent[i], p.Word)
		}
		for _, secret := range p.Secrets {
			if secret == "" || strings.Contains(strings.Join(sent, " "), secret) {
				t.Errorf("%s: the secret %q is sent", p.Form.Name, secret)
			}
		}
	}
	if _, ok := w.Text("no-such-form"); ok {
		t.Error("a form that is none is planted")
	}
}

func TestChangesAreSeen(t *testing.T) {
	for what, change := range map[string]func(file string) error{
		"a file was changed":   func(file string) error { return os.WriteFile(file, []byte("x"), 0o644) },
		"a file was removed":   os.Remove,
		`"more" was made`:      func(file string) error { return os.Mkdir(filepath.Join(filepath.Dir(file), "more"), 0o755) },
		"":                     func(file string) error { _, err := os.ReadFile(file); return err },
		"a folder was changed": removeFolder,
	} {
		w := plant(t).Watch()
		defer w.Close()
		other := w.Planted()
		text, _ := w.Text("absolute")
		if _, ok := w.Text("sibling"); !ok || len(other) > 0 {
			t.Fatal("a second plot is not planted")
		}
		if err := change(text); err != nil {
			t.Fatal(err)
		}
		if seen := w.Planted(); seen[0].Changed != what || seen[1].Changed != "" {
			t.Errorf("%q and %q, want %q and nothing", seen[0].Changed, seen[1].Changed, what)
		}
	}
}

func removeFolder(file string) error {
	entries, err := os.ReadDir(filepath.Dir(file))
	for _, e := range entries {
		if e.IsDir() {
			err = errors.Join(err, os.Remove(filepath.Join(filepath.Dir(file), e.Name())))
		}
	}
	return err
}

// A call counts where it was expected and where an id climbed out of its place; not
// where that was escaped.
func TestCallsAreSeen(t *testing.T) {
	y := plant(t)
	api := y.Fill("{listener}") + "/api/items/"
	for _, tc := range []struct {
		form    string
		address func(text string) string
		called  bool
	}{
		{"loopback", func(s string) string { return s }, true},
		{"climbing-id", func(s string) string { return api + s }, true},
		{"climbing-id", func(s string) string { return api + strings.ReplaceAll(s, "/", "%2f") }, false},
		{"climbing-id", func(s string) string { return api + "7?of=" + s }, false},
		{"question-id", func(s string) string { return api + s }, true},
		{"question-id", func(s string) string { return api + url.PathEscape(s) }, false},
		{"question-id", func(s string) string { return api + "7?of=" + url.QueryEscape(s) }, false},
		{"ampersand-id", func(s string) string { return api + s }, false},
		{"ampersand-id", func(s string) string { return api + "7?of=" + s }, true},
		{"ampersand-id", func(s string) string { return api + "7?of=" + url.QueryEscape(s) }, false},
		{"loopback", func(string) string { return api }, false},
	} {
		w := y.Watch()
		defer w.Close()
		text, _ := w.Text(tc.form)
		response, err := http.Get(tc.address(text))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		seen := w.Planted()[0]
		told := slices.ContainsFunc(seen.Secrets, func(s string) bool { return strings.Contains(string(body), s) })
		if err != nil || seen.Called != tc.called || told != tc.called {
			t.Errorf("%s: called %v, told %v, want %v: %v", tc.address(text), seen.Called, told, tc.called, err)
		}
	}
}

// Words are found in addresses, and in what is sent to them.
func TestWordsAreSeen(t *testing.T) {
	y := plant(t)
	for _, tc := range []struct {
		path, body    string
		asked, passed bool
	}{
		{"/api/items/", "", false, false},
		{"/api/items/WORD", "", true, false},
		{"/api/items?of=WORD", "", true, false},
		{"/api/items", `{"of": "WORD"}`, false, true},
	} {
		w := y.Watch()
		defer w.Close()
		word, _ := w.Text("word")
		fill := strings.NewReplacer("WORD", word).Replace
		response, err := http.Post(y.Fill(canary.ListenerPlaceholder)+fill(tc.path), "application/json", strings.NewReader(fill(tc.body)))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if p := w.Planted()[0]; p.Asked != tc.asked || p.Passed != tc.passed || p.Called {
			t.Errorf("%s %s: %+v", tc.path, tc.body, p)
		}
	}
}

func TestPlantingNeedsAFolder(t *testing.T) {
	if y, err := canary.Plant(filepath.Join(t.TempDir(), "none"), rand.Reader); err == nil {
		y.Close()
		t.Error("it is planted in a folder that is not there")
	}
	if y, err := canary.Plant(t.TempDir(), strings.NewReader("few")); err == nil {
		y.Close()
		t.Error("what is planted can be guessed")
	}
}
