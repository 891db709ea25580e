package scenarios_test

import (
	"testing"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

func TestInsiders(t *testing.T) {
	for name, want := range map[string]bool{
		"debug_notes": true, "getConfig": true, "list-secrets": true, "admin": true, "AdminPanel": true,
		"read_file": false, "administer": false, "configure_note": false, "": false,
	} {
		if got := scenarios.IsInsider(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}
