package oracles_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// What is shown before and behind a frame is compared where both were asked for in one way,
// and nothing else can be the cause.
func TestDemandsOfOthersCauses(t *testing.T) {
	mark := oracles.Mark(1)
	request := func(attrs, params string) string { return "request tools/call " + attrs + params + "\n" }
	const (
		list, remove = `{"name": "list", "arguments": {}}`, `{"name": "remove", "arguments": {"id": 2}}`
		// What is learnt stands where its id does.
		forget = `{"name": {"$known": ["destroyer-3/name", "remove"]}, "arguments": {"id": 3}}`
	)
	add := `{"name": "add", "arguments": {"text": "` + mark + `"}}`
	text := func(s string) came {
		return ok(`{` + cached + `,"resultType":"complete","content":[{"type":"text","text":"` + s + `"}]}`)
	}
	asks := ok(`{"resultType":"input_required","requestState":"abcd","inputRequests":{"q":{"method":"elicitation/create","params":{}}}}`)
	done, none, one := text("done"), text(""), text(mark)
	read, write, drop := request("", list), request("", add), "notify tools/call "+add+"\n"
	const a, b, able = "session=a ", "session=b as=2 ", "open can=elicitation\n"
	opens := "open session=a can=elicitation\nopen session=b as=2 can=elicitation\n"
	holdRows(t, []row{
		{"written twice by what was dropped twice", modernLine, read + read + drop + drop + read, []came{none, none, {}, {}, one}, "ENV-08 low"},
		{"written by a call of the same", modernLine, read + read + drop + write + read, []came{none, none, {}, done, one}, ""},
		{"written by a call in another form", modernLine, read + read + drop + `call add {"text": "` + mark + `"}` + "\n" + read, []came{none, none, {}, done, one}, ""},
		{"written by what was sent together", modernLine, "pause 1ms\nburst 3\n\t" + write + "\t" + read + "\t" + read + drop + read, []came{{}, done, none, none, {}, one}, ""},
		{"shown in another session", modernHTTP, opens + request(a, list) + request(a, list) + strings.Replace(drop, "{", a+"{", 1) + request(b, list), []came{none, none, bare(202), one}, ""},
		{"shown in a session opened anew", modernLine, read + read + drop + "open\n" + read, []came{none, none, {}, one}, ""},
		{
			"destroyed once the user agreed", modernLine,
			able + write + read + read + request("", remove) + request("retry=5:decline ", remove) + request("retry=6:accept ", remove) + read,
			[]came{done, one, one, asks, asks, done, none},
			"",
		},
		{
			"destroyed by what was sent together", modernLine,
			able + write + request("", remove) + "burst 3\n\t" + request("retry=3:accept ", remove) + "\t" + read + "\t" + read + request("", remove) + request("retry=5:decline ", remove) + read,
			[]came{done, asks, done, one, one, asks, failed(200, -32602), none},
			"",
		},
		{
			"not shown to another", modernHTTP, opens + request(a, add) + request(a, list) + request(a, list) + request(a, remove) + request(a+"retry=6:decline ", remove) + request(b, list),
			[]came{done, one, one, asks, failed(400, -32602), none},
			"",
		},
		{
			"confirmed without the state in a session that is over", modernHTTP,
			opens + request(a, add) + request(a, list) + request(a, list) + request(a, remove) + request(a+`retry=6:accept:none header="Mcp-Session-Id: x" `, remove) + request(a, list) +
				request(a+"retry=6:accept:tampered ", remove) + request(a, list),
			[]came{done, one, one, asks, failed(404, -32600), one, done, none},
			"",
		},
		{
			"destroyed for each client", legacyHTTP,
			"open session=a\nopen session=b as=2\n" + request(a, add) + request(b, add) + request(a, list) + request(a, list) + request(a, forget) + request(a, list) +
				request(b, list) + request(b, list) + request(b, forget) + request(b, list),
			[]came{done, done, one, one, done, none, one, one, done, none},
			"",
		},
	})
}

// Who declines is asked while the call is answered, not earlier.
func TestDemandsOfWhatWasAskedOfAnotherCall(t *testing.T) {
	mark := oracles.Mark(1)
	const read = `request tools/call {"name": "list", "arguments": {}}` + "\n"
	steps := "open can=elicitation\nanswer elicitation/create {\"action\": \"decline\"}\n" +
		`request tools/call {"name": "add", "arguments": {"text": "` + mark + `"}}` + "\n" + read + read +
		`request tools/call {"name": "remove", "arguments": {"id": 3}}` + "\n" + read
	text := func(s string) came { return ok(`{"content":[{"type":"text","text":"` + s + `"}]}`) }
	for at, want := range map[time.Duration]string{2500 * time.Millisecond: "", 5500 * time.Millisecond: "TOOL-15 high", 6500 * time.Millisecond: ""} {
		o := seen(t, oracles.Setting{Revision: protocol.Legacy}, steps, came{}, text("done"), text(mark), text(mark), text("removed"), text(""))
		start := time.UnixMilli(0)
		for i := range o.Seen {
			o.Seen[i].Write.Start = start.Add(time.Duration(i) * time.Second)
			for k := range o.Seen[i].Answers {
				o.Seen[i].Answers[k].Frame.At = o.Seen[i].Write.Start.Add(900 * time.Millisecond)
			}
		}
		asked := oracles.Answer{Reply: oracles.Reply{Kind: protocol.ServerRequest, Method: "elicitation/create"}}
		asked.Frame.At = start.Add(at - time.Second)
		o.Told = []oracles.Answer{asked}
		if got := strings.Join(broken(t, o), ", "); got != want {
			t.Errorf("asked at %v: found %q, want %q", at, got, want)
		}
	}
}

// A frame of another revision is not held to what this one demands.
func TestDemandsAreThoseOfTheRevisionOfAFrame(t *testing.T) {
	for revision, want := range map[string]string{"": "MOD-07", protocol.Modern: "MOD-07", protocol.Legacy: ""} {
		o := seen(t, modernLine, "request tools/list", ok(`{"tools":[]}`))
		o.Seen[0].Revision = revision
		if got := strings.Join(broken(t, o), ", "); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("sent in %q: found %q, want %q", revision, got, want)
		}
	}
}

// A client whose key is revoked may be refused under each of its names.
func TestDemandsOfRevokedKeysUnderAnotherName(t *testing.T) {
	for revoked, want := range map[bool]string{false: "H8 high", true: ""} {
		o := seen(t, legacyHTTP, "request tools/list as=bob\nrequest tools/list as=none\nrevoke 2\nrequest tools/list as=bob", let, challenged, challenged)
		o.Seen[2].Revoked = revoked
		if got := strings.Join(broken(t, o), ", "); got != want {
			t.Errorf("revoked %t: found %q, want %q", revoked, got, want)
		}
	}
}
