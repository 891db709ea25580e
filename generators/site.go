package generators

import (
	"slices"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// NewSubject reads a tool of a catalogue for generation.
func NewSubject(c *scenarios.Catalog, t scenarios.Tool) Subject {
	root, _ := scenarios.ParseJSON(t.Input)
	s := Subject{Catalog: c, Tool: t, Schema: readSchema(root, root)}
	s.base = maker{Draw: FromTape(nil), full: true}.value(s.Schema, "", 0)
	if s.base.Kind() != scenarios.Object {
		s.base = scenarios.Obj()
	}
	s.sites = sites(s.Schema, s.base, "", true, 0)
	return s
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
		sub := s.property(m.Key, v)
		if sub == nil {
			continue
		}
		below := sites(sub, m.Value, scenarios.Pointer(at, m.Key), s.isRequired(m.Key), level+1)
		below[0].key = m.Key
		list = append(list, below...)
	}
	if items := v.Items(); len(items) > 0 && s.has("items") {
		list = append(list, sites(s.at(s.words["items"]), items[0], scenarios.Pointer(at, "0"), true, level+1)...)
	}
	return list[:min(len(list), maxSites)]
}

// property is the schema of a property, looked for in the alternatives too.
func (s *Schema) property(name string, in scenarios.Value) *Schema {
	for _, p := range s.properties {
		if p.name == name {
			return s.at(p.schema).settled(in)
		}
	}
	for _, o := range s.options {
		if found := s.at(o).property(name, in); found != nil {
			return found
		}
	}
	return nil
}

// settled merges the first alternative that is not null, so that what can be
// said of the value stands in one place.
func (s *Schema) settled(scenarios.Value) *Schema {
	for _, o := range s.options {
		if option := s.with(o); option.text("type") != "null" {
			return option
		}
	}
	return s
}

// find draws arguments and a place in them that fits; where the drawn ones have
// none, a place in the fullest.
func (s Subject) find(d *Draw, fits func(site) bool) (scenarios.Value, site, bool) {
	args := maker{Draw: d, full: true}.value(s.Schema, "", 0)
	list := slices.DeleteFunc(sites(s.Schema, args, "", true, 0), func(x site) bool { return !fits(x) })
	if args.Kind() != scenarios.Object || len(list) == 0 {
		args = s.base
		list = slices.DeleteFunc(slices.Clone(s.sites), func(x site) bool { return !fits(x) })
	}
	if len(list) == 0 {
		return args, site{}, false
	}
	return args, pick(d, list), true
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
	if v.IsExpr() || v.Kind() != scenarios.String && v.Kind() != scenarios.Number {
		return v
	}
	return scenarios.Known(KnownName(s.Tool.Name, key), v)
}

// KnownName names the first value learnt for a parameter of a tool.
func KnownName(tool, parameter string) string { return tool + "/" + parameter + "/0" }
