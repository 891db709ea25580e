package generators

import (
	"encoding/json"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

const (
	rightArguments = "refuses it with a tool error or -32602 that says that arguments must be an object"
	rightMissing   = "refuses it with a tool error that names what is missing; runs where nothing is required"
)

// argumentClasses are the ways in which the arguments as a whole go wrong.
func argumentClasses() []Generator {
	return []Generator{
		whole("A1", "omitted", "The client leaves the arguments out.", rightMissing, always,
			func(*Draw, Subject) scenarios.Value { return scenarios.Value{} }),
		whole("A2", "null", "The client sends null for the arguments.", rightArguments, always,
			func(*Draw, Subject) scenarios.Value { return scenarios.Of(nil) }),
		whole("A3", "stringified", "The client sends the whole object as JSON text.", rightArguments, always, stringified),
		whole("A4", "empty-string", "The client sends an empty string for the arguments.", rightArguments, always,
			func(*Draw, Subject) scenarios.Value { return scenarios.Str("") }),
		unparseable(),
		whole("A6", "empty", "The model sends no arguments where some are required.", rightMissing, needsArguments,
			func(*Draw, Subject) scenarios.Value { return scenarios.Obj() }),
		whole("A7", "no-object", "The model sends a list, a number or its own prose for the arguments.", rightArguments, always, noObject),
	}
}

// needsArguments reports whether a tool cannot be called without arguments.
func needsArguments(s Subject) bool { return s.label(scenarios.Obj()).Want == scenarios.WantReject }

// whole makes a generator that replaces the arguments.
func whole(id, name, doc, right string, applies func(Subject) bool, make func(*Draw, Subject) scenarios.Value) Generator {
	return Generator{
		ID: id, Name: name, Doc: doc, Right: right, Applies: applies,
		Steps: func(d *Draw, s Subject) []scenarios.Step { return s.call(name, make(d, s)) },
	}
}

func stringified(d *Draw, s Subject) scenarios.Value {
	return scenarios.Str(compact(s.valid(d)))
}

// compact is a value as compact JSON text.
func compact(v scenarios.Value) string {
	b, err := v.AppendJSON(nil)
	if err != nil {
		return "{}"
	}
	return string(b)
}

func noObject(d *Draw, s Subject) scenarios.Value {
	switch d.N(4) {
	case 0:
		return scenarios.Arr()
	case 1:
		return scenarios.Of(42)
	case 2:
		return scenarios.Arr(s.valid(d))
	}
	return scenarios.Str("I need to call " + s.Name + " with the right values first.")
}

// unparseable is text that was meant to be the arguments and is no JSON: in a
// sound frame as a string, or as a frame that is itself broken.
func unparseable() Generator {
	return Generator{
		ID: "A5", Name: "unparseable",
		Doc:     "The arguments are cut off, or written as Python, as an expression, with a comment.",
		Right:   "refuses it with -32602 or a tool error; a broken frame with -32700",
		Applies: always,
		Steps: func(d *Draw, s Subject) []scenarios.Step {
			text := broken(d, compact(s.valid(d)))
			if s.Feature != scenarios.FeatureTool || d.N(4) < 3 {
				return s.call("unparseable", scenarios.Str(text))
			}
			frame := `{"jsonrpc":"2.0","id":9900,"method":"tools/call","params":{"name":` +
				scenarios.Quote(s.Name) + `,"arguments":` + strings.ReplaceAll(text, "\n", "\t") + "}}\n"
			return []scenarios.Step{scenarios.Raw{Attrs: scenarios.Attrs{Mutant: "unparseable-frame"}, Bytes: frame}}
		},
	}
}

// broken makes JSON text of an object into text that is no JSON.
func broken(d *Draw, text string) string {
	if t := spoilt(d, text); !json.Valid([]byte(t)) {
		return t
	}
	return text[:len(text)-1]
}

func spoilt(d *Draw, text string) string {
	switch d.N(6) {
	case 1:
		return strings.NewReplacer(`"`, `'`, "true", "True", "null", "None").Replace(text) + " "
	case 2:
		return strings.TrimSuffix(text, "}") + `, "n": 1/6}`
	case 3:
		return strings.TrimSuffix(text, "}") + "} // the arguments"
	case 4:
		return text + "}"
	case 5:
		return strings.TrimSuffix(text, "}") + ", \"t\": \"a\nb\"}"
	}
	cut := len(text) * (30 + d.N(66)) / 100
	return strings.ToValidUTF8(text[:cut], "")
}
