package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// SourcesOf are the numbers of the steps out of whose answers a step takes values, sorted.
func SourcesOf(step Step) []int {
	var sources []int
	for _, ref := range valueOf(step).Refs() {
		if n, _, ok := sourceIn(ref.Arg); ok && ref.Op == RefFrom {
			sources = append(sources, n)
		}
	}
	slices.Sort(sources)
	return slices.Compact(sources)
}

// sourceIn parts "STEP/pointer".
func sourceIn(path string) (n int, pointer string, ok bool) {
	head, pointer, _ := strings.Cut(path, "/")
	n, err := strconv.Atoi(head)
	return n, pointer, err == nil
}

// Kept are the steps at some places of a list, in order, each of which means the same steps
// as before; false where it means one that is not kept.
func Kept(steps []Step, places []int) ([]Step, bool) {
	to := make(map[int]int, len(places))
	kept := make([]Step, len(places))
	for i, place := range places {
		to[place+1], kept[i] = i+1, steps[place]
	}
	return allRenumbered(kept, to)
}

// Spliced are steps with others in the place of n of them, from a place on. All mean the
// same steps as before, those that stood there the first of the others; false where there
// is none.
func Spliced(steps []Step, at, n int, others []Step) ([]Step, bool) {
	to, own := map[int]int{}, map[int]int{}
	for i := range steps {
		switch {
		case i < at:
			to[i+1] = i + 1
		case i >= at+n:
			to[i+1] = i + 1 - n + len(others)
		case len(others) > 0:
			to[i+1] = at + 1
		}
	}
	for i := range others {
		own[i+1] = at + i + 1
	}
	rest, ok := allRenumbered(slices.Concat(steps[:at], steps[at+n:]), to)
	middle, same := allRenumbered(others, own)
	if !ok || !same {
		return nil, false
	}
	return slices.Insert(rest, at, middle...), true
}

// allRenumbered are steps that mean others by their new numbers; false where one has none.
func allRenumbered(steps []Step, to map[int]int) ([]Step, bool) {
	list := make([]Step, len(steps))
	for i, step := range steps {
		var ok bool
		if list[i], ok = renumbered(step, to); !ok {
			return nil, false
		}
	}
	return list, true
}

// renumbered is a step that means others by their new numbers; false where one has none.
func renumbered(step Step, to map[int]int) (Step, bool) {
	ok := true
	number := func(n int) int {
		ok = ok && to[n] != 0
		return to[n]
	}
	retried := func(a Attrs) Attrs {
		if a.Retry.Of != 0 {
			a.Retry.Of = number(a.Retry.Of)
		}
		return a
	}
	valued := func(v Value) Value {
		v, err := v.renumbered(to)
		ok = ok && err == nil
		return v
	}
	switch s := step.(type) {
	case Call:
		s.Attrs, s.Args = retried(s.Attrs), valued(s.Args)
		step = s
	case Request:
		s.Attrs, s.Params = retried(s.Attrs), valued(s.Params)
		step = s
	case Notify:
		s.Params = valued(s.Params)
		step = s
	case Burst:
		s.Lines = slices.Clone(s.Lines)
		for i, line := range s.Lines {
			same := false
			s.Lines[i], same = renumbered(line, to)
			ok = ok && same
		}
		step = s
	case Cancel:
		step = Cancel{Of: number(s.Of)}
	case Disconnect:
		step = Disconnect{Of: number(s.Of)}
	case Fetch:
		s.Of = number(s.Of)
		step = s
	}
	return step, ok
}

var errNotKept = errors.New("it takes a value out of the answer to a step that is not kept")

// renumbered is a value that takes what it takes from steps by their new numbers.
func (v Value) renumbered(to map[int]int) (Value, error) {
	return v.replaced(func(ref Value) (Value, error) {
		n, pointer, ok := sourceIn(ref.n.expr.arg)
		switch {
		case ref.n.expr.op != opFrom || !ok:
			return ref, nil
		case to[n] == 0:
			return Value{}, errNotKept
		}
		return From(fmt.Sprintf("%d/%s", to[n], pointer)), nil
	})
}
