package oracles_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// The answers to the frames of cases that show keys.
var (
	let        = ok(`{"tools":[]}`)
	challenged = came{status: 401, kind: "text/plain", body: "no", header: http.Header{"Www-Authenticate": {"Bearer"}}}
)

// beside are steps in which a request stands beside the same with the good key and
// with none.
func beside(as string) string {
	return "request tools/list\nrequest tools/list as=none\nrequest tools/list as=" + as
}

func TestDemandsOfKeys(t *testing.T) {
	const (
		dropped = "request tools/list\nrequest initialize header=\"Mcp-Session-Id:\"\nrequest initialize as=none header=\"Mcp-Session-Id:\"\nrequest tools/list as=none"
		entered = "open session=a\nrequest tools/list session=a\nrequest tools/list session=a as=none\nopen session=b as=2\nrequest tools/list session=b\n" +
			"request tools/list as=2 header=\"Mcp-Session-Id: mcpfuzz-never-given\"\nrequest tools/list session=a as=2"
		acted = "\nrequest tools/call session=a {\"name\": \"w\"}\nrequest tools/call session=b {\"name\": \"w\"}" +
			"\nrequest tools/call session=a as=2 {\"name\": \"w\"}"
		scoped  = "request tools/call {\"name\": \"w\"}\nrequest tools/call as=2 {\"name\": \"w\"}"
		revoked = "open session=a as=ada\nrequest tools/list session=a\nopen session=b as=bob\nrequest tools/list session=b\nrevoke ada\n" +
			"request tools/list session=a\nrequest tools/list session=a\nrequest tools/list session=b"
		keyless = "open session=a as=ada\nrequest tools/list session=a\nrequest tools/list session=a as=none\nrevoke ada\nrequest tools/list session=a"
	)
	const (
		noControl = "a request was refused with the key that was given, so that nothing can be told of bad ones"
		open      = "a request is served without a key, so that nothing can be told of bad ones"
	)
	wrote := "open session=a\nrequest tools/call session=a {\"name\": \"w\", \"text\": \"" + oracles.Mark(1) + "\"}\nrequest tools/call session=a {\"name\": \"r\"}\n" +
		"open session=b as=2\nrequest tools/call session=b as=2 {\"name\": \"r\"}"
	holds := ok(`{"content":[{"type":"text","text":"` + oracles.Mark(1) + `"}]}`)
	done := ok(`{"content":[]}`)
	forbidden := came{status: http.StatusForbidden, kind: "text/plain", body: "no"}
	for _, tc := range []struct {
		steps   string
		answers []came
		want    []string
		moot    string
	}{
		{beside("1:foreign"), []came{let, challenged, challenged}, nil, ""},
		{beside("1:foreign"), []came{let, challenged, let}, []string{"AUTH-01 critical"}, ""},
		{beside("1:foreign"), []came{let, challenged, bare(500)}, []string{"AUTH-01 medium"}, ""},
		{beside("1:foreign"), []came{let, challenged, bare(400)}, []string{"AUTH-01 info"}, ""},
		{beside("1:malformed"), []came{let, challenged, bare(400)}, nil, ""},
		{beside("1:foreign"), []came{let, challenged, bare(429)}, nil, "a bad key was refused for how often it was tried"},
		{beside("1:foreign"), []came{let, let, let}, nil, open},
		{beside("1:foreign"), []came{challenged, challenged, let}, nil, noControl},
		{beside("1:foreign"), []came{let, bare(429), let}, nil, "a request without a key got no clear answer, so that nothing can be told of bad ones"},
		{beside("1:foreign"), []came{let, bare(401), bare(401)}, []string{"AUTH-02 low"}, ""},
		{beside("1:foreign"), []came{let, bare(403), challenged}, []string{"AUTH-01 info"}, ""},
		{beside("1:foreign"), []came{let, bare(500), let}, []string{"AUTH-01 medium"}, "a request without a key got no clear answer, so that nothing can be told of bad ones"},
		{beside("1:foreign"), []came{let, ok(`{"isError":true,"content":[]}`), let}, nil, "a request without a key got no clear answer, so that nothing can be told of bad ones"},
		{"request tools/list\nrequest tools/list as=none\nrequest tools/list as=none\nrequest tools/list as=1:foreign", []came{let, bare(403), let, let}, nil, open},
		{beside("1:truncated"), []came{let, challenged, let}, []string{"AUTH-01 critical"}, ""},
		{beside("1:audience"), []came{let, challenged, let}, []string{"AUTH-05 critical"}, ""},
		{beside("1:query"), []came{let, challenged, let}, []string{"AUTH-03 high"}, ""},
		{beside("1:query"), []came{let, challenged, challenged}, nil, ""},
		{beside("1:body"), []came{let, challenged, let}, []string{"H7 medium"}, ""},
		{beside("1:arguments"), []came{let, challenged, let}, []string{"H7 medium"}, ""},
		{beside("1:case"), []came{let, challenged, let}, []string{"H7 low"}, ""},
		{beside("1:twice"), []came{let, challenged, bare(400)}, nil, ""},
		{dropped, []came{let, let, challenged, challenged}, nil, ""},
		{dropped, []came{let, let, challenged, let}, []string{"AUTH-06 critical"}, ""},
		{dropped, []came{let, bare(400), bare(400), let}, nil, "a request was refused with the key that was given, so that nothing can be told of requests without"},
		{dropped, []came{let, let, bare(400), let}, []string{"AUTH-01 info"}, "a session is opened without a key, so that nothing can be told of requests without"},
		{dropped, []came{let, let, let, let}, nil, "a session is opened without a key, so that nothing can be told of requests without"},
		{entered, []came{let, challenged, let, bare(404), bare(404)}, nil, ""},
		{entered, []came{let, challenged, let, bare(404), let}, []string{"HTTP-11 low"}, ""},
		{entered, []came{let, challenged, let, let, let}, []string{"HTTP-02 info"}, "sessions that never were are served, so that nothing can be told of those of others"},
		{entered, []came{let, challenged, bare(403), bare(404), let}, nil, "a second client was served in no session of its own"},
		{entered, []came{let, let, let, bare(404), let}, nil, "a session is served without a key, so that nothing can be told of the keys of others"},
		{entered + acted, []came{let, challenged, let, bare(404), bare(404), let, forbidden, bare(404)}, nil, ""},
		{entered + acted, []came{let, challenged, let, bare(404), let, let, forbidden, forbidden}, []string{"HTTP-11 low"}, ""},
		{entered + acted, []came{let, challenged, let, bare(404), let, let, let, let}, []string{"HTTP-11 low"}, ""},
		{entered + acted, []came{let, challenged, let, bare(404), bare(404), let, forbidden, let}, []string{"HTTP-11 critical"}, ""},
		{entered + acted, []came{let, challenged, let, bare(404), bare(404), bare(400), bare(400), let}, nil, ""},
		{scoped, []came{let, let}, nil, "a call was not refused for what its client may not do"},
		{scoped, []came{let, forbidden}, []string{"AUTH-04 info"}, ""},
		{scoped, []came{let, {status: 403, header: http.Header{"Www-Authenticate": {`Bearer error="insufficient_scope"`}}}}, nil, ""},
		{wrote, []came{done, holds, done}, nil, ""},
		{wrote, []came{done, holds, holds}, []string{"H8 low"}, ""},
		{wrote, []came{done, done, done}, nil, "what one client wrote did not come back to it, so that nothing can be told of what others see"},
		{revoked, []came{let, let, challenged, challenged, let}, nil, ""},
		{strings.Replace(revoked, "revoke ada", "revoke ada\nrevoke bob", 1), []came{let, let, challenged, challenged, challenged}, nil, ""},
		{revoked, []came{let, let, let, let, let}, []string{"H8 high"}, ""},
		{revoked, []came{let, let, let, challenged, let}, []string{"H8 low"}, ""},
		{revoked, []came{let, let, challenged, challenged, challenged}, []string{"H8 high"}, ""},
		{revoked, []came{let, let, challenged, challenged, bare(500)}, nil, ""},
		{keyless, []came{let, challenged, let}, []string{"H8 high"}, ""},
		{keyless, []came{let, let, let}, nil, "a request is served without a key, so that nothing can be told of revoked ones"},
		{revoked, []came{challenged, let, challenged, challenged, let}, nil, ""}, // of bob it tells
	} {
		o := seen(t, legacyHTTP, tc.steps, tc.answers...)
		if got := broken(t, o); !slices.Equal(got, tc.want) && len(got)+len(tc.want) > 0 {
			t.Errorf("%s\n%v: %v, want %v", tc.steps, tc.answers, got, tc.want)
		}
		if got := oracles.Moot(o); got != tc.moot {
			t.Errorf("%s\n%v: moot for %q, want %q", tc.steps, tc.answers, got, tc.moot)
		}
	}
}

