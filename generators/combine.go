package generators

import (
	"math/big"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// The keywords of which the greater value says more, those of which the lesser
// does, and those that hold a schema.
var (
	greaterWords = []string{"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains"}
	lesserWords  = []string{"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains"}
	schemaWords  = []string{"additionalProperties", "contains", "items", "propertyNames", "unevaluatedItems", "unevaluatedProperties"}
)

// both is what two values of one keyword say together, as far as one value can
// say it; else the later one.
func both(word string, a, b scenarios.Value) scenarios.Value {
	if a.IsAbsent() || a.Equal(b) {
		return b
	}
	switch {
	case slices.Contains(greaterWords, word) && less(b, a), slices.Contains(lesserWords, word) && less(a, b):
		return a
	case word == "uniqueItems" && a.Source() == "true":
		return a
	case word == "enum", word == "type" && a.Kind() == scenarios.Array && b.Kind() == scenarios.Array:
		return scenarios.Arr(slices.DeleteFunc(slices.Clone(a.Items()), func(x scenarios.Value) bool { return !contains(b.Items(), x) })...)
	case word == "type" && a.Kind() == scenarios.String:
		return a
	case slices.Contains(schemaWords, word) && a.Kind() != scenarios.Array && b.Kind() != scenarios.Array:
		return allOf(a, b)
	case word == "patternProperties", word == "dependentSchemas", word == "dependentRequired", word == "dependencies":
		return scenarios.Obj(append(slices.Clone(a.Members()), b.Members()...)...)
	}
	return b
}

// less reports whether both are numbers and the first is the lesser.
func less(a, b scenarios.Value) bool {
	x, y := new(big.Float), new(big.Float)
	_, okX := x.SetString(a.Source())
	_, okY := y.SetString(b.Source())
	return okX && okY && x.Cmp(y) < 0
}

// allOf is the schema of what fits all of several.
func allOf(parts ...scenarios.Value) scenarios.Value {
	return scenarios.Obj(scenarios.Member{Key: "allOf", Value: scenarios.Arr(parts...)})
}

// branches are the two ways to fit an if: it holds, and so does what follows
// then; or what follows else.
func branches(condition, then, otherwise scenarios.Value) []scenarios.Value {
	list := []scenarios.Value{allOf(condition, orAnything(then)), orAnything(otherwise)}
	if condition.Source() == "false" {
		return list[1:]
	}
	return list
}

func orAnything(schema scenarios.Value) scenarios.Value {
	if schema.IsAbsent() {
		return scenarios.Of(true)
	}
	return schema
}
