package protocol_test

import (
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

func read(s string) protocol.Reply {
	return protocol.Read(transport.Frame{Bytes: []byte(s), Size: int64(len(s))})
}

func TestKindsOfReplies(t *testing.T) {
	for _, tc := range []struct {
		in   string
		want protocol.ReplyKind
		id   string
	}{
		{`{"jsonrpc":"2.0","id":1,"result":{}}`, protocol.Result, "1"},
		{` {"id":"a\u0062","jsonrpc":"2.0","result":null} ` + "\r", protocol.Result, `"a\u0062"`},
		{`{"jsonrpc":"2.0","id":1.50,"error":{"code":-32600,"message":"m"}}`, protocol.Error, "1.50"},
		{`{"jsonrpc":"2.0","error":{"code":-32700,"message":"m"}}`, protocol.Error, ""},
		{`{"jsonrpc":"2.0","id":null,"error":{}}`, protocol.Error, "null"},
		{`{"jsonrpc":"2.0","method":"notifications/message","params":{}}`, protocol.Notification, ""},
		{`{"jsonrpc":"2.0","id":9,"method":"ping"}`, protocol.ServerRequest, "9"},
		{`[{"jsonrpc":"2.0","id":1,"result":{}},3]`, protocol.Batch, ""},
		{`[]`, protocol.Batch, ""},
		{`{}`, protocol.Foreign, ""},
		{`{"jsonrpc":"1.0","id":1,"result":{}}`, protocol.Foreign, "1"},
		{`{"id":1,"result":{}}`, protocol.Foreign, "1"},
		{`{"jsonrpc":"2.0","id":1}`, protocol.Foreign, "1"},
		{`{"JSONRPC":"2.0","id":1,"RESULT":{}}`, protocol.Foreign, "1"},
		{`{"jsonrpc":"2.0","id":1,"method":3}`, protocol.Foreign, "1"},
		{`3`, protocol.Foreign, ""},
		{`null`, protocol.Foreign, ""},
		{``, protocol.NotJSON, ""},
		{`starting server on port 3000`, protocol.NotJSON, ""},
		{`{"jsonrpc":"2.0","id":1,"result":{`, protocol.NotJSON, ""},
		{`{"jsonrpc":"2.0","id":1,"result":{}} trailing`, protocol.NotJSON, ""},
		{strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000), protocol.NotJSON, ""},
	} {
		if got := read(tc.in); got.Kind != tc.want || got.ID != tc.id {
			t.Errorf("%.80q: kind %d under the id %q, want %d under %q", tc.in, got.Kind, got.ID, tc.want, tc.id)
		}
	}
}

func TestWhatAModelReads(t *testing.T) {
	for _, tc := range []struct {
		in, text string
		isError  bool
	}{
		{`{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"a"},{"type":"image"},{"type":"text","text":"b"}]}}`, "a\nb", false},
		{`{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"no"}],"isError":true}}`, "no", true},
		{`{"jsonrpc":"2.0","id":1,"result":{"content":"text","isError":true}}`, "", true},
		{`{"jsonrpc":"2.0","id":1,"result":[]}`, "", false},
		{`{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"unknown tool"}}`, "unknown tool", false},
	} {
		if got := read(tc.in); strings.ReplaceAll(got.Text, "\n\n", "\n") != tc.text || got.IsError != tc.isError {
			t.Errorf("%s: %q, an error %t; want %q, %t", tc.in, got.Text, got.IsError, tc.text, tc.isError)
		}
	}
	long := strings.Repeat("x", 100_000)
	for _, in := range []string{
		`{"jsonrpc":"2.0","id":1,"result":{"content":[{"text":"` + long + `"},{"text":"` + long + `"}]}}`,
		`{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"` + long + `"}}`,
	} {
		if got := len(read(in).Text); got < 64<<10 || got > 64<<10+1 {
			t.Errorf("%d bytes of a long text are kept", got)
		}
	}
}

func TestErrorsAreReadAsFarAsTheyGo(t *testing.T) {
	for _, tc := range []struct {
		in      string
		code    int64
		ok      bool
		message string
	}{
		{`{"code":-32602,"message":"m"}`, -32602, true, "m"},
		{`{"code":0,"message":""}`, 0, true, ""},
		{`{"code":"-32602","message":"m"}`, 0, false, "m"},
		{`{"code":1.5,"message":"m"}`, 0, false, "m"},
		{`{"message":"m"}`, 0, false, "m"},
		{`{"code":-32602}`, -32602, false, ""},
		{`{"code":-32602,"message":3}`, -32602, false, ""},
		{`"text"`, 0, false, ""},
	} {
		got := read(`{"jsonrpc":"2.0","id":1,"error":` + tc.in + `}`)
		if got.Kind != protocol.Error || got.CodeOK != tc.ok || got.Message != tc.message || tc.ok && got.Code != tc.code {
			t.Errorf("%s: code %d, ok %t, message %q", tc.in, got.Code, got.CodeOK, got.Message)
		}
	}
}

