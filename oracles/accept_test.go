package oracles_test

import (
	"slices"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// On a stream each line is a frame; over HTTP, and in one line, two messages are none.
func TestTwoMessagesInOneFrame(t *testing.T) {
	const message = `{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/list\"}`
	line := oracles.Setting{Revision: protocol.Legacy}
	for _, tc := range []struct {
		between string
		at      oracles.Setting
		want    bool
	}{{`\n`, line, false}, {"", line, true}, {`\n`, legacyHTTP, true}} {
		o := seen(t, tc.at, `raw "`+message+tc.between+message+`\n"`, ok(`{"tools":[]}`))
		taken := slices.ContainsFunc(judged(t, o), func(f oracles.Finding) bool { return f.Oracle == "accepted-invalid" })
		if taken != tc.want {
			t.Errorf("%q between two messages, over HTTP %t: found %t, want %t", tc.between, tc.at.HTTP, taken, tc.want)
		}
	}
}
