package oracles_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// came is one answer: a body, and over HTTP a status and the type of the body.
type came struct {
	body   string
	status int
	kind   string
	header http.Header
}

func ok(result string) came {
	return came{body: `{"jsonrpc":"2.0","id":7,"result":` + result + `}`, status: 200, kind: "application/json"}
}

func failed(status, code int) came {
	return came{body: fmt.Sprintf(`{"jsonrpc":"2.0","id":7,"error":{"code":%d,"message":"no"}}`, code), status: status, kind: "application/json"}
}

func bare(status int) came { return came{status: status, kind: "text/plain"} }

// seen is the observation of steps, each with the answer that came for it.
func seen(t *testing.T, at oracles.Setting, steps string, answers ...came) oracles.Observation {
	t.Helper()
	c, err := scenarios.Parse([]byte("-- scenario --\nformat: mcpfuzz/1\nname: made\n\n-- steps --\n" + steps + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	o := oracles.Observation{Case: c, Revision: at.Revision, HTTP: at.HTTP, State: transport.State{Phase: transport.Open}}
	for i, step := range c.Steps {
		switch step.(type) {
		case scenarios.Open, scenarios.Revoke:
			continue
		}
		lines, place := []scenarios.Step{step}, fmt.Sprint(i+1)
		burst, several := step.(scenarios.Burst)
		if several {
			lines = burst.Lines
		}
		for k, line := range lines {
			s := oracles.Seen{Step: place, Sent: line, ID: "7", Alone: !several, Session: true}
			if several {
				s.Step = fmt.Sprintf("%s.%d", place, k+1)
			}
			if len(answers) > 0 {
				s.Answers, answers = []oracles.Answer{answers[0].answer(at.HTTP)}, answers[1:]
			}
			o.Seen = append(o.Seen, s)
		}
	}
	return o
}

func (a came) answer(overHTTP bool) oracles.Answer {
	f := transport.Frame{Bytes: []byte(a.body), Of: -1}
	if overHTTP {
		f.Of, f.Status, f.Header = 0, a.status, http.Header{"Content-Type": {a.kind}}
		for name, values := range a.header {
			f.Header[name] = values
		}
	}
	return oracles.Answer{Frame: f, Reply: protocol.Read(f)}
}

// broken are the rules whose demands an observation does not meet, with how grave
// that is.
func broken(t *testing.T, o oracles.Observation) []string {
	t.Helper()
	list := []string{}
	for _, f := range judged(t, o) {
		if f.Oracle == "protocol" {
			list = append(list, f.ID()+" "+f.Severity.String())
		}
	}
	slices.Sort(list)
	return list
}

// judged is what all checks find, on a server without tools.
func judged(t *testing.T, o oracles.Observation) []oracles.Finding {
	t.Helper()
	catalog, err := scenarios.ParseCatalog([]byte("[]"))
	if err != nil {
		t.Fatal(err)
	}
	return oracles.Judge(&oracles.Context{Catalog: catalog}, o)
}

// row is what was sent, what came, and what is found.
type row struct {
	name  string
	at    oracles.Setting
	steps string
	came  []came
	found string
}

func holdRows(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			got := strings.Join(broken(t, seen(t, r.at, r.steps, r.came...)), ", ")
			if got != r.found {
				t.Errorf("found %q, want %q", got, r.found)
			}
		})
	}
}

var (
	legacyHTTP = oracles.Setting{Revision: protocol.Legacy, HTTP: true}
	modernHTTP = oracles.Setting{Revision: protocol.Modern, HTTP: true}
	modernLine = oracles.Setting{Revision: protocol.Modern}
)