// Over HTTP+SSE a key is shown with each message, and who opens a stream with it is not
// seen.
func TestDemandsOfKeysOnAnEventStream(t *testing.T) {
	at := oracles.Setting{Revision: protocol.Oldest, HTTP: true, Stream: true, Clients: 2}
	const revoked = "request tools/list as=ada\nrequest tools/list as=bob\nrequest tools/list as=none\nrevoke ada\nrequest tools/list as=ada\nrequest tools/list as=bob"
	const entered = "request tools/list\nrequest tools/list as=none\nrequest tools/list as=1:foreign\nrequest tools/list as=2"
	const stream = "request tools/list\nraw verb=GET as=none \"\"\nrequest tools/list as=none"
	for _, tc := range []struct {
		steps   string
		answers []came
		want    []string
		fits    bool
	}{
		{beside("1:foreign"), []came{let, challenged, let}, []string{"AUTH-01 critical"}, true},
		{beside("1:query"), []came{let, challenged, let}, []string{"AUTH-03 high"}, true},
		{beside("1:query"), []came{let, challenged, challenged}, nil, true},
		{stream, []came{let, challenged, let}, []string{"AUTH-06 critical"}, true},
		{entered, []came{let, challenged, challenged, bare(404)}, nil, true},
		{entered, []came{let, challenged, challenged, let}, []string{"HTTP-11 low"}, true},
		{entered, []came{let, let, challenged, let}, nil, true},
		{entered, []came{let, challenged, let, let}, []string{"AUTH-01 critical"}, true},
		{revoked, []came{let, let, challenged, challenged, let}, nil, true},
		{revoked, []came{let, let, challenged, let, let}, []string{"H8 high"}, true},
		{revoked, []came{let, let, challenged, challenged, challenged}, []string{"H8 high"}, true},
		{revoked, []came{let, challenged, challenged, challenged, challenged}, nil, true}, // of bob nothing is told
		{stream, []came{let, challenged, challenged}, nil, true},
		{stream, []came{let, {}, let}, nil, true},
		{"request initialize\nrequest initialize as=none\nrequest initialize as=1:foreign", []came{let, challenged, let}, nil, false},
		{"open session=a\nrequest tools/list session=a\nopen session=b as=2\nrequest tools/list session=b as=1:foreign", []came{let, let}, nil, false},
	} {
		o := seen(t, at, tc.steps, tc.answers...)
		o.Stream = true
		if got := broken(t, o); !slices.Equal(got, tc.want) && len(got)+len(tc.want) > 0 {
			t.Errorf("%s: %v, want %v", tc.steps, got, tc.want)
		}
		if got := oracles.Fits(o.Case, at); got != tc.fits {
			t.Errorf("%s: fits is %t", tc.steps, got)
		}
	}
}

