package scenarios

import (
	"slices"
	"strings"
)

// Prompts returns the prompts in the order of the list; it must not be modified.
func (c *Catalog) Prompts() []Prompt {
	if c == nil {
		return nil
	}
	return c.prompts
}

// Prompt returns the prompt with that name.
func (c *Catalog) Prompt(name string) (Prompt, bool) {
	if c == nil {
		return Prompt{}, false
	}
	i, ok := c.promptIndex[name]
	if !ok {
		return Prompt{}, false
	}
	return c.prompts[i], true
}

// Resources returns the templates and then the resources, in the order of their
// lists; it must not be modified.
func (c *Catalog) Resources() []Resource {
	if c == nil {
		return nil
	}
	return c.resources
}

// Resource returns the listed resource, or template, with that URI.
func (c *Catalog) Resource(uri string) (Resource, bool) {
	if c == nil {
		return Resource{}, false
	}
	i, ok := c.resourceIndex[uri]
	if !ok {
		return Resource{}, false
	}
	return c.resources[i], true
}

// At returns the resource at an address: the one that is listed, else the first
// template that may stand for it.
func (c *Catalog) At(address string) (Resource, bool) {
	if r, ok := c.Resource(address); ok && !r.isMany {
		return r, true
	}
	if c == nil {
		return Resource{}, false
	}
	i := slices.IndexFunc(c.resources[:c.templates], func(r Resource) bool { return r.covers(address) })
	if i < 0 {
		return Resource{}, false
	}
	return c.resources[i], true
}

// capabilities are those that a server declares before it is asked, by how the
// methods start that belong to them.
var capabilities = []struct{ prefix, name string }{
	{"prompts/", "prompts"},
	{"resources/", "resources"},
	{"completion/", "completions"},
	{"logging/", "logging"},
}

// Offers reports whether the server declares what a step asks for; what needs no
// declaring is always offered.
func (c *Catalog) Offers(step Step) bool {
	r, ok := step.(Request)
	if !ok {
		return true
	}
	for _, capability := range capabilities {
		if strings.HasPrefix(r.Method, capability.prefix) {
			return c != nil && c.offers[capability.name]
		}
	}
	return true
}

// LabelOf is the label of what a step asks for, with Unlisted for the name where
// the server lists none such; "" where it asks for no one thing.
func (c *Catalog) LabelOf(step Step) string {
	switch step := step.(type) {
	case Call:
		_, ok := c.Tool(step.Tool)
		return label(FeatureTool, step.Tool, ok)
	case Request:
		return c.labelOfRequest(step)
	}
	return ""
}

func label(f Feature, name string, listed bool) string {
	if !listed {
		name = Unlisted
	}
	return f.Label(name)
}

func (c *Catalog) labelOfRequest(r Request) string {
	switch r.Method {
	case "prompts/get":
		p, ok := c.Prompt(textAt(r.Params, "/name"))
		return label(FeaturePrompt, p.Name, ok)
	case "resources/read":
		at, ok := c.At(textAt(r.Params, "/uri"))
		return label(FeatureResource, at.Title(), ok)
	case "completion/complete":
		if p, ok := c.Prompt(textAt(r.Params, "/ref/name")); ok {
			return label(FeatureCompletion, p.Name, ok)
		}
		at, ok := c.Resource(textAt(r.Params, "/ref/uri"))
		return label(FeatureCompletion, at.Title(), ok)
	}
	return ""
}

// textAt is the text at a place, "" where there is none.
func textAt(v Value, pointer string) string {
	x, _ := v.At(pointer)
	text, _ := x.Text()
	return text
}
