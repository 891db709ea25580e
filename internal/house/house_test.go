package house_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// module is our module; packages are named below without it, the root as ".".
const module = "github.com/mcpfuzz/mcpfuzz"

// rows are the packages in the order of the house: a package may import those
// that its row names, and no other of ours.
var rows = []struct {
	name string
	ours []string
}{
	{"scenarios", nil},
	{"transport", nil},
	{"internal/identity", nil},
	{"internal/protocol", []string{"scenarios", "transport", "internal/identity"}},
	{"generators", []string{"scenarios"}},
	{"oracles", []string{"scenarios", "transport", "internal/protocol", "internal/identity"}},
	{"corpus", []string{"scenarios"}},
	{"internal/execute", []string{"scenarios", "transport", "internal/protocol", "internal/identity", "oracles"}},
	{"internal/record", []string{"scenarios", "oracles"}},
	{"internal/canary", []string{"scenarios"}},
	{"internal/campaign", append([]string{"internal/canary"}, vocabulary...)},
	{"internal/limits", vocabulary},
	{"loadgen", vocabulary},
	{"internal/report", []string{"oracles", "internal/record"}},
	{"internal/refserver", nil},
	{"internal/made", nil},
	{"internal/realservers", nil},
	{"internal/bench", append([]string{"loadgen", "internal/refserver", "internal/made"}, vocabulary...)},
	{".", append([]string{"internal/campaign", "internal/canary"}, vocabulary...)},
	{"cmd/mcpfuzz", append([]string{"internal/campaign", "internal/canary", "internal/limits", "loadgen", "internal/report", "internal/refserver", "internal/made"}, vocabulary...)},
}

// vocabulary is what the loops are built on.
var vocabulary = []string{
	"scenarios", "transport", "internal/identity", "internal/protocol", "generators", "oracles", "corpus", "internal/execute", "internal/record",
}

// guests are the modules of others, and who may let them in.
var guests = map[string][]string{
	"github.com/HdrHistogram/hdrhistogram-go": {"loadgen", "internal/bench"},
	"github.com/dlclark/regexp2":              {"scenarios"},
	"github.com/leanovate/gopter":             {"generators", "."},
	"github.com/modelcontextprotocol/go-sdk":  {"transport", "internal/refserver", "internal/made", "internal/bench", "."},
	"github.com/olekukonko/tablewriter":       {"internal/report"},
	"github.com/santhosh-tekuri/jsonschema":   {"scenarios"},
	"github.com/shirou/gopsutil":              {"transport"},
	"github.com/spf13/cobra":                  {"cmd/mcpfuzz"},
	"github.com/spf13/pflag":                  {"cmd/mcpfuzz"},
	"github.com/tsenart/vegeta":               {"loadgen", "internal/bench"},
	"github.com/vbauerster/mpb":               {"cmd/mcpfuzz"},
	"github.com/yosida95/uritemplate":         {"scenarios"},
	"golang.org/x/term":                       {"cmd/mcpfuzz"},
	"golang.org/x/text":                       {"scenarios"},
	"golang.org/x/time":                       {"internal/refserver"},
	"golang.org/x/tools/txtar":                {"scenarios"},
	"gonum.org/v1/plot":                       {"internal/report"},
}

// pkg is what go list tells of a package.
type pkg struct {
	ImportPath, Dir, Doc    string
	GoFiles, IgnoredGoFiles []string
	Imports, Deps           []string
}

// name is the package's name in the tables.
func (p pkg) name() string {
	return cmp.Or(strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/"), ".")
}

// files are the package's files on all systems, without tests.
func (p pkg) files() []string {
	var paths []string
	for _, name := range slices.Concat(p.GoFiles, p.IgnoredGoFiles) {
		if !strings.HasSuffix(name, "_test.go") {
			paths = append(paths, filepath.Join(p.Dir, name))
		}
	}
	return paths
}

// packages lists our packages that hold more than tests.
func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,Doc,GoFiles,IgnoredGoFiles,Imports,Deps", module+"/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var list []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(p.GoFiles) > 0 {
			list = append(list, p)
		}
	}
	if len(list) < 10 {
		t.Fatalf("go list tells of %d packages only", len(list))
	}
	return list
}

