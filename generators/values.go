package generators

import (
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
		change("V1", "enum-case", "The model writes a choice in another case.", rightValue, lettered,
			func(_ *Draw, x site) scenarios.Value { return scenarios.Str(otherCase(textOf(x.value))) }),
		change("V2", "enum-decorated", "The model adds to a choice, or joins two.", rightValue, enums, decorated),
		change("V3", "enum-other", "The model writes a word that is none of the choices.", rightValue, enums,
			text("all", "General", "other", "auto")),
		change("V4", "out-of-range", "The model leaves the bounds of a number, a text or a list.", rightValue, bounded, outOfRange),
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

func decorated(d *Draw, x site) scenarios.Value {
	t := textOf(x.value)
	return scenarios.Str(pick(d, []string{t + "_US", t + "," + t, t + " (default)", `"` + t + `"`, " " + t}))
}

// boundWords are the keywords that bound a value.
var boundWords = []string{
	"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems", "multipleOf",
}

func bounded(x site) bool {
	for _, w := range boundWords {
		if _, ok := x.schema.number(w); ok {
			return true
		}
	}
	return x.schema.is("integer") || x.schema.is("number")
}

func outOfRange(d *Draw, x site) scenarios.Value {
	s := x.schema
	switch {
	case x.value.Kind() == scenarios.String:
		return tooLong(d, s, scenarios.Str("a"), "minLength", "maxLength")
	case x.value.Kind() == scenarios.Array:
		item := scenarios.Str("a")
		if items := x.value.Items(); len(items) > 0 {
			item = items[0]
		}
		return tooLong(d, s, item, "minItems", "maxItems")
	}
	choices := []string{"0", "-1", "2147483648", "9007199254740993", "1e400"}
	if most, ok := s.number("maximum"); ok {
		choices = append([]string{decimal(most + 1)}, choices...)
	}
	if least, ok := s.number("minimum"); ok {
		choices = append([]string{decimal(least - 1)}, choices...)
	}
	return scenarios.Num(pick(d, choices))
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// tooLong breaks the least or the greatest length.
func tooLong(d *Draw, s *Schema, unit scenarios.Value, least, most string) scenarios.Value {
	high, hasHigh := s.number(most)
	low, hasLow := s.number(least)
	if hasHigh && high < 1<<24 && (!hasLow || low < 1 || !d.Bool()) {
		return scenarios.Repeat(unit, int64(high)+1)
	}
	return scenarios.Repeat(unit, max(0, int64(low)-1))
}
