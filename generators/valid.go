package generators

import (
	"math"
	"strconv"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Valid makes arguments that the tool's schema allows, and reports whether it
// could: the validator has the last word.
func Valid(d *Draw, s Subject) (scenarios.Value, bool) {
	const tries = 4
	for try := range tries {
		m := maker{Draw: d, full: try%2 == 1}
		args := m.value(s.Schema, "", 0)
		if args.Kind() != scenarios.Object {
			continue
		}
		if s.label(args).Want != scenarios.WantReject {
			return args, true
		}
	}
	return scenarios.Value{}, false
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
}

// maxLevels bounds how deep optional parts are made: schemas may run in
// circles.
const maxLevels = 5

// value makes a value for a schema; name is the property's, as a hint at what
// it means.
func (m maker) value(s *Schema, name string, level int) scenarios.Value {
	if given := s.given(); len(given) > 0 && (s.has("const") || s.has("enum") || m.N(4) == 0) {
		return pick(m.Draw, given)
	}
	if len(s.options) > 0 {
		return m.value(s.with(m.option(s)), name, level)
	}
	kinds := s.types()
	if len(kinds) == 0 {
		kinds = []string{"string", "integer", "boolean", "object"}
	}
	kind := kinds[0]
	if len(kinds) > 1 && !m.full {
		kind = pick(m.Draw, kinds)
	}
	switch kind {
	case "string":
		return scenarios.Str(m.text(s, name))
	case "integer", "number":
		return m.numeric(s, kind)
	case "boolean":
		return scenarios.Of(m.Bool())
	case "array":
		return m.array(s, name, level)
	case "object":
		return m.object(s, level)
	}
	return scenarios.Of(nil)
}

// option chooses among alternatives; null is no choice when all parts are
// wanted.
func (m maker) option(s *Schema) scenarios.Value {
	if m.full {
		for _, o := range s.options {
			if !s.at(o).is("null") && len(s.at(o).words)+len(s.at(o).properties) > 0 && s.at(o).text("type") != "null" {
				return o
			}
		}
	}
	return pick(m.Draw, s.options)
}

// numeric makes a number within the schema's bounds.
func (m maker) numeric(s *Schema, kind string) scenarios.Value {
	low, high := s.bounds()
	step := 1.0
	if by, ok := s.number("multipleOf"); ok && by > 0 {
		step = by
	} else if kind == "number" && high-low < 1 {
		step = (high - low) / 8
	}
	first := math.Ceil(low/step) * step
	count := 10.0
	if step > 0 {
		count = math.Min(count, math.Floor((high-first)/step)+1)
	}
	v := first
	if count > 1 {
		v += step * float64(m.N(int(count)))
	}
	if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
		return scenarios.Of(int64(v))
	}
	return scenarios.Num(strconv.FormatFloat(v, 'g', -1, 64))
}

// bounds are the least and the greatest number that the schema allows, or a
// plain range where it does not say.
func (s *Schema) bounds() (low, high float64) {
	low, high = 1, 10
	least, hasLeast := s.number("minimum")
	most, hasMost := s.number("maximum")
	if x, ok := s.number("exclusiveMinimum"); ok {
		least, hasLeast = x+s.grain(), true
	}
	if x, ok := s.number("exclusiveMaximum"); ok {
		most, hasMost = x-s.grain(), true
	}
	switch {
	case hasLeast && hasMost:
		return least, most
	case hasLeast:
		return least, math.Max(least, 0) + 10
	case hasMost:
		return math.Min(most, 1), most
	}
	return low, high
}

// grain is what an exclusive bound is missed by.
func (s *Schema) grain() float64 {
	if s.allows("number") && !s.is("integer") {
		return 0.5
	}
	return 1
}

func (m maker) array(s *Schema, name string, level int) scenarios.Value {
	var items []scenarios.Value
	for _, part := range s.words["prefixItems"].Items() {
		items = append(items, m.value(s.at(part), name, level+1))
	}
	if tuple := s.words["items"]; tuple.Kind() == scenarios.Array {
		for _, part := range tuple.Items() {
			items = append(items, m.value(s.at(part), name, level+1))
		}
		return scenarios.Arr(items...)
	}
	each := s.at(s.words["items"])
	want := s.count("minItems", 0)
	if most := s.count("maxItems", want+2); m.full {
		want = min(max(want, 1), most)
	} else if level < maxLevels {
		want = min(want+m.N(3), most)
	}
	for try := 0; len(items) < want && try < 8*want; try++ {
		item := m.value(each, name, level+1)
		if s.words["uniqueItems"].Source() == "true" && contains(items, item) {
			continue
		}
		items = append(items, item)
	}
	return scenarios.Arr(items...)
}

func contains(items []scenarios.Value, x scenarios.Value) bool {
	for _, item := range items {
		if item.Equal(x) {
			return true
		}
	}
	return false
}

func (m maker) object(s *Schema, level int) scenarios.Value {
	var members []scenarios.Member
	for _, p := range s.properties {
		if !s.isRequired(p.name) && (level >= maxLevels || !m.full && !m.Bool()) {
			continue
		}
		if p.schema.Source() == "false" || level > 4*maxLevels {
			continue
		}
		members = append(members, scenarios.Member{Key: p.name, Value: m.value(s.at(p.schema), p.name, level+1)})
	}
	for _, name := range s.required {
		if len(s.properties) == 0 || !s.names(name) {
			members = append(members, scenarios.Member{Key: name, Value: scenarios.Str("value")})
		}
	}
	return scenarios.Obj(members...)
}

func (s *Schema) names(name string) bool {
	for _, p := range s.properties {
		if p.name == name {
			return true
		}
	}
	return false
}
