package scenarios_test

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// offering is the catalogue of a server with one of each feature.
func offering(t *testing.T) *scenarios.Catalog {
	t.Helper()
	c, err := scenarios.ParseCatalog([]byte(`{
		"tools": [{"name": "t", "inputSchema": {}}],
		"prompts": [{"name": "sum", "arguments": [{"name": "id", "required": true}, {"name": "style"}, {"required": true}, 7]}, {"name": "sum"}, {}, 7],
		"resources": [{"uri": "note:///1", "name": "one"}, {"uri": "note:///2", "name": "one"}, {"uri": "", "name": "none"}],
		"resourceTemplates": [{"uriTemplate": "note:///{id}"}, {"uriTemplate": "repo://{owner}/{+path}"}],
		"capabilities": {"prompts": {}, "resources": {}}}`))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func request(method, params string) scenarios.Request {
	r := scenarios.Request{Method: method}
	if params != "" {
		r.Params = scenarios.MustValue(params)
	}
	return r
}

func TestFeaturesAreRead(t *testing.T) {
	c := offering(t)
	if got := fmt.Sprint(c.Prompts()); got != "[{sum [{id true} {style false}]}]" {
		t.Errorf("the prompts are %s", got)
	}
	var titles []string
	for _, r := range c.Resources() {
		titles = append(titles, r.Title())
	}
	if got := strings.Join(titles, " "); got != "note:///{id} repo://{owner}/{+path} one note:///2" {
		t.Errorf("the resources are %s", got)
	}
	alone, err := scenarios.ParseCatalog([]byte(`{"prompts": []}`))
	if err != nil || alone.Len() != 0 || !alone.Offers(request("prompts/get", "")) || alone.Offers(request("logging/setLevel", "")) {
		t.Errorf("a server that lists no prompts offers them and nothing else: %v", err)
	}
	if alone.Digest() == c.Digest() {
		t.Error("the digests are one")
	}
}

func TestLabels(t *testing.T) {
	c := offering(t)
	for _, tc := range []struct {
		step scenarios.Step
		want string
	}{
		{scenarios.Call{Tool: "t"}, "t"},
		{scenarios.Call{Tool: "T"}, "-"},
		{request("prompts/get", `{"name": "sum"}`), "prompt/sum"},
		{request("prompts/get", `{"name": 7}`), "prompt/-"},
		{request("prompts/get", ""), "prompt/-"},
		{request("resources/read", `{"uri": "note:///1"}`), "resource/one"},
		{request("resources/read", `{"uri": "note:///9"}`), "resource/note:///{id}"},
		{request("resources/read", `{"uri": "repo://a/b/c"}`), "resource/repo://{owner}/{+path}"},
		{request("resources/read", `{"uri": "file:///9"}`), "resource/-"},
		{request("completion/complete", `{"ref": {"name": "sum"}}`), "completion/sum"},
		{request("completion/complete", `{"ref": {"uri": "note:///{id}"}}`), "completion/note:///{id}"},
		{request("completion/complete", `{"ref": {"uri": "note:///3"}}`), "completion/-"},
		{request("tools/list", ""), ""},
		{scenarios.Notify{Method: "prompts/get"}, ""},
	} {
		if got := c.LabelOf(tc.step); got != tc.want {
			t.Errorf("%+v: %q, want %q", tc.step, got, tc.want)
		}
	}
}

func TestTemplatesMakeAddressesAndTakeThemApart(t *testing.T) {
	c := offering(t)
	for uri, tc := range map[string]struct {
		values  map[string]string
		address string
	}{
		"note:///{id}":           {map[string]string{"id": "a b/c"}, "note:///a%20b%2Fc"},
		"repo://{owner}/{+path}": {map[string]string{"owner": "o", "path": "x/y"}, "repo://o/x/y"},
	} {
		r, _ := c.Resource(uri)
		if got := r.Address(tc.values); got != tc.address {
			t.Errorf("%s makes %s, want %s", uri, got, tc.address)
		}
		if got := r.Values(tc.address); !maps.Equal(got, tc.values) {
			t.Errorf("%s takes %s apart as %v", uri, tc.address, got)
		}
	}
}

func TestWantOfFeatures(t *testing.T) {
	c := offering(t)
	for _, tc := range []struct{ method, params, want string }{
		{"prompts/get", `{"name": "sum", "arguments": {"id": "1"}}`, "ok"},
		{"prompts/get", `{"name": "sum", "arguments": {"id": "1", "else": "x"}, "more": 1}`, "ok"},
		{"prompts/get", `{"name": "sum", "arguments": {"id": 1}}`, "PROM-02@/arguments/id"},
		{"prompts/get", `{"name": "sum", "arguments": {"style": "x"}}`, "PROM-02@/arguments/id"},
		{"prompts/get", `{"name": "sum"}`, "PROM-02@/arguments/id"},
		{"prompts/get", `{"name": "sum", "arguments": {"id": "1", "style": null}}`, "ok"},
		{"prompts/get", `{"name": "sum", "arguments": {"id": null}}`, "PROM-02@/arguments/id"},
		{"prompts/get", `{"name": "sum", "arguments": null}`, "PROM-02@/arguments/id"},
		{"prompts/get", `{"name": "sum", "arguments": []}`, "PROM-02@/arguments"},
		{"prompts/get", `{"name": "Sum", "arguments": {"id": "1"}}`, "PROM-01@/name"},
		{"prompts/get", ``, "PROM-02@/name"},
		{"prompts/get", `[]`, "PROM-02@"},
		{"resources/read", `{"uri": "note:///1"}`, "ok"},
		{"resources/read", `{"uri": "never:listed"}`, "ok"},
		{"resources/read", `{"uri": ""}`, "ok"},
		{"resources/read", `{"uri": "mcpfuzz-none://x"}`, "RES-01@/uri"},
		{"resources/read", `{"uri": ["note:///1"]}`, "RES-02@/uri"},
		{"resources/read", `{"uri": null}`, "RES-02@/uri"},
		{"resources/read", `{}`, "RES-02@/uri"},
		{"completion/complete", `{"ref": {"type": "ref/prompt", "name": "?"}, "argument": {"name": "?", "value": ""}}`, "ok"},
		{"completion/complete", `{"ref": {"type": "ref/prompt", "name": "?"}, "argument": {"name": "?", "value": 1}}`, "COMP-01@/argument/value"},
		{"completion/complete", `{"ref": {"type": "ref/prompt", "name": "?"}}`, "COMP-01@/argument"},
		{"logging/setLevel", `{"level": "notice"}`, "ok"},
		{"logging/setLevel", `{"level": "verbose"}`, "LOG-01@/level"},
		{"logging/setLevel", `{"level": 3}`, "LOG-01@/level"},
		{"ping", `{"level": 3}`, "ok"},
	} {
		l := c.WantOf(request(tc.method, tc.params))
		if got := verdict(l); got != tc.want {
			t.Errorf("%s %s: %s, want %s", tc.method, tc.params, got, tc.want)
		}
		if refused := tc.want != "ok"; refused != (l.Want == scenarios.WantReject) || refused != (l.Basis == scenarios.BasisSpec) {
			t.Errorf("%s %s: %v on the basis of %q", tc.method, tc.params, l.Want, l.Basis)
		}
	}
}

// What was not read cannot be held against what is asked for.
func TestUnreadListsAreNotJudged(t *testing.T) {
	for _, data := range []string{`[]`, `{"tools": [], "capabilities": {"prompts": {}, "resources": {}}}`} {
		c, err := scenarios.ParseCatalog([]byte(data))
		if err != nil {
			t.Fatal(err)
		}
		if l := c.WantOf(request("prompts/get", `{"name": "x"}`)); l.Want != scenarios.WantAny || len(l.Unjudged) == 0 {
			t.Errorf("%s: %+v", data, l)
		}
	}
	every, err := scenarios.ParseCatalog([]byte(`{"resourceTemplates": [{"uriTemplate": "broken:{"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if l := every.WantOf(request("resources/read", `{"uri": "mcpfuzz-none://x"}`)); l.Want != scenarios.WantAny {
		t.Errorf("a template that cannot be read may have any address: %+v", l)
	}
}

// However hostile the lists are, they are read, and asked from many sides at once.
func TestHostileFeatures(t *testing.T) {
	var templates []string
	for i := range 200 {
		templates = append(templates, fmt.Sprintf(`{"uriTemplate": "t%d:///{%sz}"}`, i, strings.Repeat("a,", 200)))
	}
	templates = append(templates, `{"uriTemplate": "long:`+strings.Repeat("{a}", 10_000)+`"}`, `{"uriTemplate": "cut:{a:9999}{b*}{?c,d}"}`, `7`, `null`)
	c, err := scenarios.ParseCatalog([]byte(`{"prompts": {}, "resources": 7, "resourceTemplates": [` + strings.Join(templates, ",") + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, r := range c.Resources() {
				c.At(r.Address(map[string]string{"a": "1"}) + "x")
				r.Values(strings.Repeat("t", 100_000))
			}
		})
	}
	wg.Wait()
}
