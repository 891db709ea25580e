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
		added("P5", "injected", "The client adds a property of its own.", func(d *Draw, s Subject, _ site) string {
			key := pick(d, []string{"task_progress", "explanation", "_meta", "requestId", "security_risk"})
			if s.Feature != scenarios.FeatureTool {
				// Beside an address it is the protocol's own.
				return strings.TrimPrefix(key, "_")
			}
			return key
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

// commonKeys are what models expect any tool to take.
var commonKeys = []string{"limit", "format", "unit", "timezone", "verbose", "max_results", "language", "recursive"}

// inventedKey is a parameter of another tool, or one that many tools have.
func inventedKey(d *Draw, s Subject, at site) string {
	lent := slices.DeleteFunc(s.lentKeys(d), at.schema.names)
	if len(lent) == 0 || d.N(4) == 3 {
		return pick(d, commonKeys)
	}
	return pick(d, lent)
}

// renamedKey calls a property by another name; the right one is then missing.
func renamedKey() Generator {
	fits := func(x site) bool { return x.key != "" }
	return Generator{
		ID: "P3", Name: "renamed", Doc: "The model calls a property as another tool does, by a part of its name, in another number or style.",
		Right: rightExtra, Applies: func(s Subject) bool { return s.has(fits) },
		Steps: func(d *Draw, s Subject) []scenarios.Step {
			args, at, _ := s.find(d, fits)
			parent := at.pointer[:strings.LastIndex(at.pointer, "/")]
			pointer := scenarios.Pointer(parent, rekey(d, s, at.key))
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

// rekey is another name for a property: what other tools call such a thing, the
// tool's own noun with it, a part of it, another number or style.
func rekey(d *Draw, s Subject, key string) string {
	words := scenarios.Words(key)
	candidates := slices.DeleteFunc(s.lentKeys(d), func(other string) bool { return !sharesWord(other, key) })
	if w := lastSynonym(d, key, words); len(candidates) == 0 && w != "" {
		candidates = append(candidates, w)
	}
	if named := scenarios.Words(s.Name); len(named) > 1 && !slices.Contains(words, named[len(named)-1]) {
		candidates = append(candidates, joinLike(key, append(named[len(named)-1:], words...)))
	}
	if len(words) > 1 {
		candidates = append(candidates, words[0], words[len(words)-1])
	}
	candidates = append(candidates, plural(key), strings.ToUpper(key), capital(key), camel(words), strings.Join(words, "_"), key+"\x00")
	candidates = slices.DeleteFunc(candidates, func(c string) bool { return c == key || c == "" })
	return pick(d, candidates)
}

// lastSynonym is a key with another word for its last one, "" where none is known.
func lastSynonym(d *Draw, key string, words []string) string {
	if len(words) == 0 {
		return ""
	}
	last := len(words) - 1
	w := synonym(d, words[last])
	if w == "" {
		return ""
	}
	return joinLike(key, append(words[:last:last], w))
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
