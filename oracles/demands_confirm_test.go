package oracles_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// What is written is destroyed by a call whose user is asked. Left is how many of two
// things are shown behind each step that may destroy something.
func TestDemandsOfConfirmation(t *testing.T) {
	mark := oracles.Mark(1)
	const (
		open = "open can=elicitation\n"
		read = `request tools/call {"name": "list", "arguments": {}}` + "\n"
	)
	write := `request tools/call {"name": "add", "arguments": {"text": "` + mark + `"}}` + "\n"
	call := func(id int, retry string) string {
		return fmt.Sprintf(`request tools/call %s {"name": "remove", "arguments": {"id": %d}}`, retry, id) + "\n"
	}
	complete := func(text string) came {
		return ok(`{` + cached + `,"resultType":"complete","content":[{"type":"text","text":"` + text + `"}]}`)
	}
	asks := ok(`{"resultType":"input_required","requestState":"abcd","inputRequests":{"q":{"method":"elicitation/create","params":{}}}}`)
	asksStateless := ok(`{"resultType":"input_required","inputRequests":{"q":{"method":"elicitation/create","params":{}}}}`)
	done, two, one, none := complete("done"), complete(mark+mark), complete(mark), complete("")
	start := open + write + write + read + read
	before := []came{done, done, two, two}
	holdRows(t, []row{
		{"not asked", modernLine, start + call(2, "") + read, append(before, done, one), "TOOL-15 info"},
		{"not asked of what is changed", modernLine, start + strings.Replace(write, "add", "change", 1) + read, append(before, done, one), ""},
		{"not asked, and not run", modernLine, start + call(2, "") + read, append(before, failed(400, -32602), two), ""},
		{"not asked by who declares nothing", modernLine, strings.Replace(start, " can=elicitation", "", 1) + call(2, "") + read, append(before, done, one), ""},
		{"not asked, where that needs a way back", oracles.Setting{Revision: protocol.Legacy}, start + call(2, "") + read, append(before, done, one), ""},
		{"declined", modernLine, start + call(2, "") + call(2, "retry=6:decline") + read, append(before, asks, failed(400, -32602), two), ""},
		{"declined, and run", modernLine, start + call(2, "") + call(2, "retry=6:decline") + read, append(before, asks, done, one), "TOOL-15 high"},
		{"shown once before", modernLine, open + write + write + read + call(2, "") + call(2, "retry=5:decline") + read, []came{done, done, two, asks, done, one}, ""},
		{"changes by itself", modernLine, start + call(2, "") + call(2, "retry=6:decline") + read, []came{done, done, two, one, asks, done, none}, ""},
		{"written meanwhile", modernLine, start + call(2, "") + call(2, "retry=6:cancel") + read, append(before, asks, done, complete(mark+mark+mark)), ""},
		{"another form", modernLine, start + call(2, "") + call(2, "retry=6:wrong") + read, append(before, asks, done, one), "TOOL-15 low"},
		{"agreed", modernLine, start + call(2, "") + call(2, "retry=6:accept") + read, append(before, asks, done, one), ""},
		{"agreed, without the state", modernLine, start + call(2, "") + call(2, "retry=6:accept:none") + read, append(before, asks, done, one), ""},
		{"made up", modernLine, start + call(2, "") + call(3, "retry=6:accept:none") + read, append(before, asks, done, one), "TOOL-15 low"},
		{
			"tampered", modernHTTP, start + call(2, "") + call(2, "retry=6:accept:none") + read + call(2, "retry=6:accept:tampered") + read,
			append(before, asks, asks, two, done, one), "MOD-12 high",
		},
		{
			"tampered, and refused", modernLine, start + call(2, "") + call(2, "retry=6:accept:none") + read + call(2, "retry=6:accept:tampered") + read,
			append(before, asks, asks, two, failed(400, -32602), two), "",
		},
		{
			"tampered, where none is needed", modernLine, start + call(2, "") + call(2, "retry=6:accept:none") + read + read + call(2, "retry=6:accept:tampered") + read,
			append(before, asks, done, one, one, done, none), "",
		},
		{
			"of another call", modernLine, start + call(2, "") + call(3, "retry=6:accept:none") + read + call(3, "retry=6:accept") + read,
			append(before, asks, asks, two, done, one), "MOD-12 medium",
		},
		{
			"of another call, and there is no state", modernLine, start + call(2, "") + call(3, "retry=6:accept:none") + read + call(3, "retry=6:accept") + read,
			append(before, asksStateless, failed(400, -32602), two, done, one), "",
		},
	})
}