func TestPackagesImportWhatTheirRowAllows(t *testing.T) {
	allowed := map[string][]string{}
	for _, row := range rows {
		allowed[row.name] = row.ours
	}
	for _, p := range packages(t) {
		ours, known := allowed[p.name()]
		if !known {
			t.Errorf("package %s has no row", p.name())
			continue
		}
		for _, path := range p.Imports {
			other := pkg{ImportPath: path}.name()
			switch {
			case path == module || strings.HasPrefix(path, module+"/"):
				if !slices.Contains(ours, other) {
					t.Errorf("%s imports %s, which its row does not allow", p.name(), other)
				}
			case strings.Contains(strings.Split(path, "/")[0], "."):
				if !slices.Contains(hosts(path), p.name()) {
					t.Errorf("%s imports %s, which may come into %v only", p.name(), path, hosts(path))
				}
			}
		}
	}
}

// hosts are the packages that may import a package of others.
func hosts(path string) []string {
	for guest, hosts := range guests {
		if path == guest || strings.HasPrefix(path, guest+"/") {
			return hosts
		}
	}
	return nil
}

// A user's go test must not build a plotter, a load generator or a command line.
func TestUsersBuildNoMoreThanTheyNeed(t *testing.T) {
	heavy := []string{
		"github.com/HdrHistogram", "github.com/olekukonko", "github.com/spf13", "github.com/tsenart",
		"github.com/vbauerster", "gonum.org", "golang.org/x/term",
	}
	for _, p := range packages(t) {
		if p.name() != "." && p.name() != "internal/campaign" {
			continue
		}
		for _, dep := range p.Deps {
			if slices.ContainsFunc(heavy, func(h string) bool { return strings.HasPrefix(dep, h) }) {
				t.Errorf("%s depends on %s", p.name(), dep)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for _, p := range packages(t) {
		want := "Package " + filepath.Base(p.Dir) + " "
		if p.name() == "." {
			want = "Package mcpfuzz "
		}
		if strings.HasPrefix(p.name(), "cmd/") {
			want = "Command " + filepath.Base(p.Dir) + " "
		}
		if !strings.HasPrefix(p.Doc, want) || !strings.HasSuffix(p.Doc, ".") {
			t.Errorf("the comment of %s is %q; want a sentence that starts with %q", p.name(), p.Doc, want)
		}
	}
}

// The sizes that code of ours keeps to, in lines.
const (
	longestFile     = 400
	longestFunction = 80
)

func TestFilesAndFunctionsAreShort(t *testing.T) {
	var lengths []int
	for _, p := range packages(t) {
		for _, path := range p.files() {
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			if n := fset.Position(file.FileEnd).Line; n > longestFile {
				t.Errorf("%s has %d lines, more than %d", path, n, longestFile)
			}
			for _, decl := range file.Decls {
				f, ok := decl.(*ast.FuncDecl)
				if !ok || f.Body == nil {
					continue
				}
				n := fset.Position(f.End()).Line - fset.Position(f.Pos()).Line + 1
				lengths = append(lengths, n)
				if n > longestFunction {
					t.Errorf("%s: %s has %d lines, more than %d", fset.Position(f.Pos()), f.Name.Name, n, longestFunction)
				}
				if f.Recv == nil && f.Name.Name == "init" {
					t.Errorf("%s: an init function", fset.Position(f.Pos()))
				}
			}
		}
	}
	slices.Sort(lengths)
	t.Logf("%d functions, median %d lines, nine in ten within %d, longest %d",
		len(lengths), lengths[len(lengths)/2], lengths[len(lengths)*9/10], lengths[len(lengths)-1])
}
