package generators

import (
	"slices"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// NewSubject reads a tool of a catalogue for generation; of a schema that cannot
// be used nothing.
func NewSubject(c *scenarios.Catalog, t scenarios.Tool) Subject {
	return newSubject(Subject{Catalog: c, Feature: scenarios.FeatureTool, Name: t.Name, unknown: t.Trouble != ""}, readTool(t))
}

// newSubject reads the schema of a subject's arguments.
func newSubject(s Subject, schema *Schema) Subject {
	s.Label, s.Schema = s.Feature.Label(s.Name), schema
	s.base = s.fullest()
	s.baseValid = s.allows(s.base)
	s.sites = sites(s.Schema.settled(s.base), s.base, "", true, 0)
	return s
}

// read reads a whole schema.
func read(root scenarios.Value) *Schema { return readSchema(readDocument(root), root) }

// readTool reads the input schema of a tool.
func readTool(t scenarios.Tool) *Schema {
	var root scenarios.Value
	if t.Trouble == "" {
		root, _ = scenarios.ParseJSON(t.Input)
	}
	return read(root)
}

// fullest are arguments with all optional parts, valid ones where a few tries
// make them.
func (s Subject) fullest() scenarios.Value {
	const tries = 12
	first := scenarios.Value{}
	for try := uint64(0); try < tries; try++ {
		d := FromTape(nil)
		if try > 0 {
			d = FromSeed(try)
		}
		m := newMaker(d, true)
		args := m.value(s.Schema, "", 0)
		if m.overran() {
			try += tries / 4
		}
		if args.Kind() == scenarios.Object && s.allows(args) {
			return args
		}
		if args.Kind() == scenarios.Object && first.IsAbsent() {
			first = args
		}
	}
	if args, ok := Valid(FromSeed(0), s); ok {
		return args
	}
	if first.IsAbsent() {
		return scenarios.Obj()
	}
	return first
}

// site is one value in valid arguments, with what the schema says of it.
type site struct {
	pointer  string
	schema   *Schema
	value    scenarios.Value
	required bool
	// key is the property's name, "" for the whole and for items.
	key string
}

// maxSites bounds how many places of a tool's arguments are changed.
const maxSites = 400

// sites are all places in a value, the whole first.
func sites(s *Schema, v scenarios.Value, at string, required bool, level int) []site {
	list := []site{{pointer: at, schema: s, value: v, required: required}}
	if level > maxLevels {
		return list
	}
	for _, m := range v.Members() {
		sub := s.property(m.Key, m.Value)
		if sub == nil {
			continue
		}
		below := sites(sub, m.Value, scenarios.Pointer(at, m.Key), s.isRequired(m.Key), level+1)
		below[0].key = m.Key
		list = append(list, below...)
	}
	if items := v.Items(); len(items) > 0 {
		if sub := s.item(items[0]); sub != nil {
			list = append(list, sites(sub, items[0], scenarios.Pointer(at, "0"), true, level+1)...)
		}
	}
	return list[:min(len(list), maxSites)]
}

// property is the schema of a property that has a value; nil where it is not
// named.
func (s *Schema) property(name string, v scenarios.Value) *Schema {
	for _, p := range s.properties {
		if p.name == name {
			return s.at(p.schema).settled(v)
		}
	}
	return nil
}

// item is the schema of the first item of an array; nil where there is none.
func (s *Schema) item(v scenarios.Value) *Schema {
	tuple, each := s.tuple()
	switch {
	case len(tuple) > 0:
		return s.at(tuple[0]).settled(v)
	case each.Kind() == scenarios.Object:
		return s.at(each).settled(v)
	}
	return nil
}

// maxChoices bounds how many lists of alternatives are settled.
const maxChoices = 16

// settled is the schema together with the alternatives that a value belongs to,
// so that what can be said of the value stands in one place.
func (s *Schema) settled(v scenarios.Value) *Schema {
	for range maxChoices {
		if len(s.options) == 0 {
			return s
		}
		i := slices.IndexFunc(s.options[0], func(o scenarios.Value) bool { return s.choosing(o).mayBe(v) })
		if i < 0 {
			return s
		}
		s = s.choosing(s.options[0][i])
	}
	return s
}

// mayBe reports whether a value may belong to a schema, going by its type, its
// required properties and the values that are given.
func (s *Schema) mayBe(v scenarios.Value) bool {
	kind := v.Kind().String()
	if !s.allows(kind) && !(kind == "number" && s.allows("integer")) {
		return false
	}
	if given := s.given(); (s.has("const") || s.has("enum")) && !contains(given, v) {
		return false
	}
	for _, name := range s.required {
		if v.Member(name).IsAbsent() {
			return false
		}
	}
	for _, p := range s.properties {
		if x := v.Member(p.name); !x.IsAbsent() && p.schema.Member("const").Kind() != scenarios.Absent && !x.Equal(p.schema.Member("const")) {
			return false
		}
	}
	return true
}

// find draws arguments and a place in them that fits.
func (s Subject) find(d *Draw, fits func(site) bool) (scenarios.Value, site, bool) {
	args, list := s.places(d, fits)
	if len(list) == 0 {
		return args, site{}, false
	}
	return args, pick(d, list), true
}

// places draws arguments, with the places in them that fit; where the drawn
// ones have none, those in the fullest.
func (s Subject) places(d *Draw, fits func(site) bool) (scenarios.Value, []site) {
	misses := func(x site) bool { return !fits(x) }
	args := newMaker(d, true).value(s.Schema, "", 0)
	list := slices.DeleteFunc(sites(s.Schema.settled(args), args, "", true, 0), misses)
	if args.Kind() != scenarios.Object || len(list) == 0 || !s.allows(args) {
		return s.base, slices.DeleteFunc(slices.Clone(s.sites), misses)
	}
	return args, list
}

// has reports whether the fullest arguments have a place that fits.
func (s Subject) has(fits func(site) bool) bool { return slices.ContainsFunc(s.sites, fits) }

// thin leaves out optional properties that the changed place is not in, and
// names the rest by what was learnt of them before the first case.
func (s Subject) thin(d *Draw, args scenarios.Value, changed string) scenarios.Value {
	var members []scenarios.Member
	for _, m := range args.Members() {
		pointer := scenarios.Pointer("", m.Key)
		inside := changed == pointer || len(changed) > len(pointer) && changed[:len(pointer)+1] == pointer+"/"
		switch {
		case inside || changed == "":
		case !s.Schema.isRequired(m.Key) && s.Schema.names(m.Key) && !d.Bool():
			continue
		default:
			m.Value = s.known(m.Key, m.Value)
		}
		members = append(members, m)
	}
	return scenarios.Obj(members...)
}

// known names what was learnt of a parameter, with the value at hand as what
// is sent where nothing was.
func (s Subject) known(key string, v scenarios.Value) scenarios.Value {
	if s.Feature != scenarios.FeatureTool || v.IsExpr() || v.Kind() != scenarios.String && v.Kind() != scenarios.Number {
		return v
	}
	return scenarios.Known(KnownName(s.Name, key), v)
}

// KnownName names the first value learnt for a parameter of a tool.
func KnownName(tool, parameter string) string { return tool + "/" + parameter + "/0" }
