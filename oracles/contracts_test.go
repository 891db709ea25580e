package oracles_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// exchange is a step, written as in a scenario, and the frames that came for it. A
// frame that starts with a number has that HTTP status.
type exchange struct {
	step    string
	replies []string
}

// observe makes what a server that lives on would be seen to do in a revision.
func observe(t *testing.T, revision string, exchanges ...exchange) oracles.Observation {
	t.Helper()
	text := "-- scenario --\nformat: mcpfuzz/1\nname: made\n-- steps --\n"
	for _, x := range exchanges {
		text += x.step + "\n"
	}
	c, err := scenarios.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	o := oracles.Observation{
		Case: c, Revision: revision, Probe: oracles.Probe{Tried: 1, Alive: true}, State: transport.State{Phase: transport.Open},
	}
	for i, step := range c.Steps {
		if _, opens := step.(scenarios.Open); opens {
			continue
		}
		s := oracles.Seen{Step: strconv.Itoa(i + 1), Sent: step, Alone: true}
		if s.Sent = step; s.Owed() {
			s.ID, s.Expired = "7", len(exchanges[i].replies) == 0
		}
		for _, reply := range exchanges[i].replies {
			f := transport.Frame{Of: -1, Bytes: []byte(reply)}
			if code, body, ok := strings.Cut(reply, " "); ok && code[0] != '{' {
				f.Status, _ = strconv.Atoi(code)
				f.Bytes, f.Of, f.Last, o.HTTP = []byte(body), i, true, true
			}
			s.Answers = append(s.Answers, oracles.Answer{Frame: f, Reply: protocol.Read(f)})
		}
		o.Seen = append(o.Seen, s)
	}
	return o
}

func result(body string) string { return `{"jsonrpc":"2.0","id":7,"result":` + body + `}` }

func refusal(code int, message string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":7,"error":{"code":%d,"message":%q}}`, code, message)
}

// contract is a case of the tables below: what is found of one rule, "" for
// nothing, else its severity.
type contract struct {
	name, revision string
	exchanges      []exchange
	rule, severity string
}

// holdTo plays made observations through all checks.
func holdTo(t *testing.T, catalog string, table []contract) {
	t.Helper()
	c, err := scenarios.ParseCatalog([]byte(catalog))
	if err != nil {
		t.Fatal(err)
	}
	ctx := &oracles.Context{Catalog: c, Controls: map[string]oracles.Control{"t": {Call: scenarios.Call{Tool: "t", Args: scenarios.Obj()}, Text: "works"}}}
	for _, tc := range table {
		t.Run(tc.rule+" "+tc.name, func(t *testing.T) {
			o := observe(t, tc.revision, tc.exchanges...)
			severity := ""
			for _, f := range oracles.Judge(ctx, o) {
				if f.ID() == tc.rule {
					severity = f.Severity.String()
				}
			}
			if severity != tc.severity {
				t.Errorf("found %q, want %q", severity, tc.severity)
			}
			if !slices.Contains(oracles.Exercised(ctx, o), tc.rule) && tc.severity != "" {
				t.Error("the rule is not said to be put to the test")
			}
			if !slices.Contains(oracles.Poses(ctx, o.Case, o.Setting()), tc.rule) && tc.severity != "" {
				t.Error("the case is not said to pose the rule")
			}
		})
	}
}

const (
	batchOfTwo = `raw "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"},{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}]\n"`
	opening    = `raw handshake=none "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"}]\n"`
	one        = `{"jsonrpc":"2.0","id":1,"result":{}}`
	two        = `{"jsonrpc":"2.0","id":2,"result":{}}`
	cutOff     = `raw "{\"jsonrpc\":\n"`
	noJSON     = `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no JSON"}}`
)

