package generators

import (
	"math"
	"strconv"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// numeric makes a number within the schema's bounds.
func (m maker) numeric(s *Schema) scenarios.Value {
	low, high := s.bounds()
	if bound := s.words["minimum"]; low >= maxExact && s.is("integer") && bound.Kind() == scenarios.Number {
		return bound
	}
	step := s.step(high - low)
	first := math.Ceil(plain(low/step)) * step
	count := math.Min(10, math.Floor(plain((high-first)/step))+1)
	if count > 1 {
		first += step * float64(m.N(int(count)))
	}
	return scenarios.Num(decimal(plain(first)))
}

// maxExact is where binary fractions begin to leave out integers.
const maxExact = 1 << 53

// step is what the numbers of a schema lie apart within a range.
func (s *Schema) step(width float64) float64 {
	if by, ok := s.number("multipleOf"); ok && by > 0 {
		return by
	}
	if !s.is("integer") && width > 0 && width < 2 {
		return width / 8
	}
	return 1
}

// plain is a number without what binary fractions leave at its end.
func plain(f float64) float64 {
	const digits = 15
	short, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', digits, 64), 64)
	if err != nil || math.Abs(f) >= 1<<50 {
		return f
	}
	return short
}

// decimal writes a number without an exponent where it is short without.
func decimal(f float64) string {
	if math.Abs(f) < 1e21 && (f == 0 || math.Abs(f) > 1e-7) {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// bounds are the least and the greatest number that the schema allows, or a
// plain range where it does not say.
func (s *Schema) bounds() (low, high float64) {
	least, hasLeast := s.least()
	most, hasMost := s.most()
	switch {
	case hasLeast && hasMost:
		margin := s.margin(most - least)
		return least + margin*s.opens("exclusiveMinimum"), most - margin*s.opens("exclusiveMaximum")
	case hasLeast:
		least += s.margin(2) * s.opens("exclusiveMinimum")
		return least, math.Max(least, 0) + 10*s.stretch()
	case hasMost:
		most -= s.margin(2) * s.opens("exclusiveMaximum")
		return math.Min(most, 1) - 10*s.stretch(), most
	}
	return s.stretch(), 10 * s.stretch()
}

// least is the lower bound, whether or not it is allowed itself.
func (s *Schema) least() (float64, bool) {
	a, hasA := s.number("minimum")
	b, hasB := s.number("exclusiveMinimum")
	if !hasA || hasB && b >= a {
		return b, hasB
	}
	return a, hasA
}

func (s *Schema) most() (float64, bool) {
	a, hasA := s.number("maximum")
	b, hasB := s.number("exclusiveMaximum")
	if !hasA || hasB && b <= a {
		return b, hasB
	}
	return a, hasA
}

// opens is 1 where a bound is not allowed itself: as a number, or as draft 4
// says it. Where both are bounds, nothing is lost by keeping off both.
func (s *Schema) opens(word string) float64 {
	if _, ok := s.number(word); ok || s.words[word].Source() == "true" {
		return 1
	}
	return 0
}

// margin is what an open bound is kept off by, in a range of that width.
func (s *Schema) margin(width float64) float64 {
	if s.is("integer") {
		return 1
	}
	return math.Min(0.5, width/8)
}

// stretch widens a range that has one bound or none, so that a multiple lies
// in it.
func (s *Schema) stretch() float64 {
	if by, ok := s.number("multipleOf"); ok && by > 1 {
		return by
	}
	return 1
}