// Where one revision alone wants it, a challenge says where the rest stands.
func TestChallengesNameTheirMetadata(t *testing.T) {
	named := came{status: 401, header: http.Header{"Www-Authenticate": {`Bearer resource_metadata="https://x"`}}}
	for _, tc := range []struct {
		revision string
		none     came
		want     []string
	}{
		{"2025-06-18", challenged, []string{"AUTH-02 info"}},
		{"2025-06-18", named, []string{}},
		{protocol.Legacy, challenged, []string{}},
	} {
		o := seen(t, oracles.Setting{Revision: tc.revision, HTTP: true}, beside("1:query"), let, tc.none, challenged)
		if got := broken(t, o); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", tc.revision, got, tc.want)
		}
	}
}

// What was not told of is not said to be tested.
func TestMootFramesTestNothing(t *testing.T) {
	for _, tc := range []struct {
		none came
		want bool
	}{{challenged, true}, {let, false}} {
		o := seen(t, legacyHTTP, beside("1:query"), let, tc.none, challenged)
		if got := slices.Contains(oracles.Exercised(&oracles.Context{}, o), "AUTH-03"); got != tc.want {
			t.Errorf("AUTH-03 is tested: %t, want %t", got, tc.want)
		}
	}
}

func TestKeysThatComeBack(t *testing.T) {
	const key = "the-key-of-ada"
	none := came{}
	for _, tc := range []struct {
		as, stderr string
		answer     came
		want       oracles.Severity
	}{
		{"1:foreign", "", came{status: 401, kind: "text/plain", body: "not " + key}, oracles.Medium},
		{"ada", "", ok(`{"content":[{"type":"text","text":"` + key + `"}]}`), oracles.Low},
		{"1:body", "", ok(`{"content":[{"type":"text","text":"` + key + `"}]}`), oracles.SeverityUnset},
		{"ada", "", let, oracles.SeverityUnset},
		{"ada", "came with " + key, let, oracles.Low},
		{"ada", "came", none, oracles.SeverityUnset},
	} {
		o := seen(t, oracles.Setting{Revision: protocol.Modern, HTTP: true}, "request tools/list as="+tc.as, tc.answer)
		o.Keys, o.Stderr, o.State = []string{key}, []byte(tc.stderr), transport.State{Phase: transport.Open}
		worst := oracles.SeverityUnset
		for _, f := range judged(t, o) {
			if f.Oracle == "key-shown" {
				worst = f.Severity
			}
		}
		if worst != tc.want {
			t.Errorf("%+v: %v, want %v", tc, worst, tc.want)
		}
	}
}
