package protocol

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/mcpfuzz/mcpfuzz/transport"
)

// ordinary are replies that a glance must do for, whatever server wrote them.
var ordinary = []string{
	`{"jsonrpc":"2.0","id":1000000007,"result":{"content":[{"type":"text","text":"7"}]}}`,
	`{"jsonrpc":"2.0","id":"7","result":{"content":[{"type":"text","text":"a \"b\"\n\u00e9"}],"isError":true}}`,
	`{"result":{"isError":false,"content":[],"structuredContent":{"a":[1,-2.5e+3,{}, null,true]}},"jsonrpc":"2.0","id":7}`,
	` { "jsonrpc" : "2.0" , "id" : 7 , "result" : { } } ` + "\r\n",
	`{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"server is busy","data":{"retry":[1]}}}`,
	`{"jsonrpc":"2.0","error":{"message":"no","code":-32603},"id":null}`,
	`{"jsonrpc":"2.0","id":7,"result":[]}`,
	`{"jsonrpc":"2.0","id":7,"result":{"resultType":"complete","content":[]}}`,
	`{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"` + "caf\u00e9 \xff" + `"}]}}`,
}

// odd are texts that it leaves to Read.
var odd = []string{
	``, `{}`, `[]`, `7`, `{"jsonrpc":"2.0","id":7}`, `{"jsonrpc":"2.0","id":7,"result":{}}x`, `{"jsonrpc":"2.0","id":7,"result":{}`,
	`{"jsonrpc":"1.0","id":7,"result":{}}`, `{"id":7,"result":{}}`, `{"jsonrpc":"2.0","id":7,"id":8,"result":{}}`,
	`{"jsonrpc":"2.0","id":7,"result":{},"result":{}}`, `{"jsonrpc":"2.0","id":7,"result":{},"error":{"code":1,"message":""}}`,
	`{"jsonrpc":"2.0","method":"ping","id":7}`, `{"jsonrpc":"2.0","id":7,"result":{"isErr\u006fr":true}}`,
	`{"jsonrpc":"2.0","id":7,"error":{"code":"1","message":""}}`, `{"jsonrpc":"2.0","id":7,"error":{"code":1}}`,
	`{"jsonrpc":"2.0","id":7,"error":{"Code":1,"message":""}}`, `{"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"\""}}`,
	`{"jsonrpc":"2.0","id":07,"result":{}}`, `{"jsonrpc":"2.0","id":7,"result":{"a":"` + "\n" + `"}}`, `{"jsonrpc":"2.0","id":7,"result":{"a":"\u00g0"}}`,
	`{"jsonrpc":"2.0","id":7,"result":{"a":[1,]}}`, `{"jsonrpc":"2.0","id":7,"result":{,}}`, `{"jsonrpc":"2.0","id":7,"result":{"a":-}}`,
	`{"jsonrpc":"2.0","id":7,"result":{"a":1.}}`, `{"jsonrpc":"2.0","id":7,"result":{"a":1e}}`, `{"jsonrpc":"2.0","id":7,"result":tru}`,
	`{"jsonrpc":"2.0","id":7,"result":`, `{"jsonrpc":"2.0","id":7,"result":"\`, `{"jsonrpc":"2.0","id":7,"error":7}`,
	`{"jsonrpc":"2.0","result":{"0":[{"":"}]}}`,
	`{"jsonrpc":"2.0","id":7,"result":{"resultType":"input_required"}}`,
}

func TestGlimpseDoesForOrdinaryReplies(t *testing.T) {
	for _, text := range ordinary {
		if _, ok := Glimpse([]byte(text)); !ok {
			t.Errorf("%q is left to Read", text)
		}
	}
	for _, text := range odd {
		if g, ok := Glimpse([]byte(text)); ok {
			t.Errorf("%q is told to be %+v; want it left to Read", text, g)
		}
	}
	deep := bytes.Repeat([]byte("["), 1<<20)
	if _, ok := Glimpse(append([]byte(`{"jsonrpc":"2.0","id":7,"result":`), deep...)); ok {
		t.Error("what is nested without end passes for a reply")
	}
}

func TestGlimpseTakesNoMemory(t *testing.T) {
	for _, text := range ordinary {
		b := []byte(text)
		if n := testing.AllocsPerRun(100, func() { Glimpse(b) }); n > 0 {
			t.Errorf("%q takes %v allocations, want none", text, n)
		}
	}
}

// FuzzGlimpse holds what a glance tells to encoding/json and to Read.
func FuzzGlimpse(f *testing.F) {
	for _, text := range append(ordinary, odd...) {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		g, ok := Glimpse(b)
		if !ok {
			return
		}
		var all map[string]json.RawMessage
		if err := json.Unmarshal(b, &all); err != nil {
			t.Fatalf("%q passes for a reply, and is no object: %v", b, err)
		}
		if id := all["id"]; string(id) != string(g.ID) || string(all["jsonrpc"]) != `"2.0"` || all["method"] != nil {
			t.Errorf("%q: id %q, version %s", b, g.ID, all["jsonrpc"])
		}
		var failed struct{ Code json.Number }
		if err := json.Unmarshal(all["error"], &failed); g.Kind == Error && (err != nil || failed.Code.String() == "") {
			t.Errorf("%q passes for an error, and has no code: %v", b, err)
		}
		r := Read(transport.Frame{Bytes: b})
		if r.Kind != g.Kind || r.ID != string(g.ID) || r.IsError != g.IsError || r.Code != g.Code || r.CodeOK != (g.Kind == Error) {
			t.Errorf("%q: glimpsed %+v, read %+v", b, g, r)
		}
		if utf8.Valid(b) && g.Kind == Error && r.Message != string(g.Message) {
			t.Errorf("%q: the message is %q, want %q", b, g.Message, r.Message)
		}
	})
}

// BenchmarkGlimpse reads the answer of 88 bytes by which judges are compared.
func BenchmarkGlimpse(b *testing.B) {
	text := []byte(`{"jsonrpc":"2.0","id":1000000007,"result":{"content":[{"type":"text","text":"notes"}]}}` + "\n")
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, ok := Glimpse(text); !ok {
			b.Fatal("an ordinary reply is left to Read")
		}
	}
}
