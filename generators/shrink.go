package generators

import (
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// maxShrinks bounds how many candidates are made of one case.
const maxShrinks = 300

// Shrinks returns simpler cases, those that save most first. Each is valid and
// smaller than c: in what it sends and says, or where that is equal in the order
// of its text. So shrinking ends. A scenario of the library has none: it was
// written as small as it says what it says.
func Shrinks(c scenarios.Case) []scenarios.Case {
	if LibraryName(c.Origin.Class) != "" {
		return nil
	}
	var list []scenarios.Case
	size := weight(c.Steps)
	for _, steps := range shrinkSteps(c.Steps) {
		smaller := c
		smaller.Steps = steps
		w := weight(steps)
		if w > size || w == size && !precedes(smaller, c) || smaller.Check() != nil {
			continue
		}
		if list = append(list, smaller); len(list) == maxShrinks {
			break
		}
	}
	return list
}

func precedes(a, b scenarios.Case) bool {
	return string(scenarios.Format(a)) < string(scenarios.Format(b))
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
		return valueWeight(s.Args) + attrsWeight(s.Attrs)
	case scenarios.Request:
		return valueWeight(s.Params) + attrsWeight(s.Attrs)
	case scenarios.Notify:
		return valueWeight(s.Params) + attrsWeight(s.Attrs)
	case scenarios.Answer:
		return valueWeight(s.Result)
	case scenarios.Raw:
		return int64(len(s.Bytes)) + attrsWeight(s.Attrs)
	case scenarios.Burst:
		return 2*weight(s.Lines) + 16*int64(s.N)
	}
	return 1
}

func valueWeight(v scenarios.Value) int64 { return v.Size() + int64(len(v.String())) + 2*v.Depth() }

// attrsWeight counts the attributes that can be left out.
func attrsWeight(a scenarios.Attrs) int64 { return int64(len(shrinkAttrs(a))) }

// shrinkSteps are fewer steps, then the same ones made simpler. A step stays as long as one
// means it.
func shrinkSteps(steps []scenarios.Step) [][]scenarios.Step {
	var list [][]scenarios.Step
	if len(steps) > 1 {
		var ones [][]int
		places := make([]int, len(steps))
		for i := range steps {
			places[i] = i
			ones = append(ones, []int{i})
		}
		for _, some := range append(ones, fewer(places)...) {
			if kept, ok := scenarios.Kept(steps, some); ok {
				list = append(list, kept)
			}
		}
	}
	return append(list, each(steps, func(i int) []scenarios.Step { return shrinkStep(steps[i]) })...)
}

// fewer are the ways to leave out a part of a list: halves first, then ever
// smaller parts, at last single ones, unless the list is so long that the parts
// must do.
func fewer[T any](list []T) [][]T {
	const most, mostSingle = 16, 256
	var out [][]T
	for size := (len(list) + 1) / 2; size > 0; size /= 2 {
		if len(list)/size > most && (size > 1 || len(list) > mostSingle) {
			continue
		}
		for at := 0; at < len(list); at += size {
			out = append(out, slices.Concat(list[:at], list[min(at+size, len(list)):]))
		}
	}
	return out
}

// each makes lists in which one element is a simpler one: the first simpler one
// of every element, then the second of every element, and so on.
func each[T any](list []T, simpler func(int) []T) [][]T {
	var turns [][]T
	for i := range list {
		turns = append(turns, simpler(i))
	}
	var out [][]T
	for turn, more := 0, true; more; turn++ {
		more = false
		for i, candidates := range turns {
			if turn < len(candidates) {
				changed := slices.Clone(list)
				changed[i], more = candidates[turn], true
				out = append(out, changed)
			}
		}
	}
	return out
}

func shrinkStep(step scenarios.Step) []scenarios.Step {
	var list []scenarios.Step
	values := func(v scenarios.Value, with func(scenarios.Value) scenarios.Step) {
		for _, x := range shrinkValue(v, 0) {
			list = append(list, with(x))
		}
	}
	attrs := func(a scenarios.Attrs, with func(scenarios.Attrs) scenarios.Step) {
		for _, x := range shrinkAttrs(a) {
			list = append(list, with(x))
		}
	}
	switch s := step.(type) {
	case scenarios.Call:
		attrs(s.Attrs, func(a scenarios.Attrs) scenarios.Step { s := s; s.Attrs = a; return s })
		values(s.Args, func(v scenarios.Value) scenarios.Step { s := s; s.Args = v; return s })
	case scenarios.Request:
		attrs(s.Attrs, func(a scenarios.Attrs) scenarios.Step { s := s; s.Attrs = a; return s })
		values(s.Params, func(v scenarios.Value) scenarios.Step { s := s; s.Params = v; return s })
	case scenarios.Notify:
		attrs(s.Attrs, func(a scenarios.Attrs) scenarios.Step { s := s; s.Attrs = a; return s })
		values(s.Params, func(v scenarios.Value) scenarios.Step { s := s; s.Params = v; return s })
	case scenarios.Answer:
		values(s.Result, func(v scenarios.Value) scenarios.Step { s := s; s.Result = v; return s })
	case scenarios.Raw:
		attrs(s.Attrs, func(a scenarios.Attrs) scenarios.Step { s := s; s.Attrs = a; return s })
		return append(list, shrinkRaw(s)...)
	case scenarios.Burst:
		return shrinkBurst(s)
	}
	return list
}

// shrinkRaw leaves out bytes, but for the newline that ends a frame. What is
// wrong with the frame stays the same: another fault would be another finding.
func shrinkRaw(r scenarios.Raw) []scenarios.Step {
	body, ended := strings.CutSuffix(r.Bytes, "\n")
	was := scenarios.ShapeOf([]byte(r.Bytes))
	var list []scenarios.Step
	for _, b := range fewer([]byte(body)) {
		if r.Bytes = string(b); ended {
			r.Bytes += "\n"
		}
		if is := scenarios.ShapeOf([]byte(r.Bytes)); is.Problem == was.Problem && is.Owed() == was.Owed() && is.Method == was.Method {
			list = append(list, r)
		}
	}
	return list
}

// shrinkBurst is one of its calls alone, fewer at once, the same one each time,
// or simpler ones.
func shrinkBurst(b scenarios.Burst) []scenarios.Step {
	list := []scenarios.Step{b.Lines[0]}
	add := func(n int, lines []scenarios.Step) {
		if n >= 1 && n <= b.N {
			smaller := b
			smaller.N, smaller.Lines = n, lines[:min(n, len(lines))]
			list = append(list, smaller)
		}
	}
	add(b.N, b.Lines[:1])
	for _, n := range []int{2, b.N / 2, b.N * 3 / 4, b.N - 1} {
		add(n, b.Lines)
	}
	for _, lines := range fewer(b.Lines) {
		add(b.N, lines)
	}
	for _, lines := range each(b.Lines, func(i int) []scenarios.Step { return shrinkStep(b.Lines[i]) }) {
		add(b.N, lines)
	}
	return list
}

// shrinkAttrs leaves out one attribute; what is wanted and what was done stay.
func shrinkAttrs(a scenarios.Attrs) []scenarios.Attrs {
	var list []scenarios.Attrs
	for _, to := range []*string{&a.As, &a.Session, &a.ID, &a.Verb, &a.Handshake, &a.Protocol} {
		if had := *to; had != "" {
			*to = ""
			list = append(list, a)
			*to = had
		}
	}
	for i := range a.Headers {
		smaller := a
		smaller.Headers = slices.Delete(slices.Clone(a.Headers), i, i+1)
		list = append(list, smaller)
	}
	return list
}
