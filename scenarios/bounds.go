package scenarios

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// oversized judges a value that is too large to validate by what is known of
// it without expanding it: its type, its length, its keys.
func (v *validator) oversized(schema any, x Value, at string) []Breach {
	s := v.follow(schema)
	if s == nil || x.IsAbsent() {
		return nil
	}
	var broken []Breach
	if want := typesOf(s); len(want) > 0 && !slices.Contains(want, x.Kind().String()) && !(x.Kind() == Number && slices.Contains(want, "integer")) {
		broken = append(broken, Breach{at, "type", fmt.Sprintf("got %s, want %s", x.Kind(), strings.Join(want, " or "))})
	}
	for keyword, kind := range map[string]Kind{"maxLength": String, "maxItems": Array} {
		if limit, ok := number(s[keyword]); ok && x.Kind() == kind && float64(x.length()) > limit {
			broken = append(broken, Breach{at, keyword, fmt.Sprintf("length %d, want at most %v", x.length(), limit)})
		}
	}
	for _, m := range x.Members() {
		broken = append(broken, v.oversized(property(s, m.Key), m.Value, Pointer(at, m.Key))...)
		if known := v.properties(s, 0); !v.opens(s, 0) && !known[m.Key] {
			broken = append(broken, Breach{Pointer(at, m.Key), "additionalProperties", "the schema allows no such property"})
		}
	}
	for i, item := range x.Items() {
		broken = append(broken, v.oversized(s["items"], item, Pointer(at, fmt.Sprint(i)))...)
	}
	slices.SortFunc(broken, compareBreaches)
	return broken
}

// length is the number of code points of a string, or of items of an array.
func (v Value) length() int64 {
	switch e := v.expression(); {
	case e != nil && e.op == opRepeat && v.Kind() == String:
		return e.n * e.unit.length()
	case e != nil && (e.op == opRepeat || e.op == opRand):
		return e.n
	case e != nil && e.op == opNest:
		return 1
	case v.Kind() == Array:
		return int64(len(v.Items()))
	case v.Kind() == String:
		text, _ := v.Text()
		return int64(utf8.RuneCountInString(text))
	}
	return 0
}

func (v Value) expression() *expr {
	if v.n == nil {
		return nil
	}
	return v.n.expr
}

// maxRefs bounds a chain of references.
const maxRefs = 32

// follow returns the schema object that is meant, its local references
// followed; nil when there is none.
func (v *validator) follow(schema any) map[string]any {
	for range maxRefs {
		s, ok := schema.(map[string]any)
		if !ok {
			return nil
		}
		ref, ok := s["$ref"].(string)
		if !ok {
			return s
		}
		if schema = v.resolve(ref); schema == nil {
			return nil
		}
	}
	return nil
}

// resolve finds what a local reference names.
func (v *validator) resolve(ref string) any {
	if ref == "#" {
		return v.root
	}
	pointer, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil
	}
	at := v.root
	for _, key := range splitPointer("/" + pointer) {
		m, ok := at.(map[string]any)
		if !ok {
			return nil
		}
		at = m[key]
	}
	return at
}

func property(s map[string]any, key string) any {
	properties, _ := s["properties"].(map[string]any)
	return properties[key]
}

// typesOf are the types that a schema allows; nil for all.
func typesOf(s map[string]any) []string {
	switch t := s["type"].(type) {
	case string:
		return []string{t}
	case []any:
		var list []string
		for _, x := range t {
			if name, ok := x.(string); ok {
				list = append(list, name)
			}
		}
		return list
	}
	return nil
}

func number(x any) (float64, bool) {
	n, ok := x.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := n.Float64()
	return f, err == nil && !math.IsInf(f, 0)
}

// loose lists what the schema allows but a hardening rule calls unsound: keys
// that it does not name, sizes that it does not bound.
func (v *validator) loose(schema any, x Value, at string) []Breach {
	s := v.follow(schema)
	if s == nil {
		return nil
	}
	var list []Breach
	if x.Kind() == Object && v.opens(s, 0) {
		known := v.properties(s, 0)
		for _, m := range x.Members() {
			if !known[m.Key] && len(known)+len(x.Members()) > 0 && !v.patterned(s) {
				list = append(list, Breach{Pointer(at, m.Key), "additionalProperties", "the schema names no such property"})
			}
		}
	}
	if large := x.Size() > maxUnbounded; large && v.unbounded(s, x) {
		list = append(list, Breach{at, "unbounded", "the schema bounds no such size"})
	}
	for _, m := range x.Members() {
		list = append(list, v.loose(property(s, m.Key), m.Value, Pointer(at, m.Key))...)
	}
	for i, item := range x.Items() {
		list = append(list, v.loose(s["items"], item, Pointer(at, fmt.Sprint(i)))...)
	}
	return list
}

// maxUnbounded is the size from which on a bound is missed.
const maxUnbounded = 64 << 10

func (v *validator) unbounded(s map[string]any, x Value) bool {
	switch x.Kind() {
	case String:
		return s["maxLength"] == nil && s["enum"] == nil && s["const"] == nil
	case Array:
		return s["maxItems"] == nil
	}
	return false
}

// combinators hold further schemas for the same value.
var combinators = []string{"allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas"}

// branches are the further schemas for the same value.
func (v *validator) branches(s map[string]any) []map[string]any {
	var list []map[string]any
	add := func(x any) {
		if b := v.follow(x); b != nil {
			list = append(list, b)
		}
	}
	for _, word := range combinators {
		switch x := s[word].(type) {
		case []any:
			for _, b := range x {
				add(b)
			}
		case map[string]any:
			if word != "dependentSchemas" {
				add(x)
				continue
			}
			for _, b := range x {
				add(b)
			}
		}
	}
	return list
}

// maxBranches bounds how deep combinators are followed.
const maxBranches = 8

// properties are the keys that a schema names, in all its branches.
func (v *validator) properties(s map[string]any, depth int) map[string]bool {
	known := map[string]bool{}
	properties, _ := s["properties"].(map[string]any)
	for key := range properties {
		known[key] = true
	}
	if depth < maxBranches {
		for _, b := range v.branches(s) {
			for key := range v.properties(b, depth+1) {
				known[key] = true
			}
		}
	}
	return known
}

// opens reports whether a schema lets keys pass that it does not name, and
// says nothing on their values either.
func (v *validator) opens(s map[string]any, depth int) bool {
	for _, word := range []string{"additionalProperties", "unevaluatedProperties"} {
		if x, has := s[word]; has && x != true {
			if m, ok := x.(map[string]any); !ok || len(m) > 0 {
				return false
			}
		}
	}
	if depth < maxBranches {
		for _, b := range v.branches(s) {
			if !v.opens(b, depth+1) {
				return false
			}
		}
	}
	return true
}

func (v *validator) patterned(s map[string]any) bool {
	_, has := s["patternProperties"]
	return has
}
