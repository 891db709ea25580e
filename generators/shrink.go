package generators

import (
	"slices"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// maxShrinks bounds how many candidates are made of one case.
const maxShrinks = 200

// Shrinks returns simpler cases, the simplest first. Each is smaller than c in
// what it sends or in what it says, so that shrinking ends.
func Shrinks(c scenarios.Case) []scenarios.Case {
	var list []scenarios.Case
	add := func(steps []scenarios.Step) {
		smaller := c
		smaller.Steps = steps
		if len(list) < maxShrinks && weight(steps) < weight(c.Steps) && smaller.Check() == nil {
			list = append(list, smaller)
		}
	}
	// Whole stretches first (delta debugging, Zeller and Hildebrandt 2002).
	for n := len(c.Steps) / 2; n > 0; n /= 2 {
		for i := 0; i < len(c.Steps); i += n {
			add(slices.Delete(slices.Clone(c.Steps), i, min(i+n, len(c.Steps))))
		}
	}
	for i, s := range c.Steps {
		for _, simpler := range shrinkStep(s) {
			steps := slices.Clone(c.Steps)
			steps[i] = simpler
			add(steps)
		}
	}
	return list
}

// Weight measures what a case sends, in bytes, and what it says.
func Weight(c scenarios.Case) int64 { return weight(c.Steps) }

// weight measures steps: what they send, then what they say.
func weight(steps []scenarios.Step) int64 {
	var w int64
	for _, s := range steps {
		w += 1 + stepWeight(s)
	}
	return w
}

func stepWeight(step scenarios.Step) int64 {
	switch s := step.(type) {
	case scenarios.Call:
		return valueWeight(s.Args)
	case scenarios.Request:
		return valueWeight(s.Params)
	case scenarios.Notify:
		return valueWeight(s.Params)
	case scenarios.Raw:
		return int64(len(s.Bytes))
	case scenarios.Burst:
		w := 2 * weight(s.Lines)
		return w + 16*int64(s.N)
	}
	return 1
}

func valueWeight(v scenarios.Value) int64 { return v.Size() + int64(len(v.String())) + 2*v.Depth() }

func shrinkStep(step scenarios.Step) []scenarios.Step {
	var list []scenarios.Step
	switch s := step.(type) {
	case scenarios.Call:
		for _, v := range shrinkValue(s.Args, 0) {
			s.Args = v
			list = append(list, s)
		}
	case scenarios.Request:
		for _, v := range shrinkValue(s.Params, 0) {
			s.Params = v
			list = append(list, s)
		}
	case scenarios.Burst:
		return shrinkBurst(s)
	}
	return list
}

func shrinkBurst(b scenarios.Burst) []scenarios.Step {
	var list []scenarios.Step
	for _, n := range []int{2, b.N / 2, b.N - 1} {
		if n >= 1 && n < b.N {
			smaller := b
			smaller.N = n
			smaller.Lines = b.Lines[:min(n, len(b.Lines))]
			list = append(list, smaller)
		}
	}
	for i, l := range b.Lines {
		for _, simpler := range shrinkStep(l) {
			smaller := b
			smaller.Lines = slices.Clone(b.Lines)
			smaller.Lines[i] = simpler
			list = append(list, smaller)
		}
	}
	return list
}

// shrinkValue returns simpler values: parts left out, then parts made simpler.
func shrinkValue(v scenarios.Value, level int) []scenarios.Value {
	if level > maxLevels {
		return nil
	}
	if v.IsExpr() {
		return v.Smaller()
	}
	var list []scenarios.Value
	for _, m := range v.Members() {
		list = append(list, v.Without(scenarios.Pointer("", m.Key)))
	}
	for i := range v.Items() {
		list = append(list, scenarios.Arr(slices.Delete(slices.Clone(v.Items()), i, i+1)...))
	}
	for _, m := range v.Members() {
		for _, x := range shrinkValue(m.Value, level+1) {
			list = append(list, v.With(scenarios.Pointer("", m.Key), x))
		}
	}
	for i, item := range v.Items() {
		for _, x := range shrinkValue(item, level+1) {
			items := slices.Clone(v.Items())
			items[i] = x
			list = append(list, scenarios.Arr(items...))
		}
	}
	return append(list, shrinkScalar(v)...)
}

func shrinkScalar(v scenarios.Value) []scenarios.Value {
	switch v.Kind() {
	case scenarios.String:
		text, _ := v.Text()
		runes := []rune(text)
		var list []scenarios.Value
		for _, n := range []int{0, 1, len(runes) / 2} {
			if n < len(runes) {
				list = append(list, scenarios.Str(string(runes[:n])))
			}
		}
		return list
	case scenarios.Number:
		if len(v.Source()) > 1 {
			return []scenarios.Value{scenarios.Of(0), scenarios.Of(1)}
		}
	}
	return nil
}
