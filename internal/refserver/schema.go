package refserver

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

// param is one parameter of a tool. What it says is published as the schema
// and is what the argument guards hold calls to.
type param struct {
	name, doc, kind string
	required        bool
	// min and max bound a number, the length of a text, or of a list.
	min, max int
	enum     []string
	pattern  *regexp.Regexp
	items    *param
	fields   []param
	// careless: what it is held to is not published.
	careless bool
}

// The kinds of parameter.
const (
	kindInteger = "integer"
	kindString  = "string"
	kindBoolean = "boolean"
	kindArray   = "array"
	kindObject  = "object"
)

// published is the schema of a parameter.
func (p param) published() map[string]any {
	s := map[string]any{"type": p.kind}
	if p.doc != "" {
		s["description"] = p.doc
	}
	if p.careless && p.kind != kindObject {
		s["nullable"] = true // of OpenAPI, and no word of JSON Schema
		return s
	}
	switch p.kind {
	case kindInteger:
		s["minimum"] = p.min
		if p.max != unbounded {
			s["maximum"] = p.max
		}
	case kindString:
		p.publishString(s)
	case kindArray:
		s["maxItems"], s["items"] = p.max, p.items.published()
	case kindObject:
		p.publishObject(s)
	}
	return s
}

func (p param) publishString(s map[string]any) {
	if p.enum != nil {
		s["enum"] = p.enum
		return
	}
	s["minLength"], s["maxLength"] = p.min, p.max
	if p.pattern != nil {
		s["pattern"] = p.pattern.String()
	}
}

func (p param) publishObject(s map[string]any) {
	properties, required := map[string]any{}, []string{}
	for _, f := range p.fields {
		properties[f.name] = f.published()
		if f.required {
			required = append(required, f.name)
		}
	}
	s["properties"] = properties
	if !p.careless {
		s["additionalProperties"] = false
	}
	if len(required) > 0 {
		s["required"] = required
	}
}

// breach is one thing wrong with arguments, and the guard that refuses it.
type breach struct{ guard, text string }

// check lists what is wrong with a value.
func (p param) check(at string, v any) []breach {
	if !p.is(v) {
		return []breach{{"types", fmt.Sprintf("%s must be %s %s, not %s", at, article(p.kind), p.kind, kindOf(v))}}
	}
	switch v := v.(type) {
	case json.Number:
		return p.checkNumber(at, v)
	case string:
		return p.checkString(at, v)
	case []any:
		return p.checkArray(at, v)
	case map[string]any:
		return p.checkObject(at, v)
	}
	return nil
}

// unbounded is the maximum of numbers that publish none: all that every JSON
// reader takes exactly.
const unbounded = 1<<53 - 1

func (p param) checkNumber(at string, v json.Number) []breach {
	r, ok := exact(v)
	switch {
	case p.max == unbounded && (!ok || r.Cmp(big.NewRat(unbounded, 1)) > 0):
		return []breach{{"exact", fmt.Sprintf("%s must be at most %d, beyond which readers of JSON round", at, unbounded)}}
	case !ok || r.Cmp(big.NewRat(int64(p.min), 1)) < 0 || r.Cmp(big.NewRat(int64(p.max), 1)) > 0:
		return []breach{{"values", fmt.Sprintf("%s must be from %d to %d", at, p.min, p.max)}}
	}
	return nil
}

func (p param) checkString(at, v string) []breach {
	length := utf8.RuneCountInString(v)
	switch {
	case p.enum != nil && !slices.Contains(p.enum, v):
		return []breach{{"values", fmt.Sprintf("%s must be one of %s", at, strings.Join(p.enum, ", "))}}
	case p.enum != nil:
		return nil
	case length > p.max:
		return []breach{{"bounds", fmt.Sprintf("%s must be at most %d characters long, not %d", at, p.max, length)}}
	case length < p.min:
		return []breach{{"values", fmt.Sprintf("%s must be at least %d characters long", at, p.min)}}
	case p.pattern != nil && !p.pattern.MatchString(v):
		return []breach{{"values", fmt.Sprintf("%s must match %s", at, p.pattern)}}
	}
	return nil
}

func (p param) checkArray(at string, v []any) []breach {
	if len(v) > p.max {
		return []breach{{"bounds", fmt.Sprintf("%s must hold at most %d items, not %d", at, p.max, len(v))}}
	}
	var list []breach
	for i, item := range v {
		list = append(list, p.items.check(fmt.Sprintf("%s[%d]", at, i), item)...)
	}
	return list
}

func (p param) checkObject(at string, v map[string]any) []breach {
	var list []breach
	known := map[string]bool{}
	for _, f := range p.fields {
		known[f.name] = true
		x, has := v[f.name]
		switch {
		case has:
			list = append(list, f.check(below(at, f.name), x)...)
		case f.required:
			list = append(list, breach{"values", below(at, f.name) + " is missing"})
		}
	}
	for _, key := range sortedKeys(v) {
		if !known[key] {
			list = append(list, breach{"extras", fmt.Sprintf("%s is no parameter; there are %s", below(at, quoted(key)), strings.Join(parameterNames(p.fields), ", "))})
		}
	}
	return list
}

// is reports whether a value is of the parameter's type; 5.0 is an integer. A
// number beyond all bounds is one too, and refused for its size.
func (p param) is(v any) bool {
	if n, ok := v.(json.Number); ok && p.kind == kindInteger {
		r, ok := exact(n)
		return !ok || r.IsInt()
	}
	return kindOf(v) == p.kind
}

// exact reads a number exactly; one with a monstrous exponent is none.
func exact(n json.Number) (*big.Rat, bool) {
	f, err := n.Float64()
	if err != nil || math.Abs(f) > 1e18 || math.Abs(f) < 1e-18 && f != 0 || len(n) > 64 {
		return nil, false
	}
	return new(big.Rat).SetString(string(n))
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return kindBoolean
	case json.Number:
		return "number"
	case string:
		return kindString
	case []any:
		return kindArray
	}
	return kindObject
}

func article(kind string) string {
	if strings.ContainsRune("aio", rune(kind[0])) {
		return "an"
	}
	return "a"
}

func below(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

// quoted shows a caller's text, bounded.
func quoted(s string) string { return fmt.Sprintf("%.40q", s) }

// requiredNames are the parameters that a call cannot do without.
func requiredNames(fields []param) []string {
	return parameterNames(slices.DeleteFunc(slices.Clone(fields), func(f param) bool { return !f.required }))
}

func parameterNames(fields []param) []string {
	var names []string
	for _, f := range fields {
		names = append(names, f.name)
	}
	return names
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
