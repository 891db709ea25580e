package oracles_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

func TestWhatTellsOfOverload(t *testing.T) {
	for _, test := range []struct {
		code    int64
		message string
		want    bool
	}{
		{-32000, "Server is BUSY", true},
		{-32019, "rate limit of 10/s reached, retry in 1 s", true},
		{-32005, "too many concurrent calls", true},
		{-32000, "no such note", false},
		{-32002, "resource busy", false},
		{-32020, "too many headers", false},
		{-32042, "try again with a login", false},
		{-32603, "overloaded", false},
		{429, "busy", false},
	} {
		if got := oracles.IsOverload(test.code, []byte(test.message)); got != test.want {
			t.Errorf("%d %q: %v, want %v", test.code, test.message, got, test.want)
		}
	}
	for value, want := range map[string]bool{
		"0": true, "120": true, "Wed, 21 Oct 2026 07:28:00 GMT": true, "-1": false, "soon": false, "1.5": false,
	} {
		if _, got := oracles.ReadRetryAfter(value, time.Now()); got != want {
			t.Errorf("Retry-After %q: %v, want %v", value, got, want)
		}
	}
}

func TestWhatIsReadAsARefusal(t *testing.T) {
	now := time.Date(2026, 10, 21, 7, 28, 0, 0, time.UTC)
	const later, skewed = "Wed, 21 Oct 2026 07:28:30 GMT", "Wed, 21 Oct 2026 07:28:20 GMT"
	rpc, tool := `{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"Rate limit exceeded"}}`, `{"jsonrpc":"2.0","id":1,"result":{"isError":true,"content":[{"type":"text","text":"too many calls"}]}}`
	for _, test := range []struct {
		status         int
		header, body   string
		clean, overtly bool
		after          time.Duration
	}{
		{429, "Retry-After: 7", "", true, false, 7 * time.Second},
		{503, "Retry-After: " + later, "", true, false, 30 * time.Second},
		{429, "Retry-After: " + later + "\nDate: " + skewed, "", true, false, 10 * time.Second},
		{429, "Retry-After: soon", "", false, false, 0},
		{403, "Retry-After: 7", "", false, false, 7 * time.Second},
		{200, "", rpc, true, true, 0},
		{200, "", tool, true, true, 0},
		{200, "", `{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"too many calls"}}`, false, false, 0},
	} {
		h := http.Header{}
		for _, line := range strings.Split(test.header, "\n") {
			name, value, _ := strings.Cut(line, ": ")
			h.Set(name, value)
		}
		f := transport.Frame{Status: test.status, Header: h, Bytes: []byte(test.body), Last: true}
		r := oracles.RefusalOf(oracles.Seen{ID: "1", Answers: []oracles.Answer{{Frame: f, Reply: protocol.Read(f)}}}, now)
		if r.IsClean() != test.clean || r.Overload != test.overtly || r.After != test.after {
			t.Errorf("%d, %q, %s: %+v", test.status, test.header, test.body, r)
		}
	}
}
