package oracles_test

import (
	"fmt"
	"strings"
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

// Several changes at once leave what one of them makes, all or nothing; not a mix of them.
func TestDemandsOfUpdatesAtOnce(t *testing.T) {
	line := oracles.Setting{Revision: protocol.Legacy}
	const read = `request tools/call {"name": "list", "arguments": {}}` + "\n"
	update := func(n uint64) string {
		// What is learnt stands where its marks do.
		return fmt.Sprintf(`request tools/call {"name": {"$known": ["updater-3-%d/name", "edit"]}, "arguments": {"title": %q, "body": %[2]q}}`, n, oracles.Mark(n)) + "\n"
	}
	steps := update(0) + read + "burst 2\n\t" + update(1) + "\t" + update(2) + read
	twisted := strings.Replace(read, "{", `header="Accept: text/plain" {`, 1)
	shows := func(marks ...uint64) came {
		text := ""
		for _, n := range marks {
			text += oracles.Mark(n) + " "
		}
		return ok(`{"content":[{"type":"text","text":"` + text + `"}]}`)
	}
	done, refused := ok(`{"content":[]}`), ok(`{"isError":true,"content":[{"type":"text","text":"no connection to the store is left"}]}`)
	busy := ok(`{"isError":true,"content":[{"type":"text","text":"too many requests, try again later"}]}`)
	holdRows(t, []row{
		{"the first is last", line, steps, []came{done, shows(0, 0), done, done, shows(1, 1)}, ""},
		{"the last is last", line, steps, []came{done, shows(0, 0), done, done, shows(2, 2)}, ""},
		{"a mix", line, steps, []came{done, shows(0, 0), done, done, shows(1, 2)}, "TOOL-20 medium"},
		{"neither", line, steps, []came{done, shows(0, 0), done, done, shows(0, 0)}, ""},
		{"all are kept", line, steps, []came{done, shows(0, 0), done, done, shows(0, 0, 1, 1, 2, 2)}, ""},
		{"a part of each", line, strings.ReplaceAll(steps, `"title": "`+oracles.Mark(1)+`", `, ""), []came{done, shows(0, 0), done, done, shows(1, 2)}, ""},
		{"the list is refused for its headers", legacyHTTP, strings.TrimSuffix(steps, read) + twisted + twisted, []came{done, shows(0, 0), done, done, refused, refused}, ""},
		{"one place", line, steps, []came{done, shows(0), done, done, shows(2)}, ""},
		{"the list is refused", line, steps, []came{done, shows(0, 0), done, done, failed(200, -32602)}, ""},
		{"the list is refused for good", line, steps + read, []came{done, shows(0, 0), done, done, refused, refused}, "TOOL-12 low"},
		{"the list is refused for once", line, steps + read, []came{done, shows(0, 0), done, done, refused, shows(1, 1)}, ""},
		{"the list is refused as it was", line, steps + read, []came{done, refused, done, done, refused, refused}, ""},
		{"the server is busy", line, steps + read, []came{done, shows(0, 0), done, done, busy, busy}, ""},
	})
}
