package oracles_test

import (
	"encoding/base64"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// bytesOf is a body that is known whole.
type bytesOf string

func (b bytesOf) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, string(b))
	return int64(n), err
}

// A plain form that was asked for otherwise is not said to be kept out.
func TestEvasionIsOfTheSameCall(t *testing.T) {
	catalog, err := scenarios.ParseCatalog([]byte(`[{"name": "get", "description": "Gets a thing.", "inputSchema": {"type": "object"}}]`))
	if err != nil {
		t.Fatal(err)
	}
	for more, want := range map[string]string{``: "evaded", `, "offset": 8`: "escaped"} {
		o := oracles.Observation{Revision: protocol.Revisions()[0].Name}
		for i, name := range []string{"absolute", "climbing"} {
			form, _ := scenarios.CanaryOf(name)
			args, answer := `{"path": "x"`+more+`}`, "nothing"
			if more = ""; name == "climbing" {
				answer = "the secret of " + name
			}
			frame := transport.Frame{Bytes: []byte(`{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"` + answer + `"}]}}`)}
			o.Planted = append(o.Planted, scenarios.Planted{Form: form, Word: name, Secrets: []string{"the secret of " + name}})
			o.Seen = append(o.Seen, oracles.Seen{
				Step: strconv.Itoa(i + 1), ID: "7", Alone: true,
				Sent:    scenarios.Call{Tool: "get", Args: scenarios.MustValue(args), Attrs: scenarios.Attrs{Mutant: "path-outside@/path"}},
				Message: transport.Message{Body: bytesOf(`{"to": "` + name + `"}`)},
				Answers: []oracles.Answer{{Frame: frame, Reply: protocol.Read(frame)}},
			})
		}
		var got []string
		for _, f := range oracles.Judge(&oracles.Context{Catalog: catalog}, o) {
			if f.Oracle == "escaped" || f.Oracle == "evaded" {
				got = append(got, f.Oracle)
			}
		}
		if !slices.Equal(got, []string{want}) {
			t.Errorf("found %q, want %s", got, want)
		}
	}
}

func TestReachingWhatIsPlantedIsProved(t *testing.T) {
	const secret = "0123456789abcdef01234567"
	catalog, err := scenarios.ParseCatalog([]byte(`[{"name": "get", "description": "Gets a thing.", "inputSchema": {"type": "object"}},
		{"name": "fetch", "description": "Reads a page.", "inputSchema": {"type": "object"}}, {"name": "act", "description": "Acts.", "inputSchema": {"type": "object", "properties": {"line": {"description": "A shell command."}, "more": {"description": "Other flags."}}}}]`))
	if err != nil {
		t.Fatal(err)
	}
	quiet := scenarios.Planted{Secrets: []string{secret}}
	changed, called := quiet, quiet
	changed.Changed, called.Called = "a file was changed", true
	given := func(args ...string) scenarios.Planted {
		p := quiet
		p.Started = [][]string{{"status"}, args}
		return p
	}
	for _, tc := range []struct {
		name, tool, mutant, form string
		planted                  scenarios.Planted
		// kept is a form that was answered and led nowhere, "" for none.
		kept          string
		homeless      bool
		answer, found string
	}{
		{"refused, and the path repeated", "get", "path-outside@/path", "absolute", quiet, "", false, "no w1 for you", ""},
		{"read", "get", "path-outside@/path", "absolute", quiet, "", false, "it is " + secret, "TOOL-13 critical"},
		{"read as base64", "get", "path-outside@/path", "absolute", quiet, "", false, base64.StdEncoding.EncodeToString([]byte(secret + "\n")), "TOOL-13 critical"},
		{"changed", "get", "path-fresh@/path", "fresh", changed, "", false, "done", "TOOL-13 critical"},
		{"read where there is no root", "get", "path-outside@/path", "absolute", quiet, "", true, secret, "TOOL-13 low"},
		{"read through a link", "get", "path-linked@/path", "link", quiet, "", false, secret, "TOOL-13 high"},
		{"climbed", "get", "climbing-id@/id", "climbing-id", called, "", false, "done", "TOOL-13 high"},
		{"run", "get", "shell-text@/id", "substitution", changed, "", false, "done", "H14 critical"},
		{"run, without a root", "get", "shell-text@/id", "substitution", changed, "", true, "done", "H14 critical"},
		{"run where commands belong", "act", "shell-text@/line", "substitution", changed, "", false, "done", "H14 low"},
		{"called", "get", "inward-address@/url", "loopback", called, "", false, "done", "H14 high"},
		{"called where addresses are fetched", "fetch", "inward-address@/url", "loopback", called, "", false, "done", "H14 low"},
		{"called by another name", "fetch", "inward-address@/url", "any-address", called, "loopback", false, "done", "H14 high"},
		{"called by another name, the first was not tried", "fetch", "inward-address@/url", "any-address", called, "localhost", false, "done", "H14 low"},
		{"climbed where there is no root, and whole paths are kept", "get", "path-outside@/path", "climbing", quiet, "absolute", true, secret, "TOOL-13 high"},
		{"read by a link where there is no root", "get", "path-linked@/path", "link", quiet, "absolute", true, secret, "TOOL-13 low"},
		{"climbed out of a root, and whole paths are kept", "get", "path-outside@/path", "climbing", quiet, "absolute", false, secret, "TOOL-13 critical"},
		{"climbed to another thing, without a root", "get", "climbing-id@/id", "climbing-id", called, "", true, "done", "TOOL-13 high"},
		{"an option", "get", "program-argument@/id", "option", given("log", "--w1"), "", false, "done", "TOOL-17 high"},
		{"an option where commands belong", "act", "program-argument@/line", "option", given("log", "--w1"), "", false, "done", "TOOL-17 low"},
		{"an option where options belong", "act", "program-argument@/more", "option", given("log", "--w1"), "", false, "done", "TOOL-17 low"},
		{"an option, or a value", "get", "program-argument@/id", "option", given("-n", "--w1"), "", false, "done", "TOOL-17 low"},
		{"no option behind the end of them", "get", "program-argument@/id", "option", given("--", "--w1"), "", false, "done", ""},
		{"several arguments behind it", "get", "program-argument@/id", "several", given("--", "x", "--w1", "y"), "", false, "done", "TOOL-17 low"},
		{"several arguments", "get", "program-argument@/id", "several", given("x", "--w1", "y"), "", false, "done", "TOOL-17 high"},
		{"one argument", "get", "program-argument@/id", "several", given("x --w1 y"), "", false, "done", ""},
		{"joined to an option", "get", "program-argument@/id", "option", given("--author=--w1"), "", false, "done", ""},
		{"of another form", "get", "climbing-id@/id", "climbing-id", given("--w1"), "", false, "done", ""},
		{"not called", "get", "inward-address@/url", "loopback", quiet, "", false, "done", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			form, ok := scenarios.CanaryOf(tc.form)
			if !ok {
				t.Fatalf("there is no form %s", tc.form)
			}
			tc.planted.Form, tc.planted.Word = form, "w1"
			planted := []scenarios.Planted{tc.planted}
			if kept, ok := scenarios.CanaryOf(tc.kept); ok {
				planted = append(planted, scenarios.Planted{Form: kept, Word: "w1"})
			}
			body := `{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"` + tc.answer + `"}]}}`
			frame := transport.Frame{Bytes: []byte(body)}
			o := oracles.Observation{Revision: protocol.Revisions()[0].Name, Planted: planted, Seen: []oracles.Seen{{
				Step: "1", Sent: scenarios.Call{Tool: tc.tool, Attrs: scenarios.Attrs{Mutant: tc.mutant}}, ID: "7", Alone: true,
				Message: transport.Message{Body: bytesOf(`{"to": "w1"}`)},
				Answers: []oracles.Answer{{Frame: frame, Reply: protocol.Read(frame)}},
			}}}
			var got []string
			for _, f := range oracles.Judge(&oracles.Context{Catalog: catalog, Rooted: !tc.homeless}, o) {
				if f.Oracle == "escaped" || f.Oracle == "evaded" {
					got = append(got, f.ID()+" "+f.Severity.String())
				}
			}
			if list := strings.Join(got, ", "); list != tc.found {
				t.Errorf("found %q, want %q", list, tc.found)
			}
		})
	}
}

