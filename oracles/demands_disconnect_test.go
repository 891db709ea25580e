package oracles_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// A call that writes is left alone before it is answered, and made once more. Shown is
// what another tool tells: twice before, between, and behind the second.
func TestDemandsOfCallsWhoseClientIsGone(t *testing.T) {
	mark := oracles.Mark(1)
	const read = `request tools/call {"name": "list", "arguments": {}}` + "\n"
	write := `request tools/call {"name": "add", "arguments": {"text": "` + mark + `"}}` + "\n"
	steps := read + read + write + "disconnect 3\n" + read + write + read
	for _, tc := range []struct {
		name     string
		revision string
		shown    [4]string
		took     int
		kept     bool
		found    string
	}{
		{"run", protocol.Legacy, [4]string{"", "", mark, mark + mark}, 10, false, ""},
		{"not run", protocol.Legacy, [4]string{"", "", "", mark}, 10, false, "HTTP-12 low"},
		{"not run, where earlier ones were", protocol.Legacy, [4]string{mark, mark, mark, mark + mark}, 10, false, "HTTP-12 low"},
		{"not run, where that is a cancelling", protocol.Modern, [4]string{"", "", "", mark}, 10, false, ""},
		{"so slow that it may come yet", protocol.Legacy, [4]string{"", "", "", mark}, 200, false, ""},
		{"answered before", protocol.Legacy, [4]string{"", "", "", mark}, 10, true, ""},
		{"never run", protocol.Legacy, [4]string{"", "", "", ""}, 10, false, ""},
		{"there before", protocol.Legacy, [4]string{mark, mark, mark, mark}, 10, false, ""},
		{"changes by itself", protocol.Legacy, [4]string{"", mark, mark, mark + mark}, 10, false, ""},
		{"a log of what was answered", protocol.Legacy, [4]string{"", "", "", "add " + mark}, 10, false, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text := func(s string) came {
				return ok(`{` + cached + `,"resultType":"complete","content":[{"type":"text","text":"` + s + `"}]}`)
			}
			at := oracles.Setting{Revision: tc.revision, HTTP: true}
			o := seen(t, at, steps, text(tc.shown[0]), text(tc.shown[1]), text("done"), came{}, text(tc.shown[2]), text("done"), text(tc.shown[3]))
			start := time.UnixMilli(0)
			for i := range o.Seen {
				o.Seen[i].Write.Start = start.Add(time.Duration(i) * 200 * time.Millisecond)
			}
			o.Seen[5].Answers[0].Frame.At = o.Seen[5].Write.Start.Add(time.Duration(tc.took) * time.Millisecond)
			o.Seen[3].Answers, o.Seen[2].Abandoned = nil, !tc.kept
			if !tc.kept {
				o.Seen[2].Answers = nil
			}
			if got := strings.Join(broken(t, o), ", "); got != tc.found {
				t.Errorf("found %q, want %q", got, tc.found)
			}
		})
	}
}

// A call that is cancelled, too, need not be run, and what another call may have destroyed
// may have been run.
func TestDemandsOfCallsThatLeaveNothingForOtherReasons(t *testing.T) {
	const read, remove = `request tools/call {"name": "list", "arguments": {}}` + "\n", `call remove {}` + "\n"
	mark := oracles.Mark(1)
	write := `request tools/call {"name": "add", "arguments": {"text": "` + mark + `"}}` + "\n"
	text := func(s string) came { return ok(`{"content":[{"type":"text","text":"` + s + `"}]}`) }
	for _, tc := range []struct {
		name, between string
		cancelled     bool
		found         string
	}{
		{"nothing else", "pause 1ms\n", false, "HTTP-12 low"},
		{"cancelled", "pause 1ms\n", true, ""},
		{"destroyed", remove, false, ""},
	} {
		steps := read + read + write + "disconnect 3\n" + tc.between + read + write + read
		o := seen(t, legacyHTTP, steps, text(""), text(""), came{}, came{}, text("done"), text(""), text("done"), text(mark))
		for i := range o.Seen {
			o.Seen[i].Write.Start = time.UnixMilli(int64(i) * 200)
		}
		o.Seen[2].Answers, o.Seen[2].Abandoned, o.Seen[2].Cancelled, o.Seen[3].Answers = nil, true, tc.cancelled, nil
		if got := strings.Join(broken(t, o), ", "); got != tc.found {
			t.Errorf("%s: found %q, want %q", tc.name, got, tc.found)
		}
	}
}
