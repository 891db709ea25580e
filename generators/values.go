package generators

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

const (
	rightValue = "refuses it with a tool error that names the property and the values it takes"
	rightAny   = "refuses it where it can tell; never destroys anything for it"
)

// valueClasses are the ways in which a value of the right type goes wrong.
func valueClasses() []Generator {
	enums := func(x site) bool { return x.schema.has("enum") && x.value.Kind() == scenarios.String }
	lettered := func(x site) bool { return enums(x) && otherCase(textOf(x.value)) != textOf(x.value) }
	strings := func(x site) bool { return x.key != "" && x.schema.is("string") && !x.schema.has("enum") }
	dated := func(x site) bool {
		f := x.schema.text("format")
		return x.key != "" && (f == "date" || f == "date-time" || f == "time")
	}
	text := func(choices ...string) func(*Draw, site) scenarios.Value {
		return func(d *Draw, _ site) scenarios.Value { return scenarios.Str(pick(d, choices)) }
	}
	return []Generator{
		breaks("V1", "enum-case", "The model writes a choice in another case.", rightValue, lettered,
			func(_ *Draw, x site) scenarios.Value { return scenarios.Str(otherCase(textOf(x.value))) }),
		breaks("V2", "enum-decorated", "The model adds to a choice, or joins two.", rightValue, enums, decorated),
		breaks("V3", "enum-other", "The model writes a word that is none of the choices.", rightValue, enums,
			func(d *Draw, x site) scenarios.Value { return other(d, x, "all", "General", "other", "auto") }),
		outOfBounds(),
		change("V5", "date", "The model writes a date as people do.", rightValue, dated,
			text("today", "11 PM", "2023-4-4", "04/04/2023", "next Friday")),
		change("V6", "placeholder", "The model writes a placeholder for what it does not know.", rightAny, strings,
			text("YOUR_API_KEY", "example.com", "your city", "{{result}}", "TBD", "<id>")),
		change("V7", "unknown-word", "The model writes a word for what it does not know.", rightAny, strings,
			text("unknown", "N/A", "any", "default", "dontcare")),
		change("V8", "empty-text", "The model sends an empty text.", rightAny, strings, text("")),
		change("V9", "reference", "The model writes a reference or an expression instead of its value.", rightAny, strings,
			text("data['sales']", "result.id", "5 * 9", "$1", "{{steps.0.output}}")),
	}
}

func textOf(v scenarios.Value) string {
	t, _ := v.Text()
	return t
}

func otherCase(t string) string {
	if up := strings.ToUpper(t); up != t {
		return up
	}
	return strings.ToLower(t)
}

// other is one of several words that is none of the choices.
func other(d *Draw, x site, words ...string) scenarios.Value {
	given := x.schema.given()
	words = slices.DeleteFunc(words, func(w string) bool { return contains(given, scenarios.Str(w)) })
	return scenarios.Str(pick(d, append(words, textOf(x.value)+"_x")))
}

func decorated(d *Draw, x site) scenarios.Value {
	t := textOf(x.value)
	return other(d, x, t+"_US", t+","+t, t+" (default)", `"`+t+`"`, " "+t)
}

// outOfBounds leaves the bounds that a schema sets; numbers without bounds it
// makes extreme.
func outOfBounds() Generator {
	const name, doc = "out-of-range", "The model leaves the bounds of a number, a text or a list."
	numeric := kind("integer", "number")
	g := breaks("V4", name, doc, rightValue, bounded, outOfRange)
	extremes := change("V4", name, doc, rightAny, numeric, extreme)
	applies, steps := g.Applies, g.Steps
	g.Applies = func(s Subject) bool { return applies(s) || extremes.Applies(s) }
	g.Steps = func(d *Draw, s Subject) []scenarios.Step {
		if s.has(numeric) && (d.N(4) == 3 || !s.has(bounded)) {
			return extremes.Steps(d, s)
		}
		return steps(d, s)
	}
	return g
}

// maxLength is the greatest length that is made to be passed.
const maxLength = 1 << 24

func bounded(x site) bool {
	if x.schema.has("enum") || x.schema.has("const") {
		return false
	}
	switch x.value.Kind() {
	case scenarios.String:
		return x.schema.count("minLength", 0) > 0 || x.schema.count("maxLength", maxLength) < maxLength
	case scenarios.Array:
		return x.schema.count("minItems", 0) > 0 || x.schema.count("maxItems", maxLength) < maxLength
	case scenarios.Number:
		_, least := x.schema.least()
		_, most := x.schema.most()
		return least || most
	}
	return false
}

func outOfRange(d *Draw, x site) scenarios.Value {
	switch x.value.Kind() {
	case scenarios.String:
		return tooLong(d, x.schema, scenarios.Str("a"), "minLength", "maxLength")
	case scenarios.Array:
		item := scenarios.Str("a")
		if items := x.value.Items(); len(items) > 0 {
			item = items[0]
		}
		return tooLong(d, x.schema, item, "minItems", "maxItems")
	}
	return tooFar(d, x.schema)
}

// extremeNumbers are what servers trip over: the ends of 32 bits, of what a
// binary fraction holds exactly, and far enough beyond them to tell what is rounded
// from what is counted, of what it holds at all.
var extremeNumbers = []string{"0", "-1", "2147483648", "9007199254740993", "90071992547409931", "1e400"}

func extreme(d *Draw, _ site) scenarios.Value { return scenarios.Num(pick(d, extremeNumbers)) }

// tooFar is a number below the least or above the greatest allowed.
func tooFar(d *Draw, s *Schema) scenarios.Value {
	var choices []string
	least, hasLeast := s.least()
	if hasLeast {
		choices = append(choices, decimal(min(least-1, least-math.Abs(least)/2)))
	}
	most, hasMost := s.most()
	if hasMost {
		choices = append(choices, decimal(max(most+1, most+math.Abs(most)/2)))
	}
	for _, n := range extremeNumbers {
		f, err := strconv.ParseFloat(n, 64)
		if hasLeast && f < least || hasMost && f > most && (err == nil || f > 0) {
			choices = append(choices, n)
		}
	}
	return scenarios.Num(pick(d, choices))
}

// tooLong breaks the least or the greatest length.
func tooLong(d *Draw, s *Schema, unit scenarios.Value, least, most string) scenarios.Value {
	high, low := s.count(most, maxLength), s.count(least, 0)
	n := max(0, min(low, maxLength)-1)
	if high < maxLength && (low < 1 || !d.Bool()) {
		n = high + 1
	}
	if unit.Size()*int64(n) > maxLength {
		unit = scenarios.Of(0)
	}
	if least == "minLength" {
		unit = scenarios.Str("a")
	}
	return scenarios.Repeat(unit, int64(n))
}