func TestDemandsOfHTTP(t *testing.T) {
	const (
		noSession = `request tools/list header="Mcp-Session-Id:"`
		guessed   = `request tools/list header="Mcp-Session-Id: mcpfuzz-guess"`
		ended     = "open session=a\nraw verb=DELETE session=a \"\"\nrequest tools/list session=a"
		unknown   = `request tools/list header="MCP-Protocol-Version: 1999-01-01"`
		old       = `request tools/list header="MCP-Protocol-Version:"`
		jsonOnly  = `request tools/list header="Accept: application/json"`
		notice    = `notify notifications/mcpfuzz`
		get       = `raw verb=GET header="Accept: text/event-stream" ""`
	)
	list := ok(`{"tools":[]}`)
	events := came{body: list.body, status: 200, kind: "text/event-stream"}
	older := oracles.Setting{Revision: "2025-03-26", HTTP: true}
	holdRows(t, []row{
		{"no session, refused", legacyHTTP, noSession, []came{failed(400, -32000)}, ""},
		{"no session, refused in text", legacyHTTP, noSession, []came{bare(400)}, ""},
		{"no session, refused with 404", legacyHTTP, noSession, []came{bare(404)}, "HTTP-01 info"},
		{"no session, refused with 200", legacyHTTP, noSession, []came{failed(200, -32000)}, "HTTP-01 low"},
		{"no session, served", legacyHTTP, noSession, []came{list}, "HTTP-01 low"},
		{"no session, served without any", modernHTTP, noSession, []came{list}, "MOD-07 medium, MOD-08 medium"},
		{"no session, turned away", legacyHTTP, noSession, []came{bare(401)}, ""},
		{"guessed session, refused", legacyHTTP, guessed, []came{bare(404)}, ""},
		{"guessed session, refused with 400", legacyHTTP, guessed, []came{bare(400)}, "HTTP-02 info"},
		{"guessed session, served", legacyHTTP, guessed, []came{list}, "HTTP-02 info"},
		{"ended session, refused", legacyHTTP, ended, []came{bare(204), bare(404)}, ""},
		{"ended session, refused with 400", legacyHTTP, ended, []came{bare(200), bare(400)}, "HTTP-02 low"},
		{"ended session, served", legacyHTTP, ended, []came{bare(204), list}, "HTTP-02 high"},
		{"session that may not be ended", legacyHTTP, ended, []came{bare(405), list}, ""},
		{"unknown version, refused", legacyHTTP, unknown, []came{bare(400)}, ""},
		{"unknown version, refused with 404", legacyHTTP, unknown, []came{bare(404)}, "HTTP-03 info"},
		{"unknown version, served", legacyHTTP, unknown, []came{list}, "HTTP-03 medium"},
		{"unknown version, before there was a header", older, unknown, []came{list}, ""},
		{"old client, served", legacyHTTP, old, []came{list}, ""},
		{"old client, refused", legacyHTTP, old, []came{bare(400)}, "HTTP-04 info"},
		{"JSON alone, in JSON", legacyHTTP, jsonOnly, []came{list}, ""},
		{"JSON alone, refused", legacyHTTP, jsonOnly, []came{bare(406)}, ""},
		{"JSON alone, in events", legacyHTTP, jsonOnly, []came{events}, "HTTP-06 info"},
		{"notice, accepted", legacyHTTP, notice, []came{bare(202)}, ""},
		{"notice, refused", legacyHTTP, notice, []came{bare(400)}, ""},
		{"notice, accepted with 204", legacyHTTP, notice, []came{bare(204)}, "HTTP-07 info"},
		{"notice, accepted with a text", legacyHTTP, notice, []came{{body: "Accepted", status: 202, kind: "text/plain"}}, "HTTP-07 info"},
		{"answer in JSON of a charset", legacyHTTP, "request tools/list", []came{{body: list.body, status: 200, kind: "application/json; charset=utf-8"}}, ""},
		{"answer in events", legacyHTTP, "request tools/list", []came{events}, ""},
		{"answer in text", legacyHTTP, "request tools/list", []came{{body: list.body, status: 200, kind: "text/plain"}}, "HTTP-08 medium"},
		{"refusal in text", legacyHTTP, "request tools/list", []came{bare(400)}, ""},
		{"stream", legacyHTTP, get, []came{{status: 200, kind: "text/event-stream"}}, ""},
		{"no stream", legacyHTTP, get, []came{bare(405)}, ""},
		{"one stream already", legacyHTTP, get, []came{bare(409)}, ""},
		{"stream not found", legacyHTTP, get, []came{bare(404)}, "HTTP-09 low"},
		{"page for a stream", legacyHTTP, get, []came{{body: "hello", status: 200, kind: "text/html"}}, "HTTP-09 low"},
	})
}

func TestGuessableSessions(t *testing.T) {
	of := func(format string) []string {
		var ids []string
		for i := range 11 {
			ids = append(ids, fmt.Sprintf(format, i+95))
		}
		return ids
	}
	random := func(n int) []string {
		source := rand.New(rand.NewPCG(1, 2))
		var ids []string
		for range 11 {
			id := fmt.Sprintf("mcp-session-%016x%016x", source.Uint64(), source.Uint64())
			ids = append(ids, id[:len("mcp-session-")+n])
		}
		return ids
	}
	same := random(32)
	same[10] = same[3]
	for _, tc := range []struct {
		name  string
		ids   []string
		found string
	}{
		{"random", random(32), ""},
		{"random, 64 bits", random(16), ""},
		{"random, few bits", random(6), "HTTP-10 low"},
		{"with a common start", of("mcp-session-9b1d%[1]d7f3e"), "HTTP-10 high"},
		{"counted", of("session-%d"), "HTTP-10 high"},
		{"counted in hexadecimal", of("00000000-0000-4000-8000-%012x"), "HTTP-10 high"},
		{"counted in the middle", of("s%dx"), "HTTP-10 high"},
		{"one twice", same, "HTTP-10 high"},
		{"not visible", of("session %d"), "HTTP-10 medium"},
		{"none given", make([]string, 11), ""},
		{"too few to compare", of("session-%d")[:4], ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			steps := strings.Repeat("open\n", len(tc.ids)) + "request tools/list"
			o := seen(t, legacyHTTP, steps, ok(`{"tools":[]}`))
			o.Opened = tc.ids
			if got := strings.Join(broken(t, o), ", "); got != tc.found {
				t.Errorf("found %q, want %q", got, tc.found)
			}
			for _, f := range judged(t, o) {
				for _, id := range tc.ids {
					if id != "" && strings.Contains(f.Message, id) {
						t.Errorf("the id of a session is shown: %s", f.Message)
					}
				}
			}
		})
	}
}
