package generators

import (
	"regexp"
	"slices"
	"strconv"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// object makes an object: what is required and what that depends on, optional
// properties, and others for their number.
func (m maker) object(s *Schema, level int) scenarios.Value {
	s = s.depending(m.full)
	o := object{maker: m, schema: s, level: level}
	// Room is for the properties that may be there beside those that must.
	most := s.count("maxProperties", len(s.properties)+maxFillers)
	room := most - len(s.required)
	for _, p := range s.properties {
		switch {
		case s.isRequired(p.name):
			o.add(p.name)
		case room > 0 && !m.sparing(level) && (m.full || m.Bool()):
			room--
			o.add(p.name)
		}
	}
	for _, name := range s.required {
		o.add(name)
	}
	for i := 0; i < len(o.members); i++ {
		for _, name := range s.follows(o.members[i].Key) {
			o.add(name)
		}
	}
	least := min(s.count("minProperties", 0), most)
	for i := range s.properties {
		if len(o.members) < least {
			o.add(s.properties[i].name)
		}
	}
	for i := 0; len(o.members) < least && i < maxFillers; i++ {
		o.add(m.filler(s, i))
	}
	return scenarios.Obj(o.members...)
}

// object is an object that is being made.
type object struct {
	maker
	schema  *Schema
	level   int
	members []scenarios.Member
}

// add adds a property that is not there yet.
func (o *object) add(name string) {
	has := slices.ContainsFunc(o.members, func(x scenarios.Member) bool { return x.Key == name })
	if schema := o.schema.ofKey(name); !has && schema.Source() != "false" {
		o.members = append(o.members, scenarios.Member{Key: name, Value: o.value(o.schema.at(schema), name, o.level+1)})
	}
}

// depending is the schema with what depends on the properties that will be
// there: those required, or all.
func (s *Schema) depending(full bool) *Schema {
	for _, word := range []string{"dependentSchemas", "dependencies"} {
		for _, m := range s.words[word].Members() {
			if m.Value.Kind() == scenarios.Object && (full || s.isRequired(m.Key)) {
				s = s.with(m.Value)
			}
		}
	}
	return s
}

// follows are the properties that one of that name needs beside it.
func (s *Schema) follows(name string) []string {
	var names []string
	for _, word := range []string{"dependentRequired", "dependencies"} {
		for _, item := range s.words[word].Member(name).Items() {
			if text, ok := item.Text(); ok {
				names = append(names, text)
			}
		}
	}
	return names
}

// maxFillers bounds the properties that are made only for their number.
const maxFillers = 100

// filler is the name of a property that an object has for their number.
func (m maker) filler(s *Schema, i int) string {
	if names := s.words["propertyNames"]; names.Kind() == scenarios.Object {
		name := s.at(names)
		if given := name.given(); len(given) > 0 {
			return textOf(given[i%len(given)])
		}
		return m.text(name, "")
	}
	for _, p := range s.words["patternProperties"].Members() {
		if name, ok := m.matching(p.Key, i); ok {
			return name
		}
	}
	return "key" + strconv.Itoa(i+1)
}

// ofKey is the schema of a property, named or not.
func (s *Schema) ofKey(name string) scenarios.Value {
	var parts []scenarios.Value
	for _, p := range s.properties {
		if p.name == name {
			parts = append(parts, p.schema)
		}
	}
	for _, p := range s.words["patternProperties"].Members() {
		if re, err := regexp.Compile(p.Key); len(p.Key) <= scenarios.MaxPattern && err == nil && re.MatchString(name) {
			parts = append(parts, p.Value)
		}
	}
	for _, word := range []string{"additionalProperties", "unevaluatedProperties"} {
		if rest := s.words[word]; len(parts) == 0 && rest.Kind() == scenarios.Object {
			parts = append(parts, rest)
		}
	}
	switch len(parts) {
	case 0:
		return scenarios.MustValue(`{"type": "string"}`)
	case 1:
		return parts[0]
	}
	return allOf(parts...)
}

func (s *Schema) names(name string) bool {
	return slices.ContainsFunc(s.properties, func(p property) bool { return p.name == name })
}
