package generators

import (
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// The lengths of a value that grows from call to call. Short ones grow slowly, since
// what searches for a match may double its work with each character; they end in what
// nothing matches, so that every way is tried. Long ones grow by half.
var (
	shortLengths = lengths(16, 4096, 6, 5)
	longLengths  = lengths(256, 1<<18, 3, 2)
)

// lengths rise from the first to the last, each by that fraction.
func lengths(first, last, by, of int) []int {
	var list []int
	for n := first; n <= last; n = max(n+1, n*by/of) {
		list = append(list, n)
	}
	return list
}

// leastGrown is the length that a text must be allowed to have to be grown, leastLong
// how many of the long lengths: fewer do not tell how memory grows.
const (
	leastGrown = 512
	leastLong  = 6
)

// growing makes a series of calls in which one value grows.
func growing() Generator {
	fits := func(x site) bool {
		return x.key != "" && x.schema.is("string") && !x.schema.has("enum") && !x.schema.has("const") &&
			x.schema.count("maxLength", maxLength) >= leastGrown
	}
	return Generator{
		ID: "S5", Name: "growing",
		Doc:     "A value grows from call to call, made of what separates the parts of such values.",
		Right:   "takes time and memory in proportion to what it is sent, or refuses it",
		Applies: func(s Subject) bool { return s.has(fits) },
		Steps: func(d *Draw, s Subject) []scenarios.Step {
			args, at, _ := s.find(d, fits)
			args = s.thin(d, args, at.pointer)
			var steps []scenarios.Step
			long, values := series(d, s, at)
			if long && s.Feature == scenarios.FeatureTool {
				// What the server holds for others would hide how its memory grows.
				steps = append(steps, scenarios.Open{})
			}
			for _, v := range values {
				steps = append(steps, s.grown(args, at, v))
			}
			return steps
		},
	}
}

// series are the values of a place, as far as its schema lets them grow, and whether
// they are the long ones.
func series(d *Draw, s Subject, at site) (long bool, list []scenarios.Value) {
	most := at.schema.count("maxLength", maxLength)
	longer := upTo(longLengths, most)
	// An address is written out, which long ones are too large for.
	long = s.Feature != scenarios.FeatureResource && d.Turn(2) == 1 && len(longer) >= leastLong
	unit, end := s.parts(d, at)
	if long {
		for _, n := range longer {
			list = append(list, scenarios.Repeat(scenarios.Str(unit), int64(n)))
		}
		return long, list
	}
	for _, n := range upTo(shortLengths, most-len(end)) {
		list = append(list, scenarios.Str(strings.Repeat(unit, n)+end))
	}
	return long, list
}

// grown is one call in which the value of a place has grown. In an address it stands as it
// is: escaped, it parts nothing.
func (s Subject) grown(args scenarios.Value, at site, v scenarios.Value) scenarios.Step {
	name := s.Name
	if s.Feature == scenarios.FeatureResource {
		text, _ := v.Text()
		name = strings.Replace(s.address(args.With(at.pointer, scenarios.Str(scenarios.Foreign))), scenarios.Foreign, text, 1)
	}
	return s.callAs(name, "growing@"+at.pointer, args.With(at.pointer, v))[0]
}

func upTo(list []int, most int) []int {
	return slices.DeleteFunc(slices.Clone(list), func(n int) bool { return n > most })
}

// parts are what a growing value is made of, and what a short one ends in.
func (s Subject) parts(d *Draw, at site) (unit, end string) {
	if s.Feature != scenarios.FeatureResource {
		return pick(d, separators(at.schema)), "!"
	}
	list := marks(s.resource.URI)
	unit = inTurn(d, list)
	// Nothing matches where one of them stands that no variable holds.
	return unit, strings.ReplaceAll(strings.Join(list, ""), unit, "") + "!"
}

// commonSeparators part the values of many kinds.
var commonSeparators = []string{"a", ",", " ", "/", ".", "-", "(", "\\"}

// separators are the characters that a schema's own pattern names, before those of
// many kinds of values.
func separators(s *Schema) []string {
	list := literals(s.text("pattern"))
	return append(list, commonSeparators...)
}

// addressMarks part values in addresses, and stand in them unescaped.
const addressMarks = "/.;?&=:@-_~#"

// marks are the characters that part values in the addresses of a template: the comma
// between the items of a list (RFC 6570, section 3.2), and those that it is written with.
func marks(template string) []string {
	list := []string{","}
	for _, r := range template {
		if c := string(r); strings.Contains(addressMarks, c) && !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	return list
}

// literals are the single characters that stand in a pattern by themselves.
func literals(pattern string) []string {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil || pattern == "" {
		return nil
	}
	var list []string
	var walk func(*syntax.Regexp)
	walk = func(re *syntax.Regexp) {
		if re.Op == syntax.OpLiteral {
			for _, r := range re.Rune {
				if c := string(r); !slices.Contains(list, c) {
					list = append(list, c)
				}
			}
		}
		for _, sub := range re.Sub {
			walk(sub)
		}
	}
	walk(re)
	return list
}
