package scenarios

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// oversized judges a value that is too large to validate by what is known of
// it without expanding it: its types, its lengths, its keys. It says nothing
// of which it is not sure.
func (v *validator) oversized(schema any, x Value, at string) []Breach {
	if schema == false {
		return []Breach{{at, "false", "the schema allows nothing here"}}
	}
	var broken []Breach
	for _, s := range v.views(mustWords, schema).list {
		broken = append(broken, misfit(s, x, at)...)
		for _, m := range x.Members() {
			broken = append(broken, v.oversizedMember(s, m, Pointer(at, m.Key))...)
		}
		for i, item := range x.Items() {
			if sub := v.itemSchema(s, i); sub != nil {
				broken = append(broken, v.oversized(sub, item, Pointer(at, strconv.Itoa(i)))...)
			}
		}
	}
	slices.SortFunc(broken, compareBreaches)
	return slices.Compact(broken)
}

// misfit is what of a value's type and length breaks a schema.
func misfit(s map[string]any, x Value, at string) []Breach {
	var broken []Breach
	want := typesOf(s)
	fits := slices.Contains(want, x.Kind().String()) || x.Kind() == Number && slices.Contains(want, "integer")
	if len(want) > 0 && !fits {
		broken = append(broken, Breach{at, "type", fmt.Sprintf("got %s, want %s", x.Kind(), strings.Join(want, " or "))})
	}
	for keyword, kind := range map[string]Kind{"maxLength": String, "maxItems": Array} {
		if limit, ok := number(s[keyword]); ok && x.Kind() == kind && float64(x.length()) > limit {
			broken = append(broken, Breach{at, keyword, fmt.Sprintf("length %d, want at most %v", x.length(), limit)})
		}
	}
	return broken
}

// oversizedMember judges a member by the one schema that is meant for its key.
func (v *validator) oversizedMember(s map[string]any, m Member, at string) []Breach {
	if properties, _ := s["properties"].(map[string]any); properties[m.Key] != nil {
		return v.oversized(properties[m.Key], m.Value, at)
	}
	if _, has := s["patternProperties"]; has {
		return nil
	}
	if s["additionalProperties"] == false {
		return []Breach{{at, "additionalProperties", "the schema allows no such property"}}
	}
	return v.oversized(s["additionalProperties"], m.Value, at)
}

// length is the least number of code points of a string, or the number of
// items of an array.
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
		// Halves of a surrogate pair may meet when they are repeated.
		return int64(utf8.RuneCountInString(text)) - int64(strings.Count(text, "\uFFFD"))
	}
	return 0
}

func (v Value) expression() *expr {
	if v.n == nil {
		return nil
	}
	return v.n.expr
}

// itemSchema is the schema meant for item i of an array; nil where there is
// none.
func (v *validator) itemSchema(s map[string]any, i int) any {
	tuple, rest := s["prefixItems"], s["items"]
	if v.draft < 2020 {
		tuple, rest = s["items"], s["additionalItems"]
		if _, isTuple := tuple.([]any); !isTuple {
			return tuple
		}
	}
	if list, _ := tuple.([]any); i < len(list) {
		return list[i]
	}
	return rest
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
