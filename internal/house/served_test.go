package house_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// realServers is the one folder that knows what real servers are called.
const realServers = "internal/realservers"

// served are the names of the packages that hold those servers, and of what they are
// made with.
func served(t *testing.T, root fs.FS) []string {
	t.Helper()
	names := []string{"go-sdk/examples/", "mcp-go/examples/"}
	lists, err := fs.Glob(root, realServers+"/npm/*/package.json")
	if err != nil || len(lists) == 0 {
		t.Fatalf("%d lists of packages: %v", len(lists), err)
	}
	for _, list := range lists {
		var l struct{ Dependencies map[string]string }
		b, err := fs.ReadFile(root, list)
		if err == nil {
			err = json.Unmarshal(b, &l)
		}
		if err != nil {
			t.Fatal(err)
		}
		for name, version := range l.Dependencies {
			if released, ok := strings.CutPrefix(version, "npm:"); ok {
				name = released[:strings.LastIndex(released, "@")]
			}
			if !strings.HasPrefix(name, "ajv") { // no server
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// What is found on a server is found by what every server is dealt: neither our code nor a
// scenario knows one by its name.
func TestNoServerIsKnownByItsName(t *testing.T) {
	root := os.DirFS("../..")
	names, read := served(t, root), 0
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (path == realServers || path == ".git" || path == "results"):
			return fs.SkipDir
		case !slices.Contains([]string{".go", ".txtar"}, filepath.Ext(path)) || path == "internal/house/served_test.go":
			return nil
		}
		read++
		text, err := fs.ReadFile(root, path)
		for _, name := range names {
			if bytes.Contains(text, []byte(name)) {
				t.Errorf("%s knows %s", path, name)
			}
		}
		return err
	})
	if err != nil || read < 100 {
		t.Errorf("%d files are read: %v", read, err)
	}
}
