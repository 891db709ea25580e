package oracles_test

import (
	"fmt"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

func TestDemandsOfCallsWithoutAnID(t *testing.T) {
	mark := oracles.Mark(1)
	const read = `request tools/call {"name": "list", "arguments": {}}` + "\n"
	write := `notify tools/call {"name": "add", "arguments": {"text": "` + mark + `"}}` + "\n"
	shows := func(text string) came {
		return ok(`{"resultType":"complete","content":[{"type":"text","text":"` + text + `"}]}`)
	}
	refused := failed(200, -32602)
	holdRows(t, []row{
		{"not run", modernLine, read + read + write + read, []came{shows("a"), shows("a"), {}, shows("a")}, ""},
		{"run", modernLine, read + read + write + read, []came{shows("a"), shows("a"), {}, shows("a " + mark)}, "ENV-08 low"},
		{"run, over HTTP", legacyHTTP, read + read + write + read, []came{shows("a"), shows("a"), bare(202), shows("a " + mark)}, "ENV-08 low"},
		{"run once more", modernLine, read + read + write + read, []came{shows(mark), shows(mark), {}, shows(mark + mark)}, "ENV-08 low"},
		{"written earlier", modernLine, read + read + write + read, []came{shows(mark), shows(mark), {}, shows(mark)}, ""},
		{"another mark", modernLine, read + read + write + read, []came{shows("a"), shows("a"), {}, shows(oracles.Mark(2))}, ""},
		{"more of it each time", modernLine, read + read + write + read, []came{shows("a"), shows(mark), {}, shows(mark + mark)}, ""},
		{"told in a log", modernLine, read + read + write + read, []came{shows("a"), shows("a"), {}, shows("refused add " + mark)}, ""},
		{"not readable", modernLine, read + read + write + read, []came{refused, refused, {}, shows(mark)}, ""},
		{"read once before", modernLine, read + "pause 1ms\n" + write + read, []came{shows("a"), {}, {}, shows(mark)}, ""},
	})
}

func TestToolsThatReadLeaveNothingBehind(t *testing.T) {
	catalog, err := scenarios.ParseCatalog([]byte(`[{"name": "find", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": true}},
		{"name": "add", "inputSchema": {"type": "object"}}, {"name": "list", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": true}}]`))
	if err != nil {
		t.Fatal(err)
	}
	shows := func(text string) came {
		return ok(`{"resultType":"complete","content":[{"type":"text","text":"` + text + `"}]}`)
	}
	mark := oracles.Mark(1)
	const read = `request tools/call {"name": "list", "arguments": {}}` + "\n"
	for _, tc := range []struct {
		name, tool, revision string
		came                 [4]string
		found                string
	}{
		{"nothing left", "find", protocol.Modern, [4]string{"a", "a", mark, "a"}, ""},
		{"left", "find", protocol.Modern, [4]string{"a", "a", "none", "a " + mark}, "TOOL-14 low hardening find"},
		{"left there before", "find", protocol.Modern, [4]string{mark, mark, "none", mark}, ""},
		{"left by what writes", "add", protocol.Modern, [4]string{"a", "a", "added", "a " + mark}, ""},
		{"told in a log", "find", protocol.Modern, [4]string{"a", "a", "none", "find: " + mark}, ""},
		{"before there were hints", "find", "2024-11-05", [4]string{"a", "a", "none", "a " + mark}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			steps := read + read + `request tools/call {"name": "` + tc.tool + `", "arguments": {"for": "` + mark + `"}}` + "\n" + read
			var answers []came
			for _, text := range tc.came {
				answers = append(answers, shows(text))
			}
			o := seen(t, oracles.Setting{Revision: tc.revision}, steps, answers...)
			got := ""
			for _, f := range oracles.Judge(&oracles.Context{Catalog: catalog}, o) {
				if f.Oracle == "wrote" {
					got += fmt.Sprint(f.ID(), " ", f.Severity, " ", f.Basis, " ", f.Tool)
				}
			}
			if got != tc.found {
				t.Errorf("found %q, want %q", got, tc.found)
			}
		})
	}
}
