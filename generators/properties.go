package generators

import (
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

const (
	rightExtra = "refuses it with a tool error that names the unknown property"
	rightDrop  = "refuses it with a tool error that names the missing property"
)

// propertyClasses are the ways in which the keys of arguments go wrong.
func propertyClasses() []Generator {
	return []Generator{
		breaks("P1", "missing", "The model forgets a required property.", rightDrop,
			func(x site) bool { return x.key != "" && x.required },
			func(*Draw, site) scenarios.Value { return scenarios.Value{} }),
		added("P2", "extra", "The model adds a plausible property that the tool does not have.", inventedKey),
		renamedKey(),
		wrapped(),
		added("P5", "injected", "The client adds a property of its own.", func(d *Draw, _ Subject, _ site) string {
			return pick(d, []string{"task_progress", "explanation", "_meta", "requestId", "security_risk"})
		}),
		added("P6", "blank-key", "The model writes a property without a name.", func(*Draw, Subject, site) string { return "" }),
	}
}

// hasProperties is where properties stand: the arguments, and objects in them
// that are no mere maps.
func hasProperties(x site) bool {
	return x.value.Kind() == scenarios.Object && (x.pointer == "" || len(x.schema.properties) > 0)
}

// added makes a generator that adds a property to an object.
func added(id, name, doc string, key func(*Draw, Subject, site) string) Generator {
	return Generator{
		ID: id, Name: name, Doc: doc, Right: rightExtra, Applies: always,
		Steps: func(d *Draw, s Subject) []scenarios.Step {
			args, at, ok := s.find(d, hasProperties)
			if !ok {
				args, at = scenarios.Obj(), site{schema: s.Schema}
			}
			k := key(d, s, at)
			for at.schema.names(k) {
				k += "_x"
			}
			x := pick(d, []scenarios.Value{scenarios.Str("x"), scenarios.Of(10), scenarios.Of(true), scenarios.Obj()})
			pointer := scenarios.Pointer(at.pointer, k)
			return s.call(name+"@"+pointer, s.thin(d, args.With(pointer, x), pointer))
		},
	}
}

func inventedKey(d *Draw, s Subject, at site) string {
	keys := []string{"limit", "format", "unit", "timezone", "verbose", "max_results", "language", "recursive"}
	if tools := s.Catalog.Tools(); d.Bool() {
		for _, p := range readTool(pick(d, tools)).properties {
			keys = append(keys, p.name)
		}
		return keys[len(keys)-1]
	}
	return pick(d, keys)
}

// renamedKey calls a property by another name; the right one is then missing.
func renamedKey() Generator {
	fits := func(x site) bool { return x.key != "" }
	return Generator{
		ID: "P3", Name: "renamed", Doc: "The model calls a property by a synonym, in another number or style.",
		Right: rightExtra, Applies: func(s Subject) bool { return s.has(fits) },
		Steps: func(d *Draw, s Subject) []scenarios.Step {
			args, at, _ := s.find(d, fits)
			parent := at.pointer[:strings.LastIndex(at.pointer, "/")]
			pointer := scenarios.Pointer(parent, rekey(d, at.key))
			for taken := true; taken; {
				if _, taken = args.At(pointer); taken {
					pointer += "_x"
				}
			}
			args = args.Without(at.pointer).With(pointer, at.value)
			return s.call("renamed@"+at.pointer, s.thin(d, args, pointer))
		},
	}
}

// rekey is another name for a property.
func rekey(d *Draw, key string) string {
	words := splitWords(key)
	candidates := []string{plural(key), strings.ToUpper(key), capital(key), camel(words), strings.Join(words, "_")}
	if len(words) > 1 {
		candidates = append(candidates, words[0], words[len(words)-1])
	}
	if len(words) > 0 {
		if w := synonym(d, words[len(words)-1]); w != "" {
			candidates = append(candidates, joinLike(key, append(words[:len(words)-1:len(words)-1], w)))
		}
	}
	candidates = slices.DeleteFunc(candidates, func(c string) bool { return c == key || c == "" })
	return pick(d, candidates)
}

// wrapped puts all arguments under one key.
func wrapped() Generator {
	return Generator{
		ID: "P4", Name: "wrapped", Doc: "The model nests all arguments under one more key.",
		Right: rightExtra, Applies: always,
		Steps: func(d *Draw, s Subject) []scenarios.Step {
			key := pick(d, []string{"arguments", "params", "input", "parameters", "properties"})
			return s.call("wrapped@/"+key, scenarios.Obj(scenarios.Member{Key: key, Value: s.valid(d)}))
		},
	}
}
