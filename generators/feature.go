package generators

import (
	"slices"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// maxPerFeature bounds how many prompts, resources and completions are dealt:
// servers list thousands that are served by the same few lines.
const maxPerFeature = 4

// features are the subjects that a catalogue holds beside its tools: prompts,
// resources and what can be completed. One whose label stands for something else
// already is left out.
func features(c *scenarios.Catalog) []Subject {
	prompts, resources := c.Prompts(), c.Resources()
	var list []Subject
	for _, p := range prompts[:min(len(prompts), maxPerFeature)] {
		list = append(list, promptSubject(c, p))
	}
	for _, r := range resources[:min(len(resources), maxPerFeature)] {
		list = append(list, resourceSubject(c, r))
	}
	if c.Offers(scenarios.Request{Method: completing}) {
		list = append(list, completions(c)...)
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(list, func(s Subject) bool {
		_, isTool := c.Tool(s.Label)
		again := seen[s.Label]
		seen[s.Label] = true
		return isTool || again
	})
}

// completions are what can be completed: the arguments of the first prompt that
// takes any, and the variables of the first such template.
func completions(c *scenarios.Catalog) []Subject {
	var list []Subject
	for _, p := range c.Prompts() {
		if len(p.Arguments) > 0 {
			names := make([]scenarios.Value, len(p.Arguments))
			for i, a := range p.Arguments {
				names[i] = scenarios.Str(a.Name)
			}
			list = append(list, completionSubject(c, "prompt", "name", p.Name, names))
			break
		}
	}
	for _, r := range c.Resources() {
		if names := r.Variables(); len(names) > 0 {
			list = append(list, completionSubject(c, "resource", "uri", r.URI, texts(names)))
			break
		}
	}
	return list
}

func promptSubject(c *scenarios.Catalog, p scenarios.Prompt) Subject {
	var properties []scenarios.Member
	var required []string
	for _, a := range p.Arguments {
		properties = append(properties, member(a.Name, aText))
		if a.Required {
			required = append(required, a.Name)
		}
	}
	return newSubject(Subject{Catalog: c, Feature: scenarios.FeaturePrompt, Name: p.Name}, read(objectSchema(properties, required)))
}

// resourceSubject takes the variables of a template for its arguments. Addresses
// that are listed tell what they may be.
func resourceSubject(c *scenarios.Catalog, r scenarios.Resource) Subject {
	seen := map[string][]scenarios.Value{}
	for _, other := range c.Resources() {
		for name, value := range r.Values(other.URI) {
			seen[name] = append(seen[name], scenarios.Str(value))
		}
	}
	var properties []scenarios.Member
	for _, name := range r.Variables() {
		schema := aText
		if examples := seen[name]; len(examples) > 0 {
			schema = schema.With("/examples", scenarios.Arr(examples...))
		}
		properties = append(properties, member(name, schema))
	}
	s := newSubject(Subject{Catalog: c, Feature: scenarios.FeatureResource, Name: r.URI, resource: r}, read(objectSchema(properties, r.Variables())))
	s.Name, s.Label = s.address(s.base), s.Feature.Label(r.Title())
	return s
}

func completionSubject(c *scenarios.Catalog, kind, key, name string, arguments []scenarios.Value) Subject {
	ref := objectSchema([]scenarios.Member{member("type", oneOf(scenarios.Str("ref/"+kind))), member(key, oneOf(scenarios.Str(name)))}, []string{"type", key})
	argument := objectSchema([]scenarios.Member{member("name", oneOf(arguments...)), member("value", aText)}, []string{"name", "value"})
	s := Subject{Catalog: c, Feature: scenarios.FeatureCompletion, Name: name, nameAt: scenarios.Pointer("/ref", key)}
	return newSubject(s, read(objectSchema([]scenarios.Member{member("ref", ref), member("argument", argument)}, []string{"ref", "argument"})))
}

// The schemas of what takes no tool's schema.
var aText = scenarios.MustValue(`{"type": "string"}`)

func oneOf(values ...scenarios.Value) scenarios.Value {
	return scenarios.Obj(member("enum", scenarios.Arr(values...)))
}

func objectSchema(properties []scenarios.Member, required []string) scenarios.Value {
	return scenarios.Obj(
		member("type", scenarios.Str("object")),
		member("properties", scenarios.Obj(properties...)),
		member("required", scenarios.Arr(texts(required)...)),
	)
}

func member(key string, v scenarios.Value) scenarios.Member {
	return scenarios.Member{Key: key, Value: v}
}

func texts(list []string) []scenarios.Value {
	values := make([]scenarios.Value, len(list))
	for i, text := range list {
		values[i] = scenarios.Str(text)
	}
	return values
}

// completing is the method that completes arguments.
const completing = "completion/complete"

// ask is the step that asks for a thing of the subject's feature by its name, with
// arguments.
func (s Subject) ask(name string, attrs scenarios.Attrs, args scenarios.Value) scenarios.Step {
	switch s.Feature {
	case scenarios.FeaturePrompt:
		params := scenarios.Obj(member("name", scenarios.Str(name)))
		if !args.IsAbsent() {
			params = params.With("/arguments", args)
		}
		return scenarios.Request{Attrs: attrs, Method: "prompts/get", Params: params}
	case scenarios.FeatureResource:
		return scenarios.Request{Attrs: attrs, Method: "resources/read", Params: s.reading(name, args)}
	case scenarios.FeatureCompletion:
		return scenarios.Request{Attrs: attrs, Method: completing, Params: s.completion(name, args)}
	}
	return scenarios.Call{Attrs: attrs, Tool: name, Args: args}
}

// completion are the params that complete an argument of what has that name. What
// is no object stands in the place of the argument: params that are none make no
// message, which is a client's mistake and nobody else's.
func (s Subject) completion(name string, args scenarios.Value) scenarios.Value {
	if args.Kind() != scenarios.Object || args.IsExpr() {
		params := s.base.Without("/argument")
		if !args.IsAbsent() {
			params = params.With("/argument", args)
		}
		args = params
	}
	if name == s.Name {
		return args
	}
	return args.With(s.nameAt, scenarios.Str(name))
}

// reading are the params that read an address: the one that the template makes of
// its variables among the arguments, or another name. Other arguments are members
// beside it; what is no object stands in the place of the address.
func (s Subject) reading(name string, args scenarios.Value) scenarios.Value {
	switch {
	case args.IsAbsent():
		return args
	case args.Kind() != scenarios.Object || args.IsExpr():
		return scenarios.Obj(member("uri", args))
	}
	uri := scenarios.Str(name)
	if name == s.Name {
		uri = s.uri(args)
	}
	members := []scenarios.Member{member("uri", uri)}
	for _, m := range args.Members() {
		if !s.Schema.names(m.Key) && m.Key != "uri" {
			members = append(members, m)
		}
	}
	return scenarios.Obj(members...)
}

// maxVariable is the greatest size of a value that is written out in an address.
const maxVariable = 4 << 10

// uri is the address that arguments make. One of a value that is larger than a
// case should be repeats itself to that size.
func (s Subject) uri(args scenarios.Value) scenarios.Value {
	for _, m := range args.Members() {
		if n := m.Value.Size(); s.Schema.names(m.Key) && n > maxVariable {
			whole := s.address(args.With(scenarios.Pointer("", m.Key), scenarios.Str("A")))
			return scenarios.Repeat(scenarios.Str(whole), n/int64(len(whole))+1)
		}
	}
	return scenarios.Str(s.address(args))
}

// address is the address that the subject's template makes of arguments; what it
// does not name is not looked at, however large.
func (s Subject) address(args scenarios.Value) string {
	values := map[string]string{}
	for _, m := range args.Members() {
		if !s.Schema.names(m.Key) {
			continue
		}
		text, isText := m.Value.Text()
		if !isText {
			text = compact(m.Value)
		}
		values[m.Key] = text
	}
	return s.resource.Address(values)
}

// lists reports whether the catalogue lists a name among those of the feature.
func (s Subject) lists(name string) bool {
	_, isTool := s.Catalog.Tool(name)
	_, isPrompt := s.Catalog.Prompt(name)
	_, isResource := s.Catalog.Resource(name)
	switch s.Feature {
	case scenarios.FeaturePrompt:
		return isPrompt
	case scenarios.FeatureResource:
		return isResource
	case scenarios.FeatureCompletion:
		return isPrompt || isResource
	}
	return isTool
}