// What was done for a call that is refused is told by who was asked for it.
func TestActingForRefusedCalls(t *testing.T) {
	catalog, err := scenarios.ParseCatalog([]byte(`[{"name": "get", "inputSchema": {"type": "object", "properties": {"ref": {"type": "string"}}, "additionalProperties": false}}]`))
	if err != nil {
		t.Fatal(err)
	}
	word, _ := scenarios.CanaryOf("word")
	refused, served, faulted := `"error":{"code":-32602,"message":"no"}`, `"result":{"content":[]}`, `"error":{"code":-32603,"message":"no"}`
	for name, tc := range map[string]struct {
		args, answer  string
		asked, passed bool
		want          string
	}{
		"nobody was asked":         {`{"ref": "w1", "more": 1}`, refused, false, false, ""},
		"asked":                    {`{"ref": "w1", "more": 1}`, refused, true, false, "TOOL-18 medium"},
		"asked, and failed":        {`{"ref": "w1", "more": 1}`, faulted, true, false, "TOOL-18 medium"},
		"told":                     {`{"ref": "w1", "more": 1}`, refused, false, true, "TOOL-18 low"},
		"it was no wrong call":     {`{"ref": "w1"}`, refused, true, false, ""},
		"served, which is another": {`{"ref": "w1", "more": 1}`, served, true, false, ""},
	} {
		frame := transport.Frame{Bytes: []byte(`{"jsonrpc":"2.0","id":7,` + tc.answer + `}`)}
		o := oracles.Observation{
			Revision: protocol.Legacy,
			Planted:  []scenarios.Planted{{Form: word, Word: "w1", Asked: tc.asked, Passed: tc.passed, Called: tc.asked, Secrets: []string{"none"}}},
			Seen: []oracles.Seen{{
				Step: "1", ID: "7", Alone: true, Sent: scenarios.Call{Tool: "get", Args: scenarios.MustValue(tc.args)},
				Message: transport.Message{Body: bytesOf(tc.args)}, Answers: []oracles.Answer{{Frame: frame, Reply: protocol.Read(frame)}},
			}},
		}
		var got []string
		for _, f := range oracles.Judge(&oracles.Context{Catalog: catalog, Rooted: true}, o) {
			if f.Oracle == "acted" || f.Oracle == "escaped" {
				got = append(got, f.ID()+" "+f.Severity.String())
			}
		}
		if list := strings.Join(got, ", "); list != tc.want {
			t.Errorf("%s: found %q, want %q", name, list, tc.want)
		}
	}
}
