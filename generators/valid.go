package generators

import (
	"slices"
	"strconv"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Valid makes arguments that the tool's schema allows, its formats included,
// and reports whether it could: the validator has the last word.
func Valid(d *Draw, s Subject) (scenarios.Value, bool) {
	const tries = 6
	for try := range tries {
		args := newMaker(d, try%2 == 1).value(s.Schema, "", 0)
		if args.Kind() == scenarios.Object && s.allows(args) {
			return args, true
		}
	}
	return s.base, s.baseValid
}

// allows reports whether nothing in the arguments breaks the contract or a
// format of it.
func (s Subject) allows(args scenarios.Value) bool {
	if s.Tool.Trouble != "" {
		return false
	}
	l := s.label(args)
	isFormat := func(b scenarios.Breach) bool { return b.Keyword == "format" }
	return l.Want != scenarios.WantReject && !slices.ContainsFunc(l.Loose, isFormat)
}

// label validates a call of the subject's tool.
func (s Subject) label(args scenarios.Value) scenarios.Label {
	return s.Catalog.WantOf(scenarios.Call{Tool: s.Tool.Name, Args: args})
}

// maker makes values that fit a schema.
type maker struct {
	*Draw
	// full: optional properties are all there, and arrays are not empty.
	full bool
	// left is how many values may still be made beyond what must be.
	left *int
}

// Schemas may run in circles and be as wide as they like: from a level, or from
// a number of values on, optional parts are left out and the simplest
// alternatives taken; from another level or number on nothing more is made.
const (
	maxLevels = 5
	maxValues = 1000
	lastLevel = 4 * maxLevels
	maxMust   = maxValues
)

func newMaker(d *Draw, full bool) maker {
	left := maxValues
	return maker{Draw: d, full: full, left: &left}
}

// sparing reports whether only what must be is made.
func (m maker) sparing(level int) bool { return level >= maxLevels || *m.left <= 0 }

// value makes a value for a schema; name is the property's, as a hint at what
// it means.
func (m maker) value(s *Schema, name string, level int) scenarios.Value {
	*m.left--
	if level > lastLevel || *m.left < -maxMust {
		return scenarios.Of(nil)
	}
	if given := s.given(); len(given) > 0 && (s.has("const") || s.has("enum") || m.N(4) == 0) {
		return pick(m.Draw, given)
	}
	if len(s.options) > 0 {
		return m.value(s.with(m.option(s, level)), name, level+1)
	}
	switch m.kind(s) {
	case "string":
		return scenarios.Str(m.text(s, name))
	case "integer", "number":
		return m.numeric(s)
	case "boolean":
		return scenarios.Of(m.Bool())
	case "array":
		return m.array(s, name, level)
	case "object":
		return m.object(s, level)
	}
	return scenarios.Of(nil)
}

// kind chooses among the types of a schema; when all parts are wanted it is the
// first besides null.
func (m maker) kind(s *Schema) string {
	kinds := s.types()
	if len(kinds) == 0 {
		kinds = []string{"string", "integer", "boolean", "object"}
	}
	if m.full {
		return kinds[max(0, slices.IndexFunc(kinds, func(k string) bool { return k != "null" }))]
	}
	return pick(m.Draw, kinds)
}

// option chooses among alternatives: any; the first that says something and is
// not null when all parts are wanted; one that ends when no more are.
func (m maker) option(s *Schema, level int) scenarios.Value {
	switch {
	case m.sparing(level):
		for _, o := range s.options {
			if s.at(o).ends() {
				return o
			}
		}
	case m.full:
		for _, o := range s.options {
			if s.at(o).speaks() {
				return o
			}
		}
	}
	return pick(m.Draw, s.options)
}

// ends reports whether a schema's values hold no further ones.
func (s *Schema) ends() bool {
	return len(s.given()) > 0 || len(s.options) == 0 && !s.allows("object") && !s.allows("array")
}

// speaks reports whether a schema says anything but that null is allowed.
func (s *Schema) speaks() bool {
	return len(s.words)+len(s.properties)+len(s.required) > 0 && s.text("type") != "null"
}

func (m maker) array(s *Schema, name string, level int) scenarios.Value {
	tuple, rest := s.words["prefixItems"].Items(), s.words["items"]
	if rest.Kind() == scenarios.Array {
		tuple, rest = rest.Items(), s.words["additionalItems"]
	}
	l := list{maker: m, unique: s.words["uniqueItems"].Source() == "true", have: map[string]bool{}}
	for _, part := range tuple {
		l.add(s.at(part), name, level+1)
	}
	each := s.at(rest)
	for range m.count(s, rest, len(tuple), level) - len(tuple) {
		l.add(each, name, level+1)
	}
	return scenarios.Arr(l.items...)
}

// list is an array that is being made.
type list struct {
	maker
	items  []scenarios.Value
	unique bool
	have   map[string]bool
}

// maxMisses is how often an item is made anew that stands in the list already.
const maxMisses = 16

// add adds an item; of a list of unique ones none that stands there already.
func (l *list) add(s *Schema, name string, level int) {
	item := l.value(s, name, level)
	for try := 0; l.unique && l.have[item.String()]; try++ {
		if try == maxMisses {
			return
		}
		// Choices repeat themselves at the end of a tape; these do not.
		other := maker{Draw: FromSeed(uint64(len(l.items)*maxMisses + try)), full: l.full, left: l.left}
		item = other.value(s, name, level)
	}
	if l.unique {
		l.have[item.String()] = true
	}
	l.items = append(l.items, item)
}

// count chooses how many items an array gets, of which some are there.
func (m maker) count(s *Schema, rest scenarios.Value, there, level int) int {
	least := s.count("minItems", 0)
	want := least
	switch {
	case rest.Source() == "false":
		return there
	case m.sparing(level):
	case m.full:
		want = max(want, 1)
	default:
		want += m.N(3)
	}
	return min(want, s.count("maxItems", least+2), maxValues)
}

func contains(items []scenarios.Value, x scenarios.Value) bool {
	return slices.ContainsFunc(items, x.Equal)
}

func (m maker) object(s *Schema, level int) scenarios.Value {
	var members []scenarios.Member
	has := func(name string) bool {
		return slices.ContainsFunc(members, func(x scenarios.Member) bool { return x.Key == name })
	}
	add := func(name string, schema scenarios.Value) {
		if !has(name) && schema.Source() != "false" {
			members = append(members, scenarios.Member{Key: name, Value: m.value(s.at(schema), name, level+1)})
		}
	}
	for _, p := range s.properties {
		if s.isRequired(p.name) || !m.sparing(level) && (m.full || m.Bool()) {
			add(p.name, p.schema)
		}
	}
	for _, name := range s.required {
		add(name, s.ofKey(name))
	}
	for _, x := range members {
		for _, name := range s.words["dependentRequired"].Member(x.Key).Items() {
			if text, ok := name.Text(); ok {
				add(text, s.ofKey(text))
			}
		}
	}
	for i := 0; len(members) < s.count("minProperties", 0) && i < maxFillers; i++ {
		name := m.filler(s, i)
		add(name, s.ofKey(name))
	}
	return scenarios.Obj(members...)
}

// maxFillers bounds the properties that are made only for their number.
const maxFillers = 100

// filler is the name of a property that an object has for their number.
func (m maker) filler(s *Schema, i int) string {
	for _, p := range s.words["patternProperties"].Members() {
		if name, ok := m.matching(p.Key, i); ok {
			return name
		}
	}
	return "key" + strconv.Itoa(i+1)
}

// ofKey is the schema of a property, named or not.
func (s *Schema) ofKey(name string) scenarios.Value {
	for _, p := range s.properties {
		if p.name == name {
			return p.schema
		}
	}
	for _, p := range s.words["patternProperties"].Members() {
		return p.Value
	}
	if rest := s.words["additionalProperties"]; rest.Kind() == scenarios.Object {
		return rest
	}
	return scenarios.MustValue(`{"type": "string"}`)
}

func (s *Schema) names(name string) bool {
	return slices.ContainsFunc(s.properties, func(p property) bool { return p.name == name })
}
