package campaign_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/canary"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// worker does the work of a tool that takes one text, in a root.
type worker func(root, text string) (string, error)

// oneText is a server with one tool that takes one text.
func oneText(tool, parameter, root string, work worker) transport.Target {
	schema := json.RawMessage(`{"type":"object","properties":{"` + parameter + `":{"type":"string"}},"required":["` + parameter + `"],"additionalProperties":false}`)
	return transport.SDK(func() *mcp.Server {
		s := mcp.NewServer(&mcp.Implementation{Name: "one-text", Version: "1"}, nil)
		s.AddTool(&mcp.Tool{Name: tool, Description: "Does its work.", InputSchema: schema}, func(_ context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			var args map[string]any
			if err := json.Unmarshal(req.Params.Arguments, &args); err != nil {
				return nil, err
			}
			text, _ := args[parameter].(string)
			answer, err := work(root, text)
			if err != nil {
				answer = err.Error()
			}
			return &mcp.CallToolResult{IsError: err != nil, Content: []mcp.Content{&mcp.TextContent{Text: answer}}}, nil
		})
		return s
	})
}

func read(path string) (string, error) {
	b, err := os.ReadFile(path)
	return string(b), err
}

// inRoot makes a path whole as most servers do.
func inRoot(root, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(root, path)
}

// names lists a folder.
func names(folder string) (string, error) {
	entries, err := os.ReadDir(folder)
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return strings.Join(list, "\n"), err
}

var errDenied = errors.New("access denied")

