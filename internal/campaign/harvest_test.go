package campaign

import (
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
)

func TestAnswersNameValuesForParameters(t *testing.T) {
	for _, tc := range []struct{ answer, parameter, want string }{
		{`{"structuredContent":{"notes":[{"id":7},{"id":9}]}}`, "note_id", "7 9 [7] [9]"},
		{`{"structuredContent":{"noteId":"n1"}}`, "note_ids", `"n1" ["n1"]`},
		{"text: the file report.txt, and /srv/data/a.csv", "path", `"/srv/data/a.csv" "report.txt" ["/srv/data/a.csv"] ["report.txt"]`},
		{"text: see https://example.com/a.", "uri", `"https://example.com/a" ["https://example.com/a"]`},
		{"text: ticket id: T-17 is open", "ticketId", `"T-17" ["T-17"]`},
		{`{"structuredContent":{"city":"Paris"}}`, "country", ""},
		{`{"structuredContent":{"id":"` + strings.Repeat("x", maxValue) + `"}}`, "id", ""},
	} {
		r := oracles.Reply{Kind: protocol.Result, Body: []byte(tc.answer)}
		if text, is := strings.CutPrefix(tc.answer, "text: "); is {
			r = oracles.Reply{Kind: protocol.Result, Body: []byte("{}"), Text: text}
		}
		h := harvest{}
		h.add(r)
		var got []string
		for _, v := range h.named(tc.parameter) {
			got = append(got, v.String())
		}
		if strings.Join(got, " ") != tc.want {
			t.Errorf("%s: for %s it names %q, want %q", tc.answer, tc.parameter, got, tc.want)
		}
	}
}
