package scenarios

import (
	"slices"
	"strconv"
)

// The keywords under which further schemas for the same value stand: those
// that it must fit, and those that may have a say.
var (
	mustWords = []string{"allOf"}
	mayWords  = []string{"allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas", "dependencies"}
)

// view is the schemas that speak of one value.
type view struct {
	list []map[string]any
	// lost: there are more, which cannot be found.
	lost bool
	seen map[string]bool
}

// views gathers the schemas for a value: those given, what they refer to, and
// those under the words.
func (v *validator) views(words []string, schemas ...any) view {
	w := view{seen: map[string]bool{}}
	for _, s := range schemas {
		v.gather(&w, words, s)
	}
	return w
}

func (v *validator) gather(w *view, words []string, schema any) {
	s, ok := schema.(map[string]any)
	if !ok {
		return
	}
	if ref, ok := s["$ref"].(string); ok {
		v.gatherRef(w, words, ref)
		if v.draft < 2019 {
			return
		}
	}
	w.lost = w.lost || s["$dynamicRef"] != nil || s["$recursiveRef"] != nil
	w.list = append(w.list, s)
	for _, word := range words {
		switch x := s[word].(type) {
		case []any:
			for _, sub := range x {
				v.gather(w, words, sub)
			}
		case map[string]any:
			if !parts[word] {
				v.gather(w, words, x)
				continue
			}
			for _, sub := range x {
				v.gather(w, words, sub)
			}
		}
	}
}

func (v *validator) gatherRef(w *view, words []string, ref string) {
	if w.seen[ref] {
		return
	}
	w.seen[ref] = true
	target, ok := v.resolve(ref)
	w.lost = w.lost || !ok
	v.gather(w, words, target)
}

// resolve finds what a reference into the schema names.
func (v *validator) resolve(ref string) (any, bool) {
	if v.embedded || ref != "#" && (len(ref) < 2 || ref[:2] != "#/") {
		return nil, false
	}
	at := v.root
	for _, key := range splitPointer(ref[1:]) {
		switch x := at.(type) {
		case map[string]any:
			at = x[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(x) {
				return nil, false
			}
			at = x[i]
		}
	}
	return at, at != nil
}

// loose lists what the schemas allow but a hardening rule calls unsound: keys
// that none of them names, sizes that none of them bounds.
func (v *validator) loose(x Value, at string, schemas ...any) []Breach {
	w := v.views(mayWords, schemas...)
	if len(w.list) == 0 {
		return nil
	}
	var list []Breach
	open := !w.lost && !v.foreign && w.opens() && (at == "" || w.names())
	for _, m := range x.Members() {
		below := w.property(m.Key)
		if open && len(below) == 0 && !w.asksFor(m.Key) {
			list = append(list, Breach{Pointer(at, m.Key), "additionalProperties", "the schema names no such property"})
		}
		list = append(list, v.loose(m.Value, Pointer(at, m.Key), below...)...)
	}
	for i, item := range x.Items() {
		list = append(list, v.loose(item, Pointer(at, strconv.Itoa(i)), v.items(w, i)...)...)
	}
	if x.isLarge() && !slices.ContainsFunc(x.Items(), Value.isLarge) && !w.lost && w.unbounded(x.Kind()) {
		list = append(list, Breach{at, "unbounded", "the schema bounds no such size"})
	}
	return list
}

// property are the schemas for a key; that of all other keys counts where it
// says anything.
func (w view) property(key string) []any {
	var list []any
	for _, s := range w.list {
		properties, _ := s["properties"].(map[string]any)
		if sub, has := properties[key]; has {
			list = append(list, sub)
		} else if rest, _ := s["additionalProperties"].(map[string]any); len(rest) > 0 {
			list = append(list, rest)
		}
	}
	return list
}

// asksFor reports whether a key is required, always or beside another.
func (w view) asksFor(key string) bool {
	for _, s := range w.list {
		if holds(s["required"], key) {
			return true
		}
		for _, word := range []string{"dependentRequired", "dependencies"} {
			beside, _ := s[word].(map[string]any)
			for other, names := range beside {
				if other == key || holds(names, key) {
					return true
				}
			}
		}
	}
	return false
}

// holds reports whether a decoded list holds a text.
func holds(list any, text string) bool {
	items, _ := list.([]any)
	return slices.Contains(items, any(text))
}

// items are the schemas for item i.
func (v *validator) items(w view, i int) []any {
	var list []any
	for _, s := range w.list {
		list = append(list, v.itemSchema(s, i))
	}
	return list
}

// names reports whether any property is named; where none is, an object is a
// map whose keys are free.
func (w view) names() bool {
	for _, s := range w.list {
		if properties, _ := s["properties"].(map[string]any); len(properties) > 0 {
			return true
		}
	}
	return false
}

// keyRules are the keywords that say which keys may be there without naming
// each.
var keyRules = []string{"patternProperties", "propertyNames", "minProperties", "enum", "const"}

// opens reports whether keys pass of which no schema says anything.
func (w view) opens() bool {
	for _, s := range w.list {
		says := func(word string) bool { return s[word] != nil && (word != "minProperties" || !w.names()) }
		rest, limits := s["unevaluatedProperties"]
		if slices.ContainsFunc(keyRules, says) || limits && rest != true || s["additionalProperties"] == false {
			return false
		}
	}
	return true
}

// maxUnbounded is the size from which on a bound is missed.
const maxUnbounded = 64 << 10

func (v Value) isLarge() bool { return v.Size() > maxUnbounded }

func (w view) unbounded(kind Kind) bool {
	words := map[Kind][]string{String: {"maxLength", "enum", "const"}, Array: {"maxItems", "enum", "const"}}[kind]
	for _, s := range w.list {
		for _, word := range words {
			if s[word] != nil {
				return false
			}
		}
	}
	return words != nil
}
