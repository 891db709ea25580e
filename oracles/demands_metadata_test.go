package oracles_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// A document to which a refusal points is there for those who have no key.
func TestDemandsOfMetadata(t *testing.T) {
	const (
		steps  = "request tools/list\nrequest tools/list as=none\nfetch 2 as=none"
		absent = "the document on keys did not come"
	)
	document := func(status int, body string) came {
		return came{status: status, kind: "application/json", body: body}
	}
	for _, tc := range []struct {
		came came
		want []string
		moot string
	}{
		{document(200, `{"resource":"https://x/mcp"}`), nil, ""},
		{document(200, `{"resource":"https://x/mcp","error":{"code":0}}`), nil, ""},
		{document(200, `{"resource":7}`), []string{"AUTH-02 low"}, ""},
		{document(200, `{"issuer":"https://x"}`), []string{"AUTH-02 low"}, ""},
		{document(200, `<html>`), []string{"AUTH-02 low"}, ""},
		{document(200, ``), []string{"AUTH-02 low"}, ""},
		{bare(http.StatusUnauthorized), []string{"AUTH-02 low"}, ""},
		{bare(http.StatusNotFound), []string{"AUTH-02 low"}, ""},
		{bare(http.StatusPermanentRedirect), nil, absent},
		{bare(http.StatusTooManyRequests), nil, "the document on keys was refused for how often it was asked for"},
		{bare(http.StatusInternalServerError), nil, ""},
		{came{}, nil, absent},
	} {
		o := seen(t, legacyHTTP, steps, let, challenged, tc.came)
		if got := broken(t, o); !slices.Equal(got, tc.want) && len(got)+len(tc.want) > 0 {
			t.Errorf("%+v: %v, want %v", tc.came, got, tc.want)
		}
		if got := oracles.Moot(o); got != tc.moot {
			t.Errorf("%+v: moot for %q, want %q", tc.came, got, tc.moot)
		}
		if found := judged(t, o); len(found) != len(tc.want) {
			t.Errorf("%+v: %+v, want %v alone", tc.came, found, tc.want)
		}
	}
}

func TestDocumentsAreFetchedWhereThereAreResponses(t *testing.T) {
	o := seen(t, legacyHTTP, "request tools/list as=none\nfetch 1 as=none", challenged)
	for _, tc := range []struct {
		at   oracles.Setting
		want bool
	}{
		{oracles.Setting{Revision: protocol.Legacy, HTTP: true, Clients: 1}, true},
		{oracles.Setting{Revision: protocol.Legacy, HTTP: true}, false},
		{oracles.Setting{Revision: protocol.Legacy, Clients: 1}, false},
		{oracles.Setting{Revision: "2024-11-05", HTTP: true, Stream: true, Clients: 1}, false},
	} {
		if got := oracles.Fits(o.Case, tc.at); got != tc.want {
			t.Errorf("%+v: %t", tc.at, got)
		}
	}
}
