package generators_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// What may be hidden is sought in the style and the words of the catalogue, behind names
// that nobody has; nothing that is listed is called, and nothing that asks for a change.
func TestHiddenNames(t *testing.T) {
	changes := strings.Fields("create add set update write put delete remove drop reset clear kill stop restart shutdown exec execute run eval send")
	g, _ := generators.Find("N8")
	for listed, wanted := range map[string][]string{
		"read_note":  {"debug/notes", "admin/note", "debug_notes", "admin_note", "internal_read_note", "get_config", "whoami", "git_status"},
		"getUser":    {"debugUsers", "adminUser", "internalGetUser", "getConfig"},
		"status":     {"debug_status", "admin_status", "get_state"},
		"read-files": {"dump-file", "dump-files", "admin-read-files", "system-info"},
	} {
		c := parseCatalog(t, `[{"name": "`+listed+`", "inputSchema": {"type": "object", "properties": {"id": {"const": 7}}, "required": ["id"]}}]`)
		s := generators.NewSubject(c, c.Tools()[0])
		var names, methods []string
		for tape := range byte(8) {
			for i, step := range g.Steps(generators.FromTape([]byte{tape}), s) {
				call, calls := step.(scenarios.Call)
				if !calls {
					methods = append(methods, step.(scenarios.Request).Method)
					continue
				}
				if foreign := strings.HasPrefix(call.Tool, scenarios.Foreign); foreign != (i < 2) || call.Tool == listed {
					t.Errorf("%s: step %d calls %s", listed, i+1, call.Tool)
				}
				if words := scenarios.Words(strings.ToLower(call.Tool)); i >= 2 && slices.ContainsFunc(words, func(w string) bool { return slices.Contains(changes, w) }) {
					t.Errorf("%s: %s asks for a change", listed, call.Tool)
				}
				names = append(names, call.Tool)
			}
		}
		if !strings.Contains(methods[1], scenarios.Foreign) || strings.Contains(methods[2], scenarios.Foreign) {
			t.Errorf("%s: methods are not sought behind two that nobody has: %v", listed, methods)
		}
		for _, office := range scenarios.Offices() {
			if !slices.ContainsFunc(methods, func(m string) bool {
				return strings.HasPrefix(m, office+"/") && !strings.Contains(m, scenarios.Foreign)
			}) {
				t.Errorf("%s: no method of %q is tried", listed, office)
			}
		}
		for _, name := range wanted {
			if !slices.Contains(slices.Concat(names, methods), name) {
				t.Errorf("%s: %s is not tried", listed, name)
			}
		}
	}
}
