package oracles_test

import (
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// What was destroyed is destroyed again: left is how many things are shown behind that.
func TestDemandsOfSequences(t *testing.T) {
	line := oracles.Setting{Revision: protocol.Legacy}
	mark := oracles.Mark(1)
	const (
		read    = `request tools/call {"name": "list", "arguments": {}}` + "\n"
		destroy = `request tools/call {"name": {"$known": "destroyer-1/name"}, "arguments": {"$known": "destroyer-1/arguments"}}` + "\n"
	)
	write := `request tools/call {"name": "add", "arguments": {"text": "` + mark + `"}}` + "\n"
	complete := func(text string) came { return ok(`{"content":[{"type":"text","text":"` + text + `"}]}`) }
	done, two, one, none, gone := complete("done"), complete(mark+mark), complete(mark), complete(""), ok(`{"isError":true,"content":[]}`)
	twice := write + write + read + read + destroy + read + read + destroy + read
	stale := write + read + read + destroy + read + write + read + read + destroy + read
	holdRows(t, []row{
		{"refused, as it is gone", line, twice, []came{done, done, two, two, done, one, one, gone, one}, ""},
		{"done once more, to nothing", line, twice, []came{done, done, two, two, done, one, one, done, one}, ""},
		{"another is gone", line, twice, []came{done, done, two, two, done, one, one, done, none}, "TOOL-19 low"},
		{"the first had no effect", line, twice, []came{done, done, two, two, gone, two, two, done, one}, ""},
		{"changes by itself", line, twice, []came{done, done, two, two, done, two, one, done, none}, ""},
		{"the new one stays", line, stale, []came{done, one, one, done, none, done, one, one, gone, one}, ""},
		{"the new one has its id", line, stale, []came{done, one, one, done, none, done, one, one, done, none}, "TOOL-19 low"},
	})
}