func TestWhatIsPlantedIsReachedByProofAlone(t *testing.T) {
	for _, tc := range []struct {
		name, tool, parameter string
		work                  worker
		// homeless: the server is told of no root.
		homeless bool
		want     []string
	}{
		{"reads in its root alone", "read_file", "path", func(root, path string) (string, error) {
			r, err := os.OpenRoot(root)
			if err != nil {
				return "", err
			}
			defer r.Close()
			b, err := r.ReadFile(path)
			return string(b), err
		}, false, nil},
		{"says what it refuses, and to where it would have led", "read_file", "path", func(root, path string) (string, error) {
			if whole := inRoot(root, path); filepath.Dir(whole) != root {
				return "", errors.New("access denied: " + path + ", which is " + whole + ", is not in " + root)
			}
			return "a note", nil
		}, false, nil},
		{"lists its root", "list_folder", "folder", func(root, _ string) (string, error) { return names(root) }, false, nil},
		{"writes what it is told to a log", "note", "name", func(root, name string) (string, error) {
			return "noted", os.WriteFile(filepath.Join(root, "log.txt"), []byte(name), 0o644)
		}, false, nil},
		{"reads whatever it is told, as it may", "read_file", "path", func(root, path string) (string, error) { return read(inRoot(root, path)) }, true, []string{"TOOL-13 low"}},
		{"keeps whole paths in a root that nobody told it, and not the way up", "read_file", "path", func(root, path string) (string, error) {
			return read(filepath.Join(root, path))
		}, true, []string{"TOOL-13 high", "TOOL-13 low"}}, // low is that it follows links
		{"reads whatever it is told, as it may not", "read_file", "path", func(root, path string) (string, error) { return read(inRoot(root, path)) }, false, []string{"TOOL-13 critical", "TOOL-13 high"}},
		{"compares paths as texts", "read_file", "path", func(root, path string) (string, error) {
			if whole := inRoot(root, path); strings.HasPrefix(whole, root) {
				return read(whole)
			}
			return "", errDenied
		}, false, []string{"TOOL-13 critical", "TOOL-13 high"}},
		{"follows links out of its root", "read_file", "path", func(root, path string) (string, error) {
			if whole := inRoot(root, path); strings.HasPrefix(whole, root+string(filepath.Separator)) {
				return read(whole)
			}
			return "", errDenied
		}, false, []string{"TOOL-13 high"}},
		{"decodes what it has looked at", "read_file", "path", func(root, path string) (string, error) {
			if strings.Contains(path, "..") || filepath.IsAbs(path) {
				return "", errDenied
			}
			path = strings.NewReplacer("%2e", ".", "%2f", "/").Replace(path)
			return read(filepath.Join(root, path))
		}, false, []string{"TOOL-13 critical", "TOOL-13 high"}},
		{"lists folders outside", "list_folder", "folder", func(root, folder string) (string, error) {
			return names(inRoot(root, folder))
		}, false, []string{"TOOL-13 critical"}},
		{"makes files outside", "save", "filename", func(root, path string) (string, error) {
			return "saved", os.WriteFile(inRoot(root, path), nil, 0o644)
		}, false, []string{"TOOL-13 critical", "TOOL-13 high"}},
		{"removes files outside", "remove", "filename", func(root, path string) (string, error) {
			return "removed", os.Remove(inRoot(root, path))
		}, false, []string{"TOOL-13 critical", "TOOL-13 high"}},
		{"calls what it is told, for no use of its own", "keep", "link", fetch, false, []string{"H14 high"}},
		{"knows the loopback by one name", "fetch", "url", func(root, address string) (string, error) {
			if strings.Contains(address, "//127.0.0.1:") || strings.Contains(address, "localhost") {
				return "", errDenied
			}
			return fetch(root, strings.Replace(address, "//0.0.0.0:", "//127.0.0.1:", 1))
		}, false, []string{"H14 high"}},
		{"calls what it is told", "fetch", "url", fetch, false, []string{"H14 low"}},
		{"hands names to a shell", "status", "branch", func(_, text string) (string, error) { return shell("echo " + text) }, false, []string{"H14 critical"}},
		{"is a shell", "run_command", "command", func(_, text string) (string, error) { return shell(text) }, false, []string{"H14 low"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			yard, err := canary.Plant(t.TempDir(), rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			defer yard.Close()
			root := yard.Fill(canary.RootPlaceholder)
			cfg := config(oneText(tc.tool, tc.parameter, root, tc.work), canaryCases)
			cfg.Canaries, cfg.Rooted = yard, !tc.homeless
			cfg.Filter.Only, cfg.Workers = canaryClasses(), 1
			if got := graver(t, cfg); !slices.Equal(got, tc.want) {
				t.Errorf("found %v, want %v", got, tc.want)
			}
			if left, _ := filepath.Glob(filepath.Join(yard.Dir(), "outside", "*")); len(left) > 0 && tc.name != "makes files outside" {
				t.Errorf("%v are left", left)
			}
		})
	}
}

// canaryCases is each class that applies to one tool, once or twice.
const canaryCases = 9

func canaryClasses() (ids []string) {
	for _, g := range generators.All() {
		if generators.NeedsCanaries(g.ID) {
			ids = append(ids, g.ID)
		}
	}
	return ids
}

// graver are the rules and severities of what a run found by what is planted.
func graver(t *testing.T, cfg campaign.Config) (list []string) {
	t.Helper()
	s, err := campaign.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range s.Findings {
		if f.Counts() && !f.IsAdvice() && (f.Oracle == "escaped" || f.Oracle == "evaded") {
			list = append(list, cmp.Or(f.Spec, f.Rule)+" "+f.Severity)
		} else if f.Severity != "info" && f.Oracle != "unhelpful" {
			t.Errorf("%s %s: %s", f.Severity, f.Signature, f.Message)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func fetch(_, address string) (string, error) {
	if !strings.HasPrefix(address, "http://127.0.0.1:") {
		return "", errDenied
	}
	response, err := http.Get(address)
	if err != nil {
		return "", errDenied
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	return string(b), err
}

// shell runs what was planted and nothing else.
func shell(line string) (string, error) {
	if runtime.GOOS == "windows" || !strings.Contains(line, "mcpfuzz-canary") {
		return "nothing", nil
	}
	out, err := exec.Command("sh", "-c", line).Output()
	return string(out), err
}
