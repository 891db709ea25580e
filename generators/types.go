package generators

import (
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

const (
	rightType  = "refuses it with a tool error that names the property and the type it wants"
	rightWhole = "takes it: a whole float is an integer in JSON Schema"
)

// kind is a test for places whose schema wants a type.
func kind(names ...string) func(site) bool {
	return func(x site) bool {
		for _, name := range names {
			if x.key != "" && x.schema.is(name) || x.pointer != "" && x.schema.is(name) {
				return true
			}
		}
		return false
	}
}

// typeClasses are the ways in which the type of a value goes wrong.
func typeClasses() []Generator {
	numbers, booleans := kind("integer", "number"), kind("boolean")
	arrays, objects := kind("array"), kind("object")
	scalars := kind("string", "integer", "number", "boolean")
	plainString := func(x site) bool { return kind("string")(x) && !x.schema.has("enum") }
	optional := func(x site) bool { return x.key != "" && !x.required }
	return []Generator{
		breaks("T1", "number-as-string", "The client sends a number as text.", rightType, numbers, asText),
		breaks("T2", "boolean-as-string", "The model or the client sends a boolean as text, in Python's spelling too.", rightType, booleans, booleanText),
		breaks("T3", "scalar-for-array", "The model sends one item where a list is wanted.", rightType, arrays, firstItem),
		breaks("T4", "array-for-scalar", "The model sends a list of plausible values where one is wanted.", rightType, scalars,
			func(_ *Draw, x site) scenarios.Value { return scenarios.Arr(x.value, x.value) }),
		breaks("T5", "json-text", "The client sends a list or an object as JSON text.", rightType, kind("array", "object"),
			func(_ *Draw, x site) scenarios.Value { return scenarios.Str(compact(x.value)) }),
		breaks("T6", "python-text", "The model sends a list or an object as Python text.", rightType, kind("array", "object"), pythonText),
		breaks("T7", "fraction", "The model sends a fraction where a whole number is wanted.", rightType, kind("integer"), fraction),
		change("T8", "whole-float", "The model writes a whole number with a point.", rightWhole, kind("integer"), wholeFloat),
		nullOptional(optional),
		breaks("T10", "null-required", "The model sends null for what is required.", rightType,
			func(x site) bool { return x.pointer != "" && x.required },
			func(*Draw, site) scenarios.Value { return scenarios.Of(nil) }),
		breaks("T11", "null-word", "The model writes the word for nothing.", rightType, kind("array", "object", "integer", "number", "boolean"),
			nullWord),
		breaks("T12", "word-for-object", "The model sends a word where an object is wanted.", rightType, objects,
			func(d *Draw, x site) scenarios.Value {
				return scenarios.Str(pick(d, []string{"unknown", "default", x.key}))
			}),
		breaks("T13", "no-string", "The model sends a bare number or boolean where text is wanted.", rightType, plainString,
			func(d *Draw, _ site) scenarios.Value {
				return pick(d, []scenarios.Value{scenarios.Of(7), scenarios.Of(true), scenarios.Of(1.5)})
			}),
		breaks("T14", "comma-text", "The model sends a list as words between commas.", rightType, arrays,
			func(*Draw, site) scenarios.Value { return scenarios.Str("a,b,c") }),
		breaks("T15", "schema-echo", "The model sends the property's schema around its value.", rightType, scalars, schemaEcho),
	}
}

func asText(_ *Draw, x site) scenarios.Value { return scenarios.Str(compact(x.value)) }

func booleanText(d *Draw, _ site) scenarios.Value {
	return scenarios.Str(pick(d, []string{"true", "True", "false", "False", "yes"}))
}

func nullWord(d *Draw, x site) scenarios.Value {
	words := []scenarios.Value{scenarios.Str("null"), scenarios.Str("None")}
	if !x.schema.is("array") {
		words = append(words, scenarios.Arr(scenarios.Str("null")))
	}
	return pick(d, words)
}

func firstItem(_ *Draw, x site) scenarios.Value {
	if items := x.value.Items(); len(items) > 0 {
		return items[0]
	}
	return scenarios.Str("item")
}

func pythonText(_ *Draw, x site) scenarios.Value {
	return scenarios.Str(strings.NewReplacer(`"`, `'`, "true", "True", "false", "False", "null", "None").Replace(compact(x.value)))
}

func fraction(_ *Draw, x site) scenarios.Value {
	if source := x.value.Source(); x.value.Kind() == scenarios.Number && !strings.ContainsAny(source, ".eE") {
		return scenarios.Num(source + ".5")
	}
	return scenarios.Num("0.5")
}

func wholeFloat(_ *Draw, x site) scenarios.Value {
	if source := x.value.Source(); x.value.Kind() == scenarios.Number && !strings.ContainsAny(source, ".eE") {
		return scenarios.Num(source + ".0")
	}
	return scenarios.Num("5.0")
}

func schemaEcho(_ *Draw, x site) scenarios.Value {
	return scenarios.Obj(
		scenarios.Member{Key: "type", Value: scenarios.Str(x.value.Kind().String())},
		scenarios.Member{Key: "value", Value: x.value},
	)
}

// nullOptional sends null for one optional property, or for all.
func nullOptional(fits func(site) bool) Generator {
	one := breaks("T9", "null-optional", "The client sends null for optional properties that are not set.", rightType, fits,
		func(*Draw, site) scenarios.Value { return scenarios.Of(nil) })
	single := one.Steps
	one.Steps = func(d *Draw, s Subject) []scenarios.Step {
		if !d.Bool() {
			return single(d, s)
		}
		args, _, _ := s.find(d, fits)
		unset := func(m scenarios.Member) bool { return !s.Schema.isRequired(m.Key) }
		if !slices.ContainsFunc(args.Members(), unset) {
			return single(d, s)
		}
		var members []scenarios.Member
		for _, m := range args.Members() {
			if unset(m) {
				m.Value = scenarios.Of(nil)
			}
			members = append(members, m)
		}
		return s.call("null-optional", scenarios.Obj(members...))
	}
	return one
}
