package limits_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/limits"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/internal/refserver"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// connections is how many connections an address has, more than calls are made at once.
const connections = limits.DefaultParallel + 1

// guarded is what is found of the reference server without those guards, in a revision.
func guarded(t *testing.T, revision string, without ...string) (a record.Limits) {
	t.Helper()
	const clients = 4
	opts := refserver.Options{
		Root: t.TempDir(), Without: without, Work: 10 * time.Millisecond,
		Limits: refserver.Limits{Key: refserver.Rate{PerSecond: 5, Burst: 10}, Address: refserver.Rate{PerSecond: 20, Burst: 20}, InFlight: 4, Connections: connections},
	}
	for i := range clients {
		opts.Keys = append(opts.Keys, refserver.Key{Name: string(rune('a' + i)), Value: keyOf(i), Scopes: []string{refserver.ScopeRead}})
	}
	synctest.Test(t, func(t *testing.T) {
		s, err := refserver.New(opts)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		cfg := config(t, serveBy(t, s.HTTP(), open), clients, scenarios.Call{Tool: "list_notes", Args: scenarios.MustValue(`{}`)})
		cfg.Sessions.Revision, _ = protocol.Lookup(revision)
		if a, err = limits.Run(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
	})
	return a
}

// TestGuardTable is the part of the guard table whose guards are missed by how often calls
// are served.
func TestGuardTable(t *testing.T) {
	for _, revision := range []string{protocol.Legacy, protocol.Modern} {
		a := guarded(t, revision)
		if len(a.Findings) > 0 || a.Cut != "" {
			t.Errorf("all guards on, in %s: %+v", revision, a)
		}
		if got := a.Layers[len(a.Layers)-1]; got.Calls != connections || !strings.Contains(got.Why, "HTTP 429 and when to come again; for each address") {
			t.Errorf("of the connections, in %s: %+v", revision, got)
		}
	}
	for _, g := range refserver.Guards() {
		if !g.Only.Limits {
			continue
		}
		t.Run("without "+g.Name, func(t *testing.T) {
			a := guarded(t, protocol.Modern, g.Name)
			var ids []string
			for _, f := range a.Findings {
				ids = append(ids, f.Rule)
			}
			if !slices.Equal(ids, g.Shows) {
				t.Errorf("found %v, want %v: %+v", ids, g.Shows, a)
			}
		})
	}
}

// Each finding leads to a guard whose absence shows its rule.
func TestEveryFixIsAGuardThatShowsItsRule(t *testing.T) {
	guards := refserver.Guards()
	for _, f := range limits.Faults() {
		if f.Fix != "" && !slices.ContainsFunc(guards, func(g refserver.Guard) bool { return g.Name == f.Fix && slices.Contains(g.Shows, f.Rule) }) {
			t.Errorf("%s leads to %q, whose absence does not show %s", f.Name, f.Fix, f.Rule)
		}
	}
}
