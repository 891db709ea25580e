package oracles_test

import (
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// A thing is shown, destroyed, and asked for again by its id, which the case takes out of
// the answer to who wrote it; others are asked for by ids that are made up.
func TestDemandsOfChains(t *testing.T) {
	line := oracles.Setting{Revision: protocol.Legacy}
	const (
		list    = `request tools/call {"name": "list", "arguments": {}}` + "\n"
		show    = `request tools/call {"name": "show", "arguments": {"id": {"$from": "1/structuredContent/id"}}}` + "\n"
		destroy = `request tools/call {"name": "remove", "arguments": {"id": {"$from": "1/structuredContent/id"}}}` + "\n"
		madeUp  = `request tools/call {"name": "show", "arguments": {"id": "mcpfuzz-never-given"}}` + "\n"
		chosen  = `request tools/call {"name": "show", "arguments": {"id": "9"}}` + "\n"
	)
	write := func(n uint64) string {
		return `request tools/call {"name": "add", "arguments": {"text": "` + oracles.Mark(n) + `"}}` + "\n"
	}
	shows := func(marks ...uint64) came {
		text := ""
		for _, n := range marks {
			text += oracles.Mark(n) + " "
		}
		return ok(`{"content":[{"type":"text","text":"` + text + `"}]}`)
	}
	prose := ok(`{"content":[{"type":"text","text":"Error: not found; there are ` + oracles.Mark(1) + `"}]}`)
	done, refused := ok(`{"content":[]}`), ok(`{"isError":true,"content":[]}`)
	const own = `request tools/call {"name": "show", "arguments": {"id": {"$from": "2/structuredContent/id"}}}` + "\n"
	gone := write(1) + write(2) + show + list + list + destroy + list + show + own
	twice := write(1) + write(2) + show + own
	alive := func(later ...came) []came {
		return append([]came{done, done, shows(1), shows(1, 2), shows(1, 2), done, shows(2)}, later...)
	}
	// What a case has literally stands in its place where answers are made here.
	named := strings.ReplaceAll(write(1)+write(2)+show+list+list+destroy+list+show, `{"$from": "1/structuredContent/id"}`,
		`[{"$from": "1/structuredContent/id"}, "`+oracles.Mark(1)+`"]`)
	holdRows(t, []row{
		{"refused, as it is gone", line, gone, alive(refused, shows(2)), ""},
		{"refused in prose", line, gone, alive(prose, shows(2)), ""},
		{"nothing is shown", line, gone, alive(done, shows(2)), ""},
		{"shown though gone", line, gone, alive(shows(1), shows(2)), "TOOL-21 low"},
		{"still listed", line, gone, []came{done, done, shows(1), shows(1, 2), shows(1, 2), done, shows(1, 2), shows(1), shows(2)}, ""},
		{"not destroyed", line, gone, []came{done, done, shows(1), shows(1, 2), shows(1, 2), refused, shows(1, 2), shows(1), shows(2)}, ""},
		{"was never shown", line, gone, []came{done, done, refused, shows(1, 2), shows(1, 2), done, shows(2), shows(1), shows(2)}, ""},
		{"shown in another session", legacyHTTP, strings.Replace(gone, list+show, list+"open session=a\n"+strings.Replace(show, "{", "session=a {", 1), 1), alive(shows(1), shows(2)), ""},
		{"another is shown", line, gone, alive(shows(2), shows(2)), "TOOL-19 low"},
		{"another is told of", line, gone, alive(shows(2), shows(2, 2)), ""},
		{"what nobody wrote is shown", line, gone, alive(shows(7), shows(2)), ""},
		{"a made-up id is refused", line, twice + madeUp, []came{done, done, shows(1), shows(2), refused}, ""},
		{"a made-up id shows the last", line, twice + madeUp, []came{done, done, shows(1), shows(2), shows(2)}, "TOOL-21 low"},
		{"a made-up id shows the first", line, twice + madeUp, []came{done, done, shows(1), shows(2), shows(1)}, "TOOL-21 low"},
		{"a made-up id shows what there is", line, twice + madeUp, []came{done, done, shows(1), shows(2), shows(1, 2)}, ""},
		{"all are always shown", line, twice + madeUp, []came{done, done, shows(1, 2), shows(1, 2), shows(1, 2)}, ""},
		{"an id that may be somebody's", line, twice + chosen, []came{done, done, shows(1), shows(2), shows(2)}, ""},
		{"an id that holds what was written", line, named, []came{done, done, shows(1), shows(1, 2), shows(1, 2), done, shows(2), shows(1)}, ""},
	})
}
