package generators

import (
	"slices"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Valid makes arguments that the subject's schema allows, its formats included,
// and reports whether it could: the validator has the last word.
func Valid(d *Draw, s Subject) (scenarios.Value, bool) {
	const tries = 24
	for try := 0; try < tries; try++ {
		m := newMaker(d, try%2 == 1)
		args := m.value(s.Schema, "", 0)
		if args.Kind() == scenarios.Object && s.allows(args) {
			return args, true
		}
		if m.overran() {
			try += tries / 4 // each costs much, and is likely to end so again
		}
	}
	return s.base, s.baseValid
}

// allows reports whether nothing in the arguments breaks the contract or a
// format of it.
func (s Subject) allows(args scenarios.Value) bool {
	if s.unknown {
		return false
	}
	l := s.label(args)
	isFormat := func(b scenarios.Breach) bool { return b.Keyword == "format" }
	return l.Want != scenarios.WantReject && !slices.ContainsFunc(l.Loose, isFormat)
}

// label validates a call of the subject.
func (s Subject) label(args scenarios.Value) scenarios.Label {
	return s.Catalog.WantOf(s.ask(s.Name, scenarios.Attrs{}, args))
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

// overran reports whether more was to be made than is.
func (m maker) overran() bool { return *m.left < -maxMust }

// value makes a value for a schema; name is the property's, as a hint at what
// it means.
func (m maker) value(s *Schema, name string, level int) scenarios.Value {
	*m.left--
	if level > lastLevel || m.overran() {
		return scenarios.Of(nil)
	}
	if given := s.given(); len(given) > 0 && (s.has("const") || s.has("enum") || m.N(4) == 0) {
		return pick(m.Draw, given)
	}
	if len(s.options) > 0 {
		chosen := s.choosing(m.option(s, level))
		if len(chosen.options) >= len(s.options) {
			level++ // alternatives may run in circles
		}
		return m.value(chosen, name, level)
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

// option chooses among the first alternatives: any; the first that says something
// and is not null when all parts are wanted; one that ends when no more are.
func (m maker) option(s *Schema, level int) scenarios.Value {
	options := s.options[0]
	fits := func(*Schema) bool { return false }
	switch {
	case m.sparing(level):
		fits = (*Schema).ends
	case m.full:
		fits = (*Schema).speaks
	}
	if i := slices.IndexFunc(options, func(o scenarios.Value) bool { return fits(s.at(o)) }); i >= 0 {
		return options[i]
	}
	return pick(m.Draw, options)
}

// ends reports whether a schema's values hold no further ones.
func (s *Schema) ends() bool {
	return len(s.given()) > 0 || len(s.options) == 0 && !s.allows("object") && !s.allows("array")
}

// speaks reports whether a schema says anything but that null is allowed.
func (s *Schema) speaks() bool {
	return len(s.words)+len(s.properties)+len(s.required)+len(s.options) > 0 && s.text("type") != "null"
}

func (m maker) array(s *Schema, name string, level int) scenarios.Value {
	tuple, rest := s.tuple()
	l := list{maker: m, unique: s.words["uniqueItems"].Source() == "true", have: map[string]bool{}}
	for _, part := range tuple {
		l.add(s.at(part), name, level+1)
	}
	if wanted := s.words["contains"]; !wanted.IsAbsent() {
		for range s.count("minContains", 1) {
			l.add(s.at(rest).with(wanted), name, level+1)
		}
	}
	each := s.at(rest)
	for range m.count(s, rest, len(l.items), level) - len(l.items) {
		l.add(each, name, level+1)
	}
	return scenarios.Arr(l.items...)
}

// tuple are the schemas of the first items of an array, and that of the rest.
func (s *Schema) tuple() (first []scenarios.Value, rest scenarios.Value) {
	first, rest = s.words["prefixItems"].Items(), s.words["items"]
	if rest.Kind() == scenarios.Array {
		first, rest = rest.Items(), s.words["additionalItems"]
	}
	if rest.IsAbsent() {
		rest = s.words["unevaluatedItems"]
	}
	return first, rest
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