func TestServerMessagesKeepTheirParams(t *testing.T) {
	got := read(`{"jsonrpc":"2.0","id":"q","method":"elicitation/create","params":{"message":"sure?"}}`)
	if got.Method != "elicitation/create" || string(got.Body) != `{"message":"sure?"}` {
		t.Errorf("got %q with %s", got.Method, got.Body)
	}
	batch := read(`[{"jsonrpc":"2.0","id":1,"result":{}},{"jsonrpc":"2.0","method":"m"},3]`)
	if len(batch.Items) != 3 || batch.Items[0].ID != "1" || batch.Items[1].Kind != protocol.Notification || batch.Items[2].Kind != protocol.Foreign {
		t.Errorf("got %+v", batch.Items)
	}
}

func TestFramesTooLargeToKeep(t *testing.T) {
	for _, tc := range []struct {
		name, head, tail string
		kind             protocol.ReplyKind
		id               string
		isError          bool
	}{
		{"the id first", `{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"AAA`, `AAA"}]}}`, protocol.Result, "7", false},
		{"the id last", `{"result":{"content":[{"text":"AAA`, `AAA"}]},"jsonrpc":"2.0","id":"m9"}`, protocol.Result, `"m9"`, false},
		{"a refusal", `{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"AAA`, `AAA"}],"isError":true}}`, protocol.Result, "7", true},
		{"a refusal that says so first", `{"jsonrpc":"2.0","id":7,"result":{"isError": true,"content":[{"text":"AAA`, `AAA"}]}}`, protocol.Result, "7", true},
		{"an error", `{"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"AAA`, `AAA"}}`, protocol.Error, "7", false},
		{"an error whose code is last", `{"jsonrpc":"2.0","id":7,"error":{"message":"AAA`, `AAA","code":-32602}}`, protocol.Error, "7", false},
		{"an error whose code is lost", `{"jsonrpc":"2.0","id":7,"error":{"data":"AAA`, `AAA"}}`, protocol.Error, "7", false},
		{"a negative id", `{"jsonrpc":"2.0","id":-3,"result":{"content":[{"text":"AAA`, `AAA"}]}}`, protocol.Result, "-3", false},
		{"no message", `AAAAA`, `AAA`, protocol.NotJSON, "", false},
		{"no result", `{"jsonrpc":"2.0","id":7,"method":"x","params":"AAA`, `AAA"}`, protocol.Foreign, "7", false},
	} {
		got := protocol.Read(transport.Frame{Bytes: []byte(tc.head), Tail: []byte(tc.tail), Cut: true, Size: 1 << 30})
		if got.Kind == protocol.Error && (!got.CodeOK || got.Code != -32602 && got.Code != -32000) {
			t.Errorf("%s: the code %d is said to be one: %t", tc.name, got.Code, got.CodeOK)
		}
		if got.Kind != tc.kind || got.ID != tc.id || got.IsError != tc.isError {
			t.Errorf("%s: kind %d under the id %q, an error %t", tc.name, got.Kind, got.ID, got.IsError)
		}
	}
}

func TestSameID(t *testing.T) {
	for _, tc := range []struct {
		sent, got string
		want      bool
	}{
		{"1", "1", true},
		{`"a"`, `"a"`, true},
		{`"ab"`, `"\u0061b"`, true},
		{`"a"`, `"A"`, false},
		{`""`, `""`, true},
		{"1", `"1"`, false},
		{`"1"`, "1", false},
		{"1.0", "1", true},
		{"1e0", "1", true},
		{"1.5", "1", false},
		{"-0", "0", true},
		{"9007199254740993", "9007199254740992", false},
		{"9007199254740993", "9007199254740993.0", true},
		{"1", "null", false},
		{"1", "", false},
		{"", "", true},
		{"1", "{}", false},
		{"1", "1e999999999", false},
	} {
		if got := protocol.SameID(tc.sent, tc.got); got != tc.want {
			t.Errorf("%s sent, %s came: the same is %t", tc.sent, tc.got, got)
		}
	}
}

func TestSettled(t *testing.T) {
	for in, want := range map[string]string{
		`{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18"}}`:            "2025-06-18",
		`{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"1999-01-01"}}`:            `protocol "1999-01-01", which is not known`,
		`{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2026-07-28"}}`:            "which is not known",
		`{"jsonrpc":"2.0","id":1,"result":{}}`:                                          "which is not known",
		`{"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"not at this hour"}}`: `error -32600 ("not at this hour")`,
		`hello`: "something that is no result",
	} {
		rev, err := protocol.Settled(read(in))
		if got := rev.Name; err != nil && !strings.Contains(err.Error(), want) || err == nil && got != want {
			t.Errorf("%s: got %q and %v, want %q", in, got, err, want)
		}
	}
}
