package oracles_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// A call is cancelled, and something else asked for. At is when each was answered,
// in milliseconds; below 0 for never.
func TestDemandsOfWhatIsCancelled(t *testing.T) {
	const steps = "call t {}\ncancel 1\nrequest tools/list"
	legacyLine := oracles.Setting{Revision: protocol.Legacy}
	for _, tc := range []struct {
		name           string
		at             oracles.Setting
		call, list     int
		waited, silent bool
		found          string
	}{
		{"answered before the cancelling was read", modernLine, 1, 2, false, false, ""},
		{"on its way when the cancelling was read", modernLine, 40, 2, false, false, ""},
		{"answered all the same", modernLine, 300, 2, false, false, "CAN-01 low"},
		{"answered all the same, where that may be", legacyLine, 300, 2, false, false, "CAN-01 info"},
		{"answered, and it is not known what was read", modernLine, 300, -1, false, false, ""},
		{"not answered", modernLine, -1, 2, false, false, ""},
		{"not answered, over HTTP", legacyHTTP, -1, 2, true, false, "CAN-01 low"},
		{"not answered over HTTP by a server that is gone", legacyHTTP, -1, -1, true, true, ""},
		{"where the connection cancels", modernHTTP, 300, 2, false, false, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := seen(t, tc.at, steps)
			for step, at := range map[int]int{0: tc.call, 2: tc.list} {
				if at >= 0 {
					a := ok(`{` + cached + `,"tools":[]}`).answer(tc.at.HTTP)
					a.Frame.At = time.UnixMilli(int64(at))
					o.Seen[step].Answers = []oracles.Answer{a}
				}
			}
			o.Seen[0].Cancelled, o.Seen[0].Expired = true, tc.waited
			o.Probe = oracles.Probe{Tried: 1, Alive: !tc.silent}
			if got := strings.Join(broken(t, o), ", "); got != tc.found {
				t.Errorf("found %q, want %q", got, tc.found)
			}
		})
	}
}

// What opens a session cannot be cancelled, and who cancels in another session cancels
// nothing there.
func TestDemandsOfWhatCannotBeCancelled(t *testing.T) {
	for name, steps := range map[string]string{
		"what opens a session": "request initialize\ncancel 1\nrequest tools/list",
		"in another session":   "open session=a\ncall t session=a {}\ncancel 2\nrequest tools/list",
		"as another client":    "pause 1ms\ncall t as=2 {}\ncancel 2\nrequest tools/list",
	} {
		o := seen(t, oracles.Setting{Revision: protocol.Legacy, HTTP: true}, steps, came{status: 200})
		for i := range o.Seen {
			o.Seen[i].Answers, o.Seen[i].Cancelled, o.Seen[i].Expired = nil, true, true
		}
		o.Probe = oracles.Probe{Tried: 1, Alive: true}
		if got := broken(t, o); len(got) > 0 {
			t.Errorf("%s: found %q", name, got)
		}
	}
}
