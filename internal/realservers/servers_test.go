//go:build realservers

package realservers

import (
	"cmp"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// server is a real server and how it is started.
type server struct {
	id string
	// source installs it: a package of npm/package.json, or a Go program.
	source  source
	version string
	// command starts it: $B is the folder of its program, $ROOT its scratch
	// folder, $PORT a free port.
	command []string
	// env are variables that it is started with, url where it then listens; ""
	// for stdio.
	env []string
	url string
	// short: it is part of the short form.
	short bool
}

func servers() []server {
	const (
		everything = "@modelcontextprotocol/server-everything"
		filesystem = "@modelcontextprotocol/server-filesystem"
		seqthink   = "@modelcontextprotocol/server-sequential-thinking"
		released   = "2026.8.31"
	)
	return []server{
		{
			id: "gosdk-hello", source: goProgram("github.com/modelcontextprotocol/go-sdk/examples/server/hello"), version: "v1.8.0",
			command: []string{"$B/hello"}, short: true,
		},
		{
			id: "mcpgo-typed", source: goProgram("github.com/mark3labs/mcp-go/examples/typed_tools"), version: "v1.2.1",
			command: []string{"$B/typed_tools"}, short: true,
		},
		{id: "seqthink", source: npmPackage(seqthink), version: released, command: []string{"$B/mcp-server-sequential-thinking"}},
		{
			id: "filesystem", source: npmPackage(filesystem), version: released,
			command: []string{"$B/mcp-server-filesystem", "$ROOT"}, short: true,
		},
		{id: "everything", source: npmPackage(everything), version: released, command: []string{"$B/mcp-server-everything", "stdio"}},
		{
			id: "everything-http", source: npmPackage(everything), version: released,
			command: []string{"$B/mcp-server-everything", "streamableHttp"},
			env:     []string{"PORT=$PORT"}, url: "http://127.0.0.1:$PORT/mcp",
		},
	}
}

// scratch is what one run of a server has to itself.
type scratch struct{ root, home, tmp, out, port string }

func newScratch(t *testing.T, name string) scratch {
	t.Helper()
	dir := t.TempDir()
	s := scratch{out: filepath.Join(cmp.Or(os.Getenv(updateVar), dir), name), port: freePort(t)}
	for sub, at := range map[string]*string{"root": &s.root, "home": &s.home, "tmp": &s.tmp} {
		*at = filepath.Join(dir, sub)
		if err := os.Mkdir(*at, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(s.root, "notes.txt"), []byte("hello\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return s
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// flags are the arguments of the tool that run a server; they are published with
// the places unfilled.
func (s server) flags(cases int) []string {
	args := []string{"run", "--include-writes", "--seed", "1", "--cases", strconv.Itoa(cases), "--for", "15m", "--fail-on", "never"}
	for _, e := range s.env {
		args = append(args, "--env", e)
	}
	if s.url != "" {
		args = append(args, "--url", s.url)
	}
	return append(append(args, "--"), s.command...)
}

// published is the command line as the results show it.
func (s server) published(cases int) string {
	return strings.ReplaceAll(strings.Join(append([]string{"mcpfuzz"}, s.flags(cases)...), " "), "$B/", "")
}

// fill puts what belongs to one run in the places of a command line.
func (s scratch) fill(args []string, bin string) []string {
	r := strings.NewReplacer("$B", bin, "$ROOT", s.root, "$PORT", s.port)
	filled := make([]string, len(args))
	for i, a := range args {
		filled[i] = r.Replace(a)
	}
	return filled
}
