package scenarios

import (
	"strings"
	"sync"
)

// demanded is what the protocol demands of the params of a method's requests.
type demanded struct {
	method string
	// rule is the row of the oracle table that a breach belongs to.
	rule string
	// schema is the form of the params, as the protocol's own schema has it.
	schema string
	// known judges params of that form by what the server lists; nil where that
	// does not matter.
	known func(*Catalog, Value) Label
}

// requests are the methods, beside tools/call, whose params are judged.
func requests() []demanded {
	return []demanded{
		{
			// Clients write null for what is not there.
			method: "prompts/get", rule: "PROM-02", known: (*Catalog).wantOfPrompt,
			schema: `{"type":"object","required":["name"],"properties":{"name":{"type":"string"},"arguments":{"type":["object","null"],"additionalProperties":{"type":["string","null"]}}}}`,
		},
		{
			method: "resources/read", rule: "RES-02", known: (*Catalog).wantOfResource,
			schema: `{"type":"object","required":["uri"],"properties":{"uri":{"type":"string"}}}`,
		},
		{
			method: "completion/complete", rule: "COMP-01",
			schema: `{"type":"object","required":["ref","argument"],"properties":{
				"ref":{"anyOf":[
					{"type":"object","required":["type","name"],"properties":{"type":{"const":"ref/prompt"},"name":{"type":"string"}}},
					{"type":"object","required":["type","uri"],"properties":{"type":{"const":"ref/resource"},"uri":{"type":"string"}}}]},
				"argument":{"type":"object","required":["name","value"],"properties":{"name":{"type":"string"},"value":{"type":"string"}}}}}`,
		},
		{
			method: "logging/setLevel", rule: "LOG-01",
			schema: `{"type":"object","required":["level"],"properties":{"level":{"enum":["debug","info","notice","warning","error","critical","alert","emergency"]}}}`,
		},
	}
}

// compiled is a row of requests with its schema compiled.
type compiled struct {
	demanded
	*validator
}

// compiledRequests are the rows by their methods.
var compiledRequests = sync.OnceValue(func() map[string]compiled {
	rows := map[string]compiled{}
	for _, d := range requests() {
		v, err := compile([]byte(d.schema), new(strikes))
		if err != nil {
			// The schemas are part of the program; a test judges by them all.
			panic("scenarios: " + d.method + ": " + err.Error())
		}
		rows[d.method] = compiled{d, v}
	}
	return rows
})

// wantOf judges the params of a request of the method.
func (d compiled) wantOf(c *Catalog, params Value) Label {
	if params.IsAbsent() {
		params = Obj()
	}
	if params.Kind() != Object {
		return refuse(BasisSpec, Breach{Keyword: d.rule, Detail: "params is no object but " + params.Kind().String()})
	}
	l := d.label(params)
	l.Loose = nil // the protocol leaves its objects open
	if l.Want == WantReject {
		l.Basis = BasisSpec
		for i := range l.Breaches {
			l.Breaches[i].Keyword = d.rule
		}
		return l
	}
	if d.known == nil || len(l.Unjudged) > 0 {
		return l
	}
	return d.known(c, params)
}

// wantOfPrompt refuses prompts that are not listed, and those that lack an
// argument which the list calls required.
func (c *Catalog) wantOfPrompt(params Value) Label {
	if c == nil || !c.knowsPrompts {
		return unjudged("the prompts are not known")
	}
	p, ok := c.Prompt(textAt(params, "/name"))
	if !ok {
		return refuse(BasisSpec, Breach{Pointer: "/name", Keyword: "PROM-01", Detail: "no prompt of that name is listed"})
	}
	l := Label{Want: WantAny}
	for _, a := range p.Arguments {
		if at := Pointer("/arguments", a.Name); a.Required && !given(params, at) {
			l.Breaches = append(l.Breaches, Breach{Pointer: at, Keyword: "PROM-02", Detail: "a required argument is missing"})
		}
	}
	if len(l.Breaches) > 0 {
		l.Want, l.Basis = WantReject, BasisSpec
	}
	return l
}

// given reports whether there is something at a place, and not null.
func given(v Value, pointer string) bool {
	x, ok := v.At(pointer)
	return ok && x.Kind() != Null
}

// wantOfResource refuses addresses that cannot lead anywhere. Servers may have
// resources that they do not list, so that every other address may.
func (c *Catalog) wantOfResource(params Value) Label {
	address := textAt(params, "/uri")
	if _, ok := c.At(address); !ok && strings.HasPrefix(address, Foreign) {
		return refuse(BasisSpec, Breach{Pointer: "/uri", Keyword: "RES-01", Detail: "no resource is listed that could have that address"})
	}
	return Label{Want: WantAny}
}
