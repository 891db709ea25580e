package oracles_test

import (
	"testing"

	"github.com/mcpfuzz/mcpfuzz/oracles"
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
