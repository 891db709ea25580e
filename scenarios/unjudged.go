package scenarios

import (
	"encoding/json"
	"maps"
	"slices"
)

// bare is a schema that says nothing; what may be referred to in it stays.
func bare(s map[string]any) map[string]any {
	kept := map[string]any{}
	for _, word := range []string{"$schema", "$id", "id", "$anchor", "$dynamicAnchor", "$defs", "definitions"} {
		if x, has := s[word]; has {
			kept[word] = x
		}
	}
	return kept
}

// dropPatterns leaves out the patterns that cannot be judged.
func (p *published) dropPatterns(s map[string]any) {
	if text, ok := s["pattern"].(string); ok && !judgeable(text) {
		p.leave("pattern " + text)
		delete(s, "pattern")
	}
	keys, _ := s["patternProperties"].(map[string]any)
	for text := range keys {
		if !judgeable(text) {
			p.leave("patternProperties " + text)
			// Which keys it means is not known, so neither is which are additional.
			delete(keys, text)
			delete(s, "additionalProperties")
		}
	}
}

// The keywords that bound numbers, and those that bound lengths.
var (
	numberBounds = []string{"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
	lengthBounds = []string{
		"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains",
	}
)

// maxLengthBound is the greatest length that the validator can hold.
const maxLengthBound = 1 << 53

// dropNumbers leaves out the numbers that the validator cannot bear.
func (p *published) dropNumbers(s map[string]any) {
	drop := func(word string, bad bool) {
		if bad {
			p.leave(word)
			delete(s, word)
		}
	}
	for _, word := range numberBounds {
		drop(word, unbearable(s[word]))
	}
	for _, word := range lengthBounds {
		n, ok := number(s[word])
		drop(word, unbearable(s[word]) || ok && n > maxLengthBound)
	}
	drop("const", unbearable(s["const"]))
	drop("enum", unbearable(s["enum"]))
}

// unbearable reports whether a decoded value holds a number with an exponent
// that exact arithmetic cannot bear.
func unbearable(x any) bool {
	switch x := x.(type) {
	case json.Number:
		return hugeExponent(x.String())
	case []any:
		return slices.ContainsFunc(x, unbearable)
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(x)), unbearable)
	}
	return false
}

// nullable lets null pass, as OpenAPI's keyword of that name means.
func nullable(s map[string]any) map[string]any {
	switch t := s["type"].(type) {
	case string:
		s["type"] = withNull([]any{t}, "null")
	case []any:
		s["type"] = withNull(t, "null")
	default:
		return bare(s)
	}
	if list, ok := s["enum"].([]any); ok {
		s["enum"] = withNull(list, nil)
	}
	return s
}

func withNull(list []any, null any) []any {
	for _, x := range list {
		if x == null {
			return list
		}
	}
	return append(slices.Clip(list), null)
}

// widened is a schema without the keywords under which a part that lets more
// pass makes the whole let less pass: a schema of which something was left out
// must not refuse for it.
func widened(x any) any {
	s, ok := x.(map[string]any)
	if !ok {
		return x
	}
	s = rebuild(s, widened)
	if _, has := s["anyOf"]; !has && s["oneOf"] != nil {
		s["anyOf"] = s["oneOf"]
	}
	for _, word := range []string{"not", "if", "then", "else", "oneOf", "maxContains", "unevaluatedItems", "unevaluatedProperties"} {
		delete(s, word)
	}
	return s
}
