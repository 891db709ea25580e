package scenarios

import (
	"bytes"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Survey is what an input schema leaves unsaid, as JSON pointers into the
// arguments in which "*" stands for any item, and for any key that is not named.
type Survey struct {
	// Open are the objects that take keys which the schema does not name.
	Open []string
	// Unbounded are the strings and arrays whose size nothing limits.
	Unbounded []string
	// Undescribed are the parameters that have no description.
	Undescribed []string
	// Keys are the texts that by their names are keys of who calls.
	Keys []string
	// Unjudged names the keywords that cannot be judged.
	Unjudged []string
}

// maxSurveyed bounds how many places of one schema are looked at: references
// can name more of them than there are words in it.
const maxSurveyed = 5000

// Survey looks through the input schema of tool i of Tools. Where a schema can
// be read in two ways, and where it refers to what is not in it, it is said to
// leave nothing unsaid.
func (c *Catalog) Survey(i int) Survey {
	v := c.validators[i]
	if v == nil {
		return Survey{}
	}
	root, err := jsonschema.UnmarshalJSON(bytes.NewReader(c.tools[i].Input))
	if err != nil {
		return Survey{}
	}
	// The schema as published: what was left out of the judged one limits too.
	whole := &validator{published: &published{root: root, draft: v.draft, embedded: v.embedded}}
	s := surveyor{v: whole, budget: maxSurveyed, found: Survey{Unjudged: v.left}}
	s.visit("", []string{"#"}, root)
	return s.found
}

// surveyor is a survey under way.
type surveyor struct {
	v      *validator
	budget int
	found  Survey
}

// visit looks at one place. The references above it were followed to get there:
// what stands behind them was looked at, so a circle ends.
func (s *surveyor) visit(at string, above []string, schemas ...any) {
	w := s.v.views(mayWords, schemas...)
	s.budget--
	if s.budget < 0 || w.lost || len(w.list) == 0 || slices.ContainsFunc(above, func(ref string) bool { return w.seen[ref] }) {
		return
	}
	above = slices.AppendSeq(slices.Clip(above), maps.Keys(w.seen))
	if w.isOpen(at) {
		s.found.Open = append(s.found.Open, at)
	}
	if w.takes("string") && w.unbounded(String) && !slices.ContainsFunc(w.list, bounded) || w.takes("array") && w.unbounded(Array) && !w.isTuple() {
		s.found.Unbounded = append(s.found.Unbounded, at)
	}
	for _, key := range w.keys() {
		below, here := w.property(key), Pointer(at, key)
		if !s.v.described(below) {
			s.found.Undescribed = append(s.found.Undescribed, here)
		}
		if asksForKey(key) && s.v.views(mayWords, below...).takes("string") {
			s.found.Keys = append(s.found.Keys, here)
		}
		s.visit(here, above, below...)
	}
	s.visit(Pointer(at, "*"), above, slices.Concat(s.v.items(w, 0), w.rest())...)
}

// takes reports whether a schema names a type.
func (w view) takes(kind string) bool {
	return slices.ContainsFunc(w.list, func(s map[string]any) bool { return slices.Contains(typesOf(s), kind) })
}

// isOpen reports whether a value may be an object with keys that no schema
// names. An object below the top none of whose keys are named is a map, if the
// schema says so.
func (w view) isOpen(at string) bool {
	if at != "" && !w.takes("object") && !w.names() || !w.opens() || w.says("propertyNames") || len(w.rest()) > 0 {
		return false
	}
	return at == "" || w.names() || !w.says("additionalProperties")
}

// says reports whether a keyword stands in any of the schemas.
func (w view) says(word string) bool {
	return slices.ContainsFunc(w.list, func(s map[string]any) bool { return s[word] != nil })
}

// isTuple reports whether items have their schemas by their place.
func (w view) isTuple() bool {
	return w.says("prefixItems") || slices.ContainsFunc(w.list, func(s map[string]any) bool {
		_, listed := s["items"].([]any)
		return listed
	})
}

// rest are the schemas for all keys that are not named, where they say anything.
func (w view) rest() []any {
	var list []any
	for _, s := range w.list {
		if rest, _ := s["additionalProperties"].(map[string]any); len(rest) > 0 {
			list = append(list, rest)
		}
	}
	return list
}

// keys are the names of all properties, sorted.
func (w view) keys() []string {
	named := map[string]bool{}
	for _, s := range w.list {
		properties, _ := s["properties"].(map[string]any)
		for key := range properties {
			named[key] = true
		}
	}
	return slices.Sorted(maps.Keys(named))
}

// described reports whether any of the schemas for a value describes it. In the
// older drafts nothing counts beside a reference but to those who read it.
func (v *validator) described(schemas []any) bool {
	for _, s := range v.views(mayWords, schemas...).list {
		schemas = append(schemas, s)
	}
	return slices.ContainsFunc(schemas, func(x any) bool {
		s, _ := x.(map[string]any)
		text, _ := s["description"].(string)
		return strings.TrimSpace(text) != ""
	})
}

// shortFormats are the formats of which no value is long.
var shortFormats = []string{"uuid", "date", "time", "date-time", "ipv4", "ipv6", "hostname"}

// bounded reports whether a schema bounds the length of a text by other means
// than a length.
func bounded(s map[string]any) bool {
	format, _ := s["format"].(string)
	pattern, _ := s["pattern"].(string)
	return slices.Contains(shortFormats, format) || boundsLength(pattern)
}

// literal is what stands for one character in a pattern.
var literal = regexp.MustCompile(`\\.|\[(?:\\.|[^\]\\])*\]`)

// boundsLength reports whether a pattern is of the whole text and repeats
// nothing without end.
func boundsLength(pattern string) bool {
	plain := literal.ReplaceAllLiteralString(pattern, "x")
	return strings.HasPrefix(plain, "^") && strings.HasSuffix(plain, "$") &&
		!strings.ContainsAny(plain, "*+") && !strings.Contains(plain, ",}")
}
