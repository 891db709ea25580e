package oracles_test

import (
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// What is not listed is found by what it does that made-up names do not.
func TestHidden(t *testing.T) {
	const (
		names   = "call mcpfuzz-no-such-tool mutant=hidden {}\ncall mcpfuzz-nor-this-one mutant=hidden {}\n"
		sought  = names + "call debug_notes mutant=hidden {}"
		methods = "request admin/mcpfuzz-no-such-method\nrequest debug/mcpfuzz-nor-this-one\n"
	)
	line := oracles.Setting{Revision: "2025-06-18"}
	unknown, other := failed(200, -32602), failed(200, -32000)
	served, wrong := ok(`{"content":[{"type":"text","text":"all"}]}`), ok(`{"isError":true,"content":[{"type":"text","text":"debug_notes: name is missing"}]}`)
	catalog, err := scenarios.ParseCatalog([]byte(`[{"name":"get_state","inputSchema":{"type":"object"}}]`))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, steps string
		came        []came
		want        string
	}{
		{"a tool is refused as made-up ones are", sought, []came{unknown, unknown, unknown}, ""},
		{"a tool is served", sought, []came{unknown, unknown, served}, "hidden high"},
		{"a tool is served that others list", names + "call read_file mutant=hidden {}", []came{unknown, unknown, served}, "unlisted low"},
		{"every name is served", sought, []came{served, served, served}, "accepted-invalid critical"},
		{"made-up names are refused by and by", sought, []came{unknown, served, served}, "accepted-invalid critical"},
		{"a tool is refused for its arguments", sought, []came{unknown, unknown, wrong}, "half-hidden info"},
		{"refusals differ anyway", sought, []came{unknown, other, wrong}, ""},
		{"a refusal is not flagged", sought, []came{unknown, unknown, ok(`{"content":[{"type":"text","text":"Error: no such tool"}]}`)}, "refusal-not-flagged low"},
		{"the tool is listed", names + "call get_state mutant=hidden {}", []came{unknown, unknown, served}, ""},
		{"nothing was made up", "call debug_notes mutant=hidden {}", []came{served}, "accepted-invalid critical"},
		{"what all objects have", names + "call toString {}", []came{unknown, unknown, served}, "accepted-invalid critical"},
		{"a method is served", methods + "request debug/state", []came{unknown, unknown, ok("{}")}, "hidden medium"},
		{"every method is served", methods + "request debug/state", []came{ok("{}"), ok("{}"), ok("{}")}, ""},
		{"a method is refused otherwise", methods + "request debug/state", []came{unknown, unknown, other}, "half-hidden info"},
		{"the method of discovery", methods + "request server/discover", []came{unknown, unknown, ok("{}")}, ""},
		{"tools behind methods", methods + "call debug_notes mutant=hidden {}", []came{unknown, unknown, served}, "accepted-invalid critical"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			for _, f := range oracles.Judge(&oracles.Context{Catalog: catalog}, seen(t, line, tc.steps, tc.came...)) {
				if f.Rule == "H2" && f.Oracle != "protocol" || f.Spec == "TOOL-01" || f.Oracle == "refusal-not-flagged" {
					got = append(got, f.Oracle+" "+f.Severity.String())
				}
			}
			if found := strings.Join(got, ", "); found != tc.want {
				t.Errorf("found %q, want %q", found, tc.want)
			}
		})
	}
}

func TestDemandsOfLists(t *testing.T) {
	const (
		sessions = "open session=a\nrequest tools/list session=a\nopen session=b\nrequest tools/list session=b\nrequest tools/list session=a"
		scoped   = "request tools/list\nrequest tools/call {\"name\": \"w\"}\nrequest tools/list as=2\nrequest tools/call as=2 {\"name\": \"w\"}"
		again    = "request tools/list\ncall mcpfuzz-no-such-tool {}\nrequest tools/list"
		closed   = "request tools/call {\"name\": \"w\"}\nrequest tools/list as=none\nrequest tools/call as=none {\"name\": \"w\"}"
	)
	site, newest := oracles.Setting{Revision: "2025-11-25", HTTP: true}, oracles.Setting{Revision: "2026-07-28", HTTP: true}
	both, turned, one := ok(`{"tools":[{"name":"r"},{"name":"w"}]}`), ok(`{"tools":[{"name":"w"},{"name":"r"}]}`), ok(`{"tools":[{"name":"r"}]}`)
	line, unknown := oracles.Setting{Revision: "2025-11-25"}, failed(200, -32602)
	page, done := ok(`{"tools":[{"name":"r"}],"nextCursor":"2"}`), ok(`{"content":[]}`)
	holdRows(t, []row{
		{"one list", site, sessions, []came{both, both, both}, ""},
		{"another order", site, sessions, []came{both, turned, both}, ""},
		{"another session, other tools", site, sessions, []came{both, one, both}, "H2 low"},
		{"another session of a client that declares more", site, strings.Replace(sessions, "session=b", "session=b can=sampling", 1), []came{both, one, both}, ""},
		{"another session of another revision", site, strings.Replace(sessions, "session=b", "session=b protocol=2024-11-05", 1), []came{both, one, both}, ""},
		{"other tools by and by", site, sessions, []came{both, one, one}, ""},
		{"other tools each time", site, sessions, []came{both, one, page}, ""},
		{"a list is refused", site, sessions, []came{both, bare(429), both}, ""},
		{"where there are no sessions", newest, sessions, []came{both, one, both}, ""},
		{"the same again", line, again, []came{both, unknown, turned}, ""},
		{"others again", line, again, []came{both, unknown, one}, "H2 low"},
		{"others again, in a session opened anew", line, strings.Replace(again, "call", "request tools/list\nopen\ncall", 1) + "\nrequest tools/list", []came{both, both, unknown, one, one}, ""},
		{"others again over HTTP", site, again, []came{both, unknown, one}, ""},
		{"listed and served", site, scoped, []came{both, done, both, done}, ""},
		{"not listed and served", site, scoped, []came{both, done, one, done}, "H2 high"},
		{"not listed and served, of many", site, scoped, []came{page, done, one, done}, "H2 high"},
		{"not listed and refused", site, scoped, []came{both, done, one, failed(200, -32602)}, ""},
		{"listed to nobody at first", site, scoped, []came{one, done, one, done}, ""},
		{"perhaps on the next page", site, scoped, []came{both, done, page, done}, ""},
		{"lists are open, calls are not", site, closed, []came{done, both, challenged}, "H2 low"},
		{"all is open", site, closed, []came{done, both, done}, ""},
		{"all is closed", site, closed, []came{done, challenged, challenged}, ""},
		{"the call never works", site, closed, []came{failed(200, -32602), both, challenged}, ""},
	})
}