func TestBatchesAndFrames(t *testing.T) {
	const b, d5 = "2025-03-26", protocol.Legacy
	holdTo(t, `[]`, []contract{
		{"an array", b, []exchange{{batchOfTwo, []string{"[" + two + "," + one + "]"}}}, "ENV-10a", ""},
		{"one by one", b, []exchange{{batchOfTwo, []string{one, two}}}, "ENV-10a", ""},
		{"one is still on its way", b, []exchange{{batchOfTwo, []string{one}}}, "ENV-10a", ""},
		{"one of two in a response", b, []exchange{{batchOfTwo, []string{"200 [" + one + "]"}}}, "ENV-10a", "medium"},
		{"both in a response", b, []exchange{{batchOfTwo, []string{"200 [" + one + "," + two + "]"}}}, "ENV-10a", ""},
		{"refused", b, []exchange{{batchOfTwo, []string{noJSON}}}, "ENV-10a", "medium"},
		{"a member in another case", d5, []exchange{{`raw "{\"jsonrpc\":\"2.0\",\"ID\":1,\"METHOD\":\"ping\"}\n"`, []string{one}}}, "TOOL-07", "medium"},
		{"refused by a status", b, []exchange{{batchOfTwo, []string{"400 no"}}}, "ENV-10a", "medium"},
		{"turned away", b, []exchange{{batchOfTwo, []string{"401 no"}}}, "ENV-10a", ""},
		{"dropped", b, []exchange{{batchOfTwo, nil}}, "ENV-10a", "medium"},
		{"dropped where there are none", d5, []exchange{{batchOfTwo, nil}}, "ENV-10a", ""},
		{"opens a session", b, []exchange{{opening, []string{"[" + one + "]"}}}, "ENV-10c", "medium"},
		{"opens none", b, []exchange{{opening, []string{noJSON}}}, "ENV-10c", ""},
		{"dropped behind a bad frame", d5, []exchange{{cutOff, []string{noJSON}}, {"request tools/list", nil}}, "ENV-02", "medium"},
		{"served behind a bad frame", d5, []exchange{{cutOff, []string{noJSON}}, {"request tools/list", []string{result("{}")}}}, "ENV-02", ""},
		{"dropped behind a sound one", d5, []exchange{{"request ping", []string{result("{}")}}, {"request tools/list", nil}}, "ENV-02", ""},
	})
}

func TestLifeOfSessions(t *testing.T) {
	const (
		e, d5    = protocol.Modern, protocol.Legacy
		unknown  = `request initialize handshake=none {"protocolVersion":"1999-01-01"}`
		again    = `request initialize {"protocolVersion":"2025-11-25"}`
		modernly = `request initialize handshake=none {"protocolVersion":"2025-11-25"}`
	)
	listed, refused := []string{result("{}")}, []string{refusal(-32600, "no")}
	holdTo(t, `[]`, []contract{
		{"served", d5, []exchange{{"request tools/list handshake=none", listed}}, "LIFE-01", "info"},
		{"refused", d5, []exchange{{"request tools/list handshake=none", refused}}, "LIFE-01", ""},
		{"no sessions", e, []exchange{{"request tools/list handshake=none", listed}}, "LIFE-01", ""},
		{"over HTTP", d5, []exchange{{"request tools/list handshake=none", []string{"200 " + listed[0]}}}, "LIFE-01", ""},
		{"echo", d5, []exchange{{unknown, []string{result(`{"protocolVersion":"1999-01-01"}`)}}}, "LIFE-02", "medium"},
		{"another", d5, []exchange{{unknown, []string{result(`{"protocolVersion":"2025-06-18"}`)}}}, "LIFE-02", ""},
		{"an error", d5, []exchange{{unknown, refused}}, "LIFE-02", "info"},
		{"goes on", d5, []exchange{{"open", nil}, {again, refused}, {"request tools/list", listed}}, "LIFE-03", ""},
		{"is idempotent", d5, []exchange{{"open", nil}, {again, listed}, {"request tools/list", listed}}, "LIFE-03", ""},
		{"ends", d5, []exchange{{"open", nil}, {again, listed}, {"request tools/list", refused}}, "LIFE-03", "medium"},
		{"another revision", "2025-06-18", []exchange{{"open", nil}, {again, listed}, {"request tools/list", refused}}, "LIFE-03", ""},
		{"served", e, []exchange{{"request ping", listed}}, "METH-02", "low"},
		{"refused", e, []exchange{{"request ping", []string{refusal(-32601, "no")}}}, "METH-02", ""},
		{"another code", e, []exchange{{"request ping", []string{refusal(-32600, "no")}}}, "METH-02", "info"},
		{"with 404", e, []exchange{{"request ping", []string{"404 " + refusal(-32601, "no")}}}, "METH-02", ""},
		{"with 200", e, []exchange{{"request ping", []string{"200 " + refusal(-32601, "no")}}}, "METH-02", "low"},
		{"where it exists", d5, []exchange{{"request ping", listed}}, "METH-02", ""},
		{"both eras", e, []exchange{{modernly, []string{result(`{"protocolVersion":"2025-11-25"}`)}}}, "METH-02", ""},
		{"names revisions", e, []exchange{{modernly, []string{refusal(-32601, "2026-07-28 alone")}}}, "METH-02", ""},
		{"names none", e, []exchange{{modernly, []string{refusal(-32601, "no")}}}, "METH-02", "info"},
	})
}

