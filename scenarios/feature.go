package scenarios

import (
	"encoding/json"

	"github.com/yosida95/uritemplate/v3"
)

// Feature is a kind of thing that a server offers.
type Feature uint8

// The features, in the order in which they are listed and dealt.
const (
	FeatureUnset Feature = iota
	FeatureTool
	FeaturePrompt
	// FeatureResource is what is read at an address, or at one made from a template.
	FeatureResource
	// FeatureCompletion is the completing of what a prompt or a template takes.
	FeatureCompletion
)

var featureWords = [...]string{"", "tool", "prompt", "resource", "completion"}

// String returns the word used in labels and records, "" for FeatureUnset.
func (f Feature) String() string { return featureWords[f] }

// Label names one thing of a feature in findings and signatures: a tool by its
// own name, all others behind the word of their feature ("prompt/summarize").
func (f Feature) Label(name string) string {
	if f == FeatureTool {
		return name
	}
	return f.String() + "/" + name
}

// Unlisted stands in labels for all names that the server does not list.
const Unlisted = "-"

// Foreign starts the names, addresses and cursors that no server gave out.
const Foreign = "mcpfuzz-"

// Prompt is one entry of a prompts/list result.
type Prompt struct {
	Name string
	// Arguments are those that it takes, each a text.
	Arguments []Argument
}

// Argument is one argument of a Prompt.
type Argument struct {
	Name     string
	Required bool
}

// Resource is one entry of a resources/list result, or of a
// resources/templates/list result, which stands for many.
type Resource struct {
	// URI is the address, or the template of addresses (RFC 6570).
	URI string
	// Name is what people call it, "" where the server calls others so, too.
	Name string
	// template is nil where the URI is an address, or no template that can be read.
	template *uritemplate.Template
	isMany   bool
}

// Title names the resource in labels: a template as it is, one resource by its
// name, since an address may tell of the machine that it is on.
func (r Resource) Title() string {
	if r.isMany || r.Name == "" {
		return r.URI
	}
	return r.Name
}

// Variables are the names of what the template takes, in its order.
func (r Resource) Variables() []string {
	if r.template == nil {
		return nil
	}
	return r.template.Varnames()
}

// Address is the address that the template makes of values; those that are left
// out are empty. It is the URI itself where there is no template.
func (r Resource) Address(values map[string]string) string {
	if r.template == nil {
		return r.URI
	}
	vars := uritemplate.Values{}
	for name, value := range values {
		vars.Set(name, uritemplate.String(value))
	}
	address, err := r.template.Expand(vars)
	if err != nil {
		return r.URI
	}
	return address
}

// Values are the values from which the template makes an address; nil where it
// does not.
func (r Resource) Values(address string) map[string]string {
	if r.template == nil || len(address) > maxAddress {
		return nil
	}
	match := r.template.Match(address)
	if match == nil {
		return nil
	}
	values := map[string]string{}
	for _, name := range r.Variables() {
		values[name] = match.Get(name).String()
	}
	return values
}

// covers reports whether an address may be one of the template's; one that is not
// read may have any.
func (r Resource) covers(address string) bool {
	return r.template == nil || r.template.Regexp().MatchString(address)
}

// maxTemplate bounds the length of a template that is read, and maxTemplates how
// many are: what they are compiled to grows with them. maxAddress bounds the
// addresses that are taken apart.
const (
	maxTemplate  = 512
	maxTemplates = 100
	maxAddress   = 2048
)

func readPrompt(raw json.RawMessage) (Prompt, bool) {
	m := membersOf(raw)
	p := Prompt{Name: textIn(m, "name")}
	var arguments []json.RawMessage
	// What is no list of arguments is none.
	_ = json.Unmarshal(m["arguments"], &arguments)
	for _, raw := range arguments {
		a := membersOf(raw)
		if name := textIn(a, "name"); name != "" {
			p.Arguments = append(p.Arguments, Argument{Name: name, Required: string(a["required"]) == "true"})
		}
	}
	return p, p.Name != ""
}

func readResource(raw json.RawMessage) (Resource, bool) {
	m := membersOf(raw)
	r := Resource{URI: textIn(m, "uri"), Name: textIn(m, "name")}
	return r, r.URI != ""
}

func readTemplate(raw json.RawMessage) (Resource, bool) {
	r := Resource{URI: textIn(membersOf(raw), "uriTemplate"), isMany: true}
	if len(r.URI) <= maxTemplate {
		// One that cannot be read stands for anything.
		r.template, _ = uritemplate.New(r.URI)
	}
	return r, r.URI != ""
}

// membersOf reads an object; nil where there is none. A map, since a struct would
// take a member in another case for its own.
func membersOf(raw json.RawMessage) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	_ = json.Unmarshal(raw, &m)
	return m
}

func textIn(m map[string]json.RawMessage, key string) string {
	var text string
	_ = json.Unmarshal(m[key], &text)
	return text
}

// addFeatures adds what is listed beside the tools.
func (c *Catalog) addFeatures(lists map[string]json.RawMessage) {
	c.knowsPrompts = isList(lists["prompts"])
	c.promptIndex, c.resourceIndex = map[string]int{}, map[string]int{}
	for _, p := range readAll(lists["prompts"], readPrompt) {
		c.prompts = addOnce(c.prompts, c.promptIndex, p.Name, p)
	}
	for _, r := range readAll(lists["resourceTemplates"], readTemplate) {
		if len(c.resources) >= maxTemplates {
			r.template = nil
		}
		c.resources = addOnce(c.resources, c.resourceIndex, r.URI, r)
	}
	c.templates = len(c.resources)
	called := map[string]bool{}
	for _, r := range readAll(lists["resources"], readResource) {
		if called[r.Name] {
			r.Name = ""
		}
		called[r.Name] = true
		c.resources = addOnce(c.resources, c.resourceIndex, r.URI, r)
	}
	declared := membersOf(lists["capabilities"])
	if declared == nil {
		declared = lists
	}
	c.offers = map[string]bool{}
	for name := range declared {
		c.offers[name] = true
	}
}

// readAll reads the entries of a list that can be used.
func readAll[T any](list json.RawMessage, read func(json.RawMessage) (T, bool)) []T {
	var entries []json.RawMessage
	// What is no list has no entries.
	_ = json.Unmarshal(list, &entries)
	var all []T
	for _, raw := range entries {
		if x, ok := read(raw); ok {
			all = append(all, x)
		}
	}
	return all
}

// addOnce adds what is not in the list under its name.
func addOnce[T any](list []T, index map[string]int, name string, x T) []T {
	if _, has := index[name]; has {
		return list
	}
	index[name] = len(list)
	return append(list, x)
}
