package mcpfuzz

import (
	"path/filepath"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfuzz/mcpfuzz/corpus"
	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// Replay plays every scenario (*.txtar) in a folder, at any depth, as a subtest
// of its own, each on a new server of the Go SDK in memory. A scenario that was
// saved with a finding fails when it still shows it, whatever its severity;
// another when it shows one at or above the level. One that cannot be read or
// played fails too, and so does a folder without any.
func Replay(t *testing.T, newServer func() *mcp.Server, dir string, opts ...Option) {
	t.Helper()
	entries, err := corpus.Load(dir)
	switch {
	case err != nil:
		t.Fatalf("mcpfuzz: %v", err)
	case len(entries) == 0:
		t.Fatalf("mcpfuzz: there is no scenario (*.txtar) in %s", dir)
	}
	s := newSettings(append(opts[:len(opts):len(opts)], Frames()))
	a := announcer{on: loud()}
	cfg, err := s.config(t, transport.SDK(newServer), a.announce)
	if err != nil {
		t.Fatal(err)
	}
	trial, err := campaign.NewTrial(t.Context(), cfg)
	if err != nil {
		t.Fatalf("mcpfuzz: %v", err)
	}
	defer trial.Close()
	for _, entry := range entries {
		name, err := filepath.Rel(dir, entry.Path)
		if err != nil {
			name = entry.Path
		}
		t.Run(filepath.ToSlash(name), func(t *testing.T) {
			played := trial.Replay(t.Context(), entry)
			if played.Problem != "" {
				t.Errorf("mcpfuzz: cannot be played: %s", played.Problem)
			}
			if entry.Case.Finding == nil {
				played.Findings = atLeast(s.failOn, played.Findings)
			}
			fail(t, played.Findings)
		})
	}
}