func TestEndOfInput(t *testing.T) {
	for step, want := range map[string]string{"": "", "eof": "", "term": "low", "kill": "medium"} {
		o := observe(t, protocol.Modern, exchange{"open", nil})
		o.Closed.Step = step
		found := oracles.Judge(&oracles.Context{}, o)
		if got := fmt.Sprint(severities(found)); got != fmt.Sprint(strings.Fields(want)) {
			t.Errorf("ended by %q: found %s, want %q", step, got, want)
		}
		o = observe(t, protocol.Legacy, exchange{"open", nil}, exchange{"request tools/list", []string{result("{}")}})
		o.Closed.Step = step
		if found := oracles.Judge(&oracles.Context{}, o); len(found) > 0 {
			t.Errorf("ended by %q with work left: found %+v", step, found)
		}
	}
}

func severities(found []oracles.Finding) []string {
	words := []string{}
	for _, f := range found {
		words = append(words, f.Severity.String())
	}
	return words
}

const contractTools = `[{"name":"t","inputSchema":{"type":"object","properties":{"n":{"type":"integer"},"x":{"type":"number"}}},
	"outputSchema":{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]}}]`

func TestContentsOfAnswers(t *testing.T) {
	const e, d5 = protocol.Modern, protocol.Legacy
	// The number and what a binary fraction, and a printer of its shortest form,
	// make of it.
	const number, nearest, shortest = "90071992547409931", "90071992547409936", "90071992547409940"
	shows := func(n string) []string {
		return []string{result(`{"content":[{"type":"text","text":"n is ` + n + `"}],"structuredContent":{"a":1}}`)}
	}
	holdTo(t, contractTools, []contract{
		{"conforms", d5, []exchange{{"call t {}", []string{result(`{"content":[],"structuredContent":{"a":1,"b":2}}`)}}}, "TOOL-16", ""},
		{"mismatch", d5, []exchange{{"call t {}", []string{result(`{"content":[],"structuredContent":{"a":"1"}}`)}}}, "TOOL-16", "medium"},
		{"missing", d5, []exchange{{"call t {}", []string{result(`{"content":[]}`)}}}, "TOOL-16", "medium"},
		{"a tool error", d5, []exchange{{"call t {}", []string{result(`{"content":[],"isError":true}`)}}}, "TOOL-16", ""},
		{"before there were any", "2025-03-26", []exchange{{"call t {}", []string{result(`{"content":[]}`)}}}, "TOOL-16", ""},
		{"asks back", e, []exchange{{"call t {}", []string{result(`{"resultType":"input_required","inputRequests":{}}`)}}}, "TOOL-16", ""},
		{"a task", d5, []exchange{{"call t {}", []string{result(`{"task":{"taskId":"1"}}`)}}}, "TOOL-16", ""},
		{"exact", d5, []exchange{{`call t {"n":` + number + `}`, shows(number)}}, "TOOL-06", ""},
		{"nearest", d5, []exchange{{`call t {"n":` + number + `}`, shows(nearest)}}, "TOOL-06", "medium"},
		{"shortest", d5, []exchange{{`call t {"n":` + number + `}`, shows(shortest)}}, "TOOL-06", "medium"},
		{"not shown", d5, []exchange{{`call t {"n":` + number + `}`, shows("large")}}, "TOOL-06", ""},
		{"counts down", d5, []exchange{{`call t {"n":9007199254740993}`, shows("9007199254740992")}}, "TOOL-06", ""},
		{"a number", d5, []exchange{{`call t {"x":` + number + `}`, shows(nearest)}}, "TOOL-06", ""},
		{"by an error", d5, []exchange{{`call t {"n":"1"}`, []string{refusal(-32602, "no")}}}, "TOOL-02b", "info"},
		{"by a tool error", d5, []exchange{{`call t {"n":"1"}`, []string{result(`{"isError":true}`)}}}, "TOOL-02b", ""},
		{"an unknown tool", d5, []exchange{{`call u {}`, []string{refusal(-32602, "no")}}}, "TOOL-02b", ""},
		{"when it was right", "2025-06-18", []exchange{{`call t {"n":"1"}`, []string{refusal(-32602, "no")}}}, "TOOL-02b", ""},
		{"another id", d5, []exchange{{"call t {}", []string{`{"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"failed"}}`}}}, "ENV-05", "high"},
		{"withdrawn", e, []exchange{{"call u {}", []string{refusal(-32002, "no")}}}, "ENV-16", "medium"},
		{"withdrawn later", d5, []exchange{{"call u {}", []string{refusal(-32002, "no")}}}, "ENV-16", ""},
		{"kept", e, []exchange{{"call u {}", []string{refusal(-32050, "no")}}}, "ENV-16", "medium"},
		{"defined", e, []exchange{{"call u {}", []string{refusal(-32022, "no")}}}, "ENV-16", ""},
		{"taken", e, []exchange{{"call u {}", []string{refusal(-32000, "no")}}}, "ENV-16", "info"},
		{"of its own", e, []exchange{{"call u {}", []string{refusal(-31000, "no")}}}, "ENV-16", ""},
	})
}

