//go:build realservers

package realservers

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// scratch is what one run of a server has to itself.
type scratch struct{ root, home, tmp, out string }

func newScratch(t *testing.T, name string) scratch {
	t.Helper()
	dir := t.TempDir()
	s := scratch{out: filepath.Join(cmp.Or(os.Getenv(updateVar), dir), name)}
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

// fill puts what belongs to one run in the places of a command line.
func (s scratch) fill(args []string, bin string) []string {
	r := strings.NewReplacer("$B", bin, "$ROOT", s.root)
	filled := make([]string, len(args))
	for i, a := range args {
		filled[i] = r.Replace(a)
	}
	return filled
}

// environment is ours with a home and a temporary folder of its own.
func (s scratch) environment() []string {
	return append(os.Environ(), "HOME="+s.home, "TMPDIR="+s.tmp)
}

// withoutNetwork starts a command where it reaches itself and nothing else.
var withoutNetwork = []string{"unshare", "--map-root-user", "--net", "sh", "-c", `ip link set lo up && exec "$@"`, "sh"}

// apart is a command line that reaches nothing but this machine's loopback, or
// the same one where this system does not know how. A server that would then
// call hosts of its own is skipped.
func (s server) apart(t *testing.T, argv []string) []string {
	t.Helper()
	alone := slices.Concat(withoutNetwork, []string{"true"})
	if err := exec.Command(alone[0], alone[1:]...).Run(); err == nil {
		return slices.Concat(withoutNetwork, argv)
	}
	if s.outgoing {
		t.Skip("it calls hosts of its own, and cannot be kept from it here")
	}
	return argv
}

// list starts a server that speaks on stdio and lists its tools.
func (s server) list(t *testing.T, bin string) *scenarios.Catalog {
	t.Helper()
	scratch := newScratch(t, s.id+".list")
	target := transport.Command(s.apart(t, scratch.fill(s.command, bin)), transport.CommandOptions{
		Env: append(scratch.environment(), scratch.fill(s.env, bin)...), Dir: scratch.root,
	})
	revision, _ := protocol.Lookup(protocol.Legacy)
	session, err := execute.Dial(t.Context(), target, execute.Settings{
		Revision: revision, Deadline: time.Minute, Probe: execute.DefaultProbe, IDs: new(execute.IDs),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	c, _, err := session.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}
