package scenarios

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// published is an input schema as it is judged. What cannot be judged is left
// out in favour of what is sent, and named.
type published struct {
	root any
	// draft is the year of the schema's draft; 4, 6 and 7 for the older ones.
	draft int
	// left names what is left out, sorted.
	left []string
	// foreign: a reference that leads out of the schema was left out. embedded:
	// parts of the schema have addresses of their own.
	foreign, embedded bool
	// formatted: a format stands in it.
	formatted bool

	// ids are the addresses of the schema and its parts, count how many those are.
	ids   map[string]bool
	count int
}

// readPublished reads a decoded schema.
func readPublished(root any) *published {
	p := &published{draft: 2020, ids: map[string]bool{}}
	if s, ok := root.(map[string]any); ok {
		p.date(s)
	}
	base, _ := url.Parse(schemaURL)
	p.ids[schemaURL] = true
	p.collect(root, base)
	p.root = p.schema(root, base)
	if len(p.left) > 0 {
		p.root = widened(p.root)
	}
	slices.Sort(p.left)
	p.left = slices.Compact(p.left)
	return p
}

func (p *published) leave(what string) { p.left = append(p.left, shorten(what)) }

// drafts are the known drafts, by the address in $schema.
var drafts = map[string]int{
	"json-schema.org/draft-04/schema":      4,
	"json-schema.org/draft-06/schema":      6,
	"json-schema.org/draft-07/schema":      7,
	"json-schema.org/draft/2019-09/schema": 2019,
	"json-schema.org/draft/2020-12/schema": 2020,
	"json-schema.org/schema":               2020,
}

func draftNamed(name string) (int, bool) {
	_, address, _ := strings.Cut(strings.TrimSuffix(name, "#"), "://")
	draft, ok := drafts[address]
	return draft, ok
}

// date reads which draft the schema is of: 2020-12 where it names none that is
// known.
func (p *published) date(s map[string]any) {
	name, _ := s["$schema"].(string)
	if draft, known := draftNamed(name); known {
		p.draft = draft
	}
}

// dropDraft leaves out the name of a draft that is not known.
func (p *published) dropDraft(s map[string]any) {
	name, ok := s["$schema"].(string)
	if _, known := draftNamed(name); ok && !known {
		p.leave("$schema " + name)
		delete(s, "$schema")
	}
}

// parts are the keywords that hold schemas: one or a list of them (false), or
// one for each key (true).
var parts = map[string]bool{
	"additionalItems": false, "additionalProperties": false, "allOf": false, "anyOf": false,
	"contains": false, "contentSchema": false, "else": false, "if": false, "items": false, "not": false,
	"oneOf": false, "prefixItems": false, "propertyNames": false, "then": false,
	"unevaluatedItems": false, "unevaluatedProperties": false,
	"$defs": true, "definitions": true, "dependencies": true, "dependentSchemas": true,
	"patternProperties": true, "properties": true,
}

// plainWords are the keywords that hold values and names, no schemas.
var plainWords = []string{"$vocabulary", "const", "default", "dependentRequired", "enum", "example", "examples", "required", "type"}

// rebuild returns a copy of a schema in which f has been applied to every
// schema directly below it. What stands under a keyword that is not known may
// be referred to as a schema, so it is taken for one.
func rebuild(s map[string]any, f func(any) any) map[string]any {
	s = maps.Clone(s)
	for word, held := range s {
		keyed := parts[word]
		if slices.Contains(plainWords, word) {
			continue
		}
		switch x := held.(type) {
		case []any:
			list := make([]any, len(x))
			for i, sub := range x {
				list[i] = f(sub)
			}
			s[word] = list
		case map[string]any:
			if !keyed {
				s[word] = f(x)
				continue
			}
			m := make(map[string]any, len(x))
			for key, sub := range x {
				m[key] = f(sub)
			}
			s[word] = m
		}
	}
	return s
}

// collect gathers the addresses of a schema and its parts.
func (p *published) collect(x any, base *url.URL) {
	s, ok := x.(map[string]any)
	if !ok {
		return
	}
	p.count++
	here := p.address(s, base)
	p.ids[withoutFragment(here)] = true
	rebuild(s, func(sub any) any {
		if m, ok := sub.(map[string]any); ok && p.address(m, here) != here {
			p.embedded = true
		}
		p.collect(sub, here)
		return sub
	})
}

// address is what references in a schema are relative to.
func (p *published) address(s map[string]any, base *url.URL) *url.URL {
	word := "$id"
	if p.draft == 4 {
		word = "id"
	}
	id, _ := s[word].(string)
	if id == "" || strings.HasPrefix(id, "#") {
		return base
	}
	if u, err := base.Parse(id); err == nil {
		return u
	}
	return base
}

func withoutFragment(u *url.URL) string {
	address, _, _ := strings.Cut(u.String(), "#")
	return address
}

// isForeign reports whether a reference leads out of the schema.
func (p *published) isForeign(ref string, base *url.URL) bool {
	if pointer, ok := strings.CutPrefix(ref, "#/"); ok {
		return intoValues(pointer)
	}
	if strings.HasPrefix(ref, "#") {
		return false
	}
	u, err := base.Parse(ref)
	if err != nil {
		return true
	}
	_, isDraft := draftNamed(withoutFragment(u))
	return !isDraft && !p.ids[withoutFragment(u)]
}

// intoValues reports whether a pointer leads into what holds no schemas.
func intoValues(pointer string) bool {
	if plain, err := url.PathUnescape(pointer); err == nil {
		pointer = plain
	}
	named := false
	for token := range strings.SplitSeq(pointer, "/") {
		if !named && slices.Contains(plainWords, token) {
			return true
		}
		named = !named && parts[token]
	}
	return false
}

// references are the keywords that refer to another schema.
var references = []string{"$ref", "$dynamicRef", "$recursiveRef"}

// schema is a schema without what cannot be judged, at any depth.
func (p *published) schema(x any, base *url.URL) any {
	s, ok := x.(map[string]any)
	if !ok {
		return x
	}
	base = p.address(s, base)
	s = rebuild(s, func(sub any) any { return p.schema(sub, base) })
	for _, word := range references {
		if ref, ok := s[word].(string); ok && p.isForeign(ref, base) {
			p.leave(word + " " + ref)
			p.foreign = true
			return bare(s)
		}
	}
	p.formatted = p.formatted || s["format"] != nil
	p.dropDraft(s)
	p.dropPatterns(s)
	p.dropNumbers(s)
	if _, has := s["dependencies"]; has && p.draft >= 2019 {
		p.leave("dependencies")
		delete(s, "dependencies")
	}
	if s["nullable"] == true {
		p.leave("nullable")
		return nullable(s)
	}
	return s
}