func TestNamesOfTheLanguage(t *testing.T) {
	const d5 = protocol.Legacy
	refused := func(text string) []string { return []string{refusal(-32602, text)} }
	calls := func(first, second, third string) []exchange {
		return []exchange{
			{"call mcpfuzz-a {}", refused(first)}, {"call mcpfuzz-b {}", refused(second)}, {"call __proto__ {}", refused(third)},
		}
	}
	smuggled := func(text string) []exchange {
		return []exchange{
			{`request tools/list {"__proto__": {"mcpfuzzPolluted": "yes"}}`, []string{result("{}")}},
			{"request tools/list", []string{result(text)}},
		}
	}
	holdTo(t, `[]`, []contract{
		{"like others", d5, calls("no mcpfuzz-a", "no mcpfuzz-b", "no __proto__"), "TOOL-09", ""},
		{"unlike others", d5, calls("no mcpfuzz-a", "no mcpfuzz-b", "__proto__ is disabled"), "TOOL-09", "info"},
		{"each its own", d5, calls("try cat", "try dog", "try cow"), "TOOL-09", ""},
		{"polluted", d5, smuggled(`{"tools":[],"mcpfuzzPolluted":"yes"}`), "TOOL-09", "high"},
		{"clean", d5, smuggled(`{"tools":[]}`), "TOOL-09", ""},
		{"a log of it", d5, smuggled(`{"log":"__proto__: mcpfuzzPolluted"}`), "TOOL-09", ""},
	})
}

// Two requests with one id are told apart on both transports.
func TestOneIDTwice(t *testing.T) {
	for _, http := range []bool{false, true} {
		burst := exchange{"request tools/list id=7", []string{result("{}")}}
		o := observe(t, protocol.Legacy, burst, exchange{"request tools/list id=7", nil})
		o.HTTP = http
		found := oracles.Judge(&oracles.Context{}, o)
		if len(found) != 1 || found[0].ID() != "ENV-06" {
			t.Errorf("over HTTP %v: found %+v, want ENV-06", http, found)
		}
	}
}
