package oracles_test

import (
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
	done, refused := ok(`{"content":[]}`), ok(`{"isError":true,"content":[]}`)
	gone := write(1) + write(2) + show + list + list + destroy + list + show
	holdRows(t, []row{
		{"refused, as it is gone", line, gone, []came{done, done, shows(1), shows(1, 2), shows(1, 2), done, shows(2), refused}, ""},
		{"nothing is shown", line, gone, []came{done, done, shows(1), shows(1, 2), shows(1, 2), done, shows(2), done}, ""},
		{"shown though gone", line, gone, []came{done, done, shows(1), shows(1, 2), shows(1, 2), done, shows(2), shows(1)}, "TOOL-21 low"},
		{"still listed", line, gone, []came{done, done, shows(1), shows(1, 2), shows(1, 2), done, shows(1, 2), shows(1)}, ""},
		{"not destroyed", line, gone, []came{done, done, shows(1), shows(1, 2), shows(1, 2), refused, shows(1, 2), shows(1)}, ""},
		{"was never shown", line, gone, []came{done, done, refused, shows(1, 2), shows(1, 2), done, shows(2), shows(1)}, ""},
		{"another is shown", line, gone, []came{done, done, shows(1), shows(1, 2), shows(1, 2), done, shows(2), shows(2)}, "TOOL-19 low"},
		{"another was shown beside it", line, gone, []came{done, done, shows(1, 2), shows(1, 2), shows(1, 2), done, shows(2), shows(2)}, ""},
		{"what nobody wrote is shown", line, gone, []came{done, done, shows(1), shows(1, 2), shows(1, 2), done, shows(2), shows(7)}, ""},
		{"a made-up id is refused", line, write(1) + write(2) + show + madeUp, []came{done, done, shows(1), refused}, ""},
		{"a made-up id shows the last", line, write(1) + write(2) + show + madeUp, []came{done, done, shows(1), shows(2)}, "TOOL-21 low"},
		{"a made-up id shows the same", line, write(1) + write(2) + show + madeUp, []came{done, done, shows(1), shows(1)}, "TOOL-21 low"},
		{"all are always shown", line, write(1) + write(2) + show + madeUp, []came{done, done, shows(1, 2), shows(1, 2)}, ""},
		{"an id that may be somebody's", line, write(1) + write(2) + show + chosen, []came{done, done, shows(1), shows(2)}, ""},
	})
}
