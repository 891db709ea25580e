package limits

import (
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// Only a server that says it failed is one that is full and says so wrongly: not one that
// makes one wait, or answers what nobody can read.
func TestWhatIsFullSaysThatItFailed(t *testing.T) {
	at := func(status int) oracles.Refusal { return oracles.Refusal{Status: status} }
	for _, tc := range []struct {
		name, says string
		reply      reply
	}{
		{"HTTP", "(HTTP 500)", reply{Refusal: at(500), manner: failed, faulted: true}},
		{"JSON-RPC", "(a JSON-RPC internal error)", reply{Refusal: at(200), manner: failed, faulted: true}},
		{"waits", "", reply{manner: failed, silent: true}},
		{"waits after a head", "", reply{Refusal: at(200), manner: failed, silent: true, faulted: true}},
		{"closes", "", reply{manner: failed}},
		{"tears", "", reply{Refusal: at(200), manner: failed}},
		{"is busy", "", reply{Refusal: at(503), manner: bare, faulted: true}},
	} {
		p := prober{seating: seating{most: 16, refusal: tc.reply}}
		if got := p.fails(); (got == "") != (tc.says == "") || !strings.Contains(got, tc.says) {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.says)
		}
	}
}
