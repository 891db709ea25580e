package protocol_test

import (
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
)

func TestSameIDOfNull(t *testing.T) {
	for _, tc := range []struct {
		sent, got string
		same      bool
	}{
		{`7`, `7`, true},
		{`"a"`, `"a"`, true},
		{`"a"`, `"\u0061"`, true},
		{`1.0`, `1`, true},
		{`1e0`, `1`, true},
		{`1.5`, `1`, false},
		{`7`, `8`, false},
		{`7`, `"7"`, false},
		{`"7"`, `7`, false},
		{`"a"`, `"b"`, false},
		{`""`, `null`, false},
		{`null`, `""`, false},
		{`""`, ``, false},
		{`1`, `1e999999`, false},
		{`9007199254740993`, `9007199254740992`, false},
	} {
		if got := protocol.SameID(tc.sent, tc.got); got != tc.same {
			t.Errorf("%s and %s: got %v, want %v", tc.sent, tc.got, got, tc.same)
		}
	}
}
