package generators

import (
	"maps"
	"slices"
	"strconv"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Schema is a JSON Schema read for generation: references followed, allOf
// merged, the alternatives of anyOf, oneOf and if at hand. What it does not
// understand it leaves out; whether a value is valid is not its word but the
// validator's.
type Schema struct {
	in *document
	// words are the keywords, but for those read below.
	words      map[string]scenarios.Value
	properties []property
	required   []string
	// options are alternatives: a value fits one of each list.
	options [][]scenarios.Value
}

// property is a named part of an object, in the order of the schema.
type property struct {
	name   string
	schema scenarios.Value
}

// maxMerge bounds how many schemas are merged into one: references may run in
// circles.
const maxMerge = 32

// readSchema reads the schema at a place in a document.
func readSchema(in *document, at scenarios.Value) *Schema {
	s := &Schema{in: in, words: map[string]scenarios.Value{}}
	budget := maxMerge
	s.merge(at, &budget)
	return s
}

func (s *Schema) merge(at scenarios.Value, budget *int) {
	if *budget--; *budget < 0 {
		return
	}
	for _, m := range at.Members() {
		switch m.Key {
		case "$ref", "$dynamicRef", "$recursiveRef":
			ref, _ := m.Value.Text()
			if target, ok := s.in.resolve(ref); ok {
				s.merge(target, budget)
			}
		case "allOf":
			for _, part := range m.Value.Items() {
				s.merge(part, budget)
			}
		case "anyOf", "oneOf":
			if items := m.Value.Items(); len(items) > 0 {
				s.options = append(s.options, items)
			}
		case "if":
			s.options = append(s.options, branches(m.Value, at.Member("then"), at.Member("else")))
		case "then", "else":
		case "properties":
			for _, p := range m.Value.Members() {
				s.add(p.Key, p.Value)
			}
		case "required":
			for _, r := range m.Value.Items() {
				if name, ok := r.Text(); ok {
					s.required = append(s.required, name)
				}
			}
		default:
			s.words[m.Key] = both(m.Key, s.words[m.Key], m.Value)
		}
	}
}

func (s *Schema) add(name string, schema scenarios.Value) {
	i := slices.IndexFunc(s.properties, func(p property) bool { return p.name == name })
	if i < 0 {
		s.properties = append(s.properties, property{name, schema})
		return
	}
	s.properties[i].schema = allOf(s.properties[i].schema, schema)
}

// at reads a schema inside the same document.
func (s *Schema) at(v scenarios.Value) *Schema { return readSchema(s.in, v) }

// with is the schema together with another.
func (s *Schema) with(other scenarios.Value) *Schema {
	merged := &Schema{
		in: s.in, words: maps.Clone(s.words), properties: slices.Clone(s.properties),
		required: slices.Clone(s.required), options: slices.Clone(s.options),
	}
	budget := maxMerge
	merged.merge(other, &budget)
	return merged
}

// choosing is the schema with one of its first alternatives chosen.
func (s *Schema) choosing(option scenarios.Value) *Schema {
	rest := *s
	rest.options = s.options[1:]
	return rest.with(option)
}

// types are the JSON types the schema allows; a guess by its keywords where it
// does not say, nil where those do not tell either.
func (s *Schema) types() []string {
	t := s.words["type"]
	if name, ok := t.Text(); ok {
		return []string{name}
	}
	var list []string
	for _, item := range t.Items() {
		if name, ok := item.Text(); ok {
			list = append(list, name)
		}
	}
	if list != nil {
		return list
	}
	for _, guess := range typeGuesses {
		if s.has(guess.word) {
			return []string{guess.kind}
		}
	}
	if len(s.properties) > 0 {
		return []string{"object"}
	}
	return nil
}

// typeGuesses say which type a keyword speaks of.
var typeGuesses = []struct{ word, kind string }{
	{"items", "array"},
	{"minItems", "array"},
	{"maxItems", "array"},
	{"pattern", "string"},
	{"minLength", "string"},
	{"maxLength", "string"},
	{"format", "string"},
	{"minimum", "number"},
	{"maximum", "number"},
	{"multipleOf", "number"},
	{"additionalProperties", "object"},
}

func (s *Schema) has(word string) bool { return !s.words[word].IsAbsent() }

// is reports whether a type is the first that the schema allows besides null.
func (s *Schema) is(kind string) bool {
	for _, t := range s.types() {
		if t != "null" {
			return t == kind
		}
	}
	return false
}

// allows reports whether a type is among those the schema allows.
func (s *Schema) allows(kind string) bool {
	return len(s.types()) == 0 || slices.Contains(s.types(), kind)
}

func (s *Schema) isRequired(name string) bool { return slices.Contains(s.required, name) }

// text is a keyword that holds a string.
func (s *Schema) text(word string) string {
	t, _ := s.words[word].Text()
	return t
}

// number is a keyword that holds a number.
func (s *Schema) number(word string) (float64, bool) {
	v := s.words[word]
	if v.Kind() != scenarios.Number {
		return 0, false
	}
	f, err := strconv.ParseFloat(v.Source(), 64)
	return f, err == nil
}

// count is a keyword that holds a number of things, or the default.
func (s *Schema) count(word string, otherwise int) int {
	if f, ok := s.number(word); ok && f >= 0 && f < 1<<30 {
		return int(f)
	}
	return otherwise
}

// given are the values that the schema itself gives: const, enum, examples,
// default.
func (s *Schema) given() []scenarios.Value {
	if s.has("const") {
		return []scenarios.Value{s.words["const"]}
	}
	if s.has("enum") {
		return s.words["enum"].Items()
	}
	list := slices.Clone(s.words["examples"].Items())
	if s.has("default") && s.words["default"].Kind() != scenarios.Null {
		list = append(list, s.words["default"])
	}
	return list
}