// A confirmation is of one thing that was destroyed, not of what came in its place.
func TestDemandsOfConfirmationsThatComeAgain(t *testing.T) {
	mark := oracles.Mark(1)
	const (
		read  = `request tools/call {"name": "list", "arguments": {}}` + "\n"
		call  = `request tools/call {"name": "remove", "arguments": {"id": 2}}` + "\n"
		agree = `request tools/call retry=5:accept {"name": "remove", "arguments": {"id": 2}}` + "\n"
	)
	write := `request tools/call {"name": "add", "arguments": {"text": "` + mark + `"}}` + "\n"
	complete := func(text string) came {
		return ok(`{` + cached + `,"resultType":"complete","content":[{"type":"text","text":"` + text + `"}]}`)
	}
	asks := ok(`{"resultType":"input_required","requestState":"abcd","inputRequests":{"q":{"method":"elicitation/create","params":{}}}}`)
	asksStateless := ok(`{"resultType":"input_required","inputRequests":{"q":{"method":"elicitation/create","params":{}}}}`)
	done, one, none, refused := complete("done"), complete(mark), complete(""), failed(400, -32602)
	steps := "open can=elicitation\n" + write + read + read + call + agree + read + write + read + read + agree + read
	holdRows(t, []row{
		{"taken", modernLine, steps, []came{done, one, one, asks, done, none, done, one, one, done, none}, "TOOL-15 low"},
		{"refused", modernLine, steps, []came{done, one, one, asks, done, none, done, one, one, refused, one}, ""},
		{"asked again", modernHTTP, steps, []came{done, one, one, asks, done, none, done, one, one, asks, one}, ""},
		{"of what is gone", modernLine, steps, []came{done, one, one, asks, done, none, done, one, one, done, one}, ""},
		{"of no use the first time", modernLine, steps, []came{done, one, one, asks, refused, one, refused, one, one, done, none}, ""},
		{"done later", modernLine, steps, []came{done, one, one, asks, done, one, done, one, one, done, none}, ""},
		{"of a question without a state", modernLine, steps, []came{done, one, one, asksStateless, done, none, done, one, one, done, none}, ""},
		{"of an earlier question", modernLine, strings.Replace(steps, agree+read+write, agree+read+write+call, 1), []came{done, one, one, asks, done, none, done, asks, one, one, done, none}, "TOOL-15 low"},
		{
			"of a question of its own", modernLine, strings.TrimSuffix(steps, agree+read) + call + strings.Replace(agree, "5", "11", 1) + read,
			[]came{done, one, one, asks, done, none, done, one, one, asks, done, none},
			"",
		},
	})
}

// What one client was given to confirm a call with is no use to another.
func TestDemandsOfConfirmationsOfAnother(t *testing.T) {
	mark := oracles.Mark(1)
	const first, second = ` session=first {"name": `, ` session=second as=2 {"name": `
	read := "request tools/call" + second + `"list", "arguments": {}}` + "\n"
	write := `"add", "arguments": {"text": "` + mark + `"}}` + "\n"
	call := func(of, retry string) string {
		return "request tools/call" + retry + of + `"remove", "arguments": {"id": 2}}` + "\n"
	}
	complete := func(text string) came {
		return ok(`{` + cached + `,"resultType":"complete","content":[{"type":"text","text":"` + text + `"}]}`)
	}
	asks := ok(`{"resultType":"input_required","requestState":"abcd","inputRequests":{"q":{"method":"elicitation/create","params":{}}}}`)
	done, two, one := complete("done"), complete(mark+mark), complete(mark)
	steps := "open session=first can=elicitation\nopen session=second as=2 can=elicitation\n" +
		"request tools/call" + first + write + "request tools/call" + second + write + read + read + call(first, "") +
		call(second, " retry=7:accept:none") + read + call(second, " retry=7:accept") + read
	before := []came{done, done, two, two, asks}
	holdRows(t, []row{
		{"taken", modernHTTP, steps, append(before, asks, two, done, one), "MOD-12 info"},
		{"refused", modernHTTP, steps, append(before, asks, two, failed(400, -32602), two), ""},
		{"needed by nobody", modernHTTP, steps, append(before, done, one, done, one), ""},
		{"not tried without by the second", modernHTTP, strings.Replace(steps, "session=second as=2 {\"name\": \"remove", "session=first {\"name\": \"remove", 1), append(before, asks, two, done, one), ""},
	})
}

// In a session the question is a request of the server's own.
func TestDemandsOfConfirmationInSessions(t *testing.T) {
	mark := oracles.Mark(1)
	const read = `request tools/call {"name": "list", "arguments": {}}` + "\n"
	for _, tc := range []struct {
		name, revision, can, action string
		asked, gone                 bool
		found                       string
	}{
		{"declined, and run", protocol.Legacy, " can=elicitation", "decline", true, true, "TOOL-15 high"},
		{"cancelled, and run", "2025-06-18", " can=elicitation", "cancel", true, true, "TOOL-15 high"},
		{"declined", protocol.Legacy, " can=elicitation", "decline", true, false, ""},
		{"agreed", protocol.Legacy, " can=elicitation", "accept", true, true, ""},
		{"not asked", protocol.Legacy, " can=elicitation", "decline", false, true, ""},
		{"not to be asked", protocol.Legacy, "", "decline", true, true, ""},
		{"before there was the question", "2025-03-26", " can=elicitation", "decline", true, true, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text := func(s string) came { return ok(`{"content":[{"type":"text","text":"` + s + `"}]}`) }
			left := map[bool]string{true: "", false: mark}[tc.gone]
			o := seen(t, oracles.Setting{Revision: tc.revision},
				"open"+tc.can+"\nanswer elicitation/create {\"action\": \""+tc.action+"\"}\n"+
					`request tools/call {"name": "add", "arguments": {"text": "`+mark+`"}}`+"\n"+read+read+
					`request tools/call {"name": "remove", "arguments": {"id": 3}}`+"\n"+read,
				came{}, text("done"), text(mark), text(mark), text("removed"), text(left))
			if tc.asked {
				o.Told = []oracles.Answer{{Reply: oracles.Reply{Kind: protocol.ServerRequest, Method: "elicitation/create"}}}
			}
			if got := strings.Join(broken(t, o), ", "); got != tc.found {
				t.Errorf("found %q, want %q", got, tc.found)
			}
		})
	}
}
