package generators

import (
	"slices"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// fault is a value that breaks the schema at one place.
type fault struct {
	pointer string
	value   scenarios.Value
}

// Mistake is one wrong value in arguments.
type Mistake struct {
	// Pointer is its place, Right what should stand there.
	Pointer string
	Right   scenarios.Value
}

// Mistaken makes arguments with up to n wrong values, and says which. There are
// none where the schema lets none be made.
func Mistaken(s Subject, n int) (scenarios.Value, []Mistake) {
	args := s.learnt(s.base)
	var mistakes []Mistake
	for _, f := range s.faults(FromTape(nil), n) {
		right, _ := args.At(f.pointer)
		mistakes = append(mistakes, Mistake{f.pointer, right})
		args = args.With(f.pointer, f.value)
	}
	return args, mistakes
}

// variedLoop starts with a call that holds several mistakes. Each turn mends
// one, as the errors say, until the call is right or the model gives up.
func variedLoop(lengths []int) Generator {
	const name = "varied-loop"
	return Generator{
		ID: "L4", Name: name,
		Doc:     "The model makes several mistakes in one call and mends one after each error.",
		Right:   "refuses each wrong turn with a tool error that names what is wrong, then takes the right one",
		Applies: func(s Subject) bool { return len(s.faults(FromTape(nil), 2)) == 2 },
		Steps: func(d *Draw, s Subject) []scenarios.Step {
			var turns []scenarios.Step
			args := s.learnt(s.base)
			for _, f := range s.faults(d, pick(d, lengths)) {
				turns = append(turns, s.call(name, args)...)
				args = args.With(f.pointer, f.value)
			}
			turns = append(turns, s.call(name, args)...)
			slices.Reverse(turns)
			if gaveUp := d.N(4) == 3; gaveUp {
				return turns[:len(turns)-1]
			}
			return turns
		},
	}
}

// faults are up to n values of another type, of which each by itself breaks the
// schema, in places of the fullest arguments that hold no others. There are two
// at least where there are two to be found.
func (s Subject) faults(d *Draw, n int) []fault {
	leaf := func(x site) bool { return x.key != "" && wrongType(x.value).Kind() != scenarios.Absent }
	list := slices.DeleteFunc(slices.Clone(s.sites), func(x site) bool { return !leaf(x) })
	var found []fault
	for _, first := range []int{d.N(len(list)), 0} {
		found = nil
		for i := range min(len(list), maxAttempts) {
			at := list[(first+i)%len(list)]
			f := fault{at.pointer, wrongType(at.value)}
			if s.baseValid && s.label(s.base.With(f.pointer, f.value)).Want == scenarios.WantReject {
				found = append(found, f)
			}
			if len(found) == n {
				return found
			}
		}
		if len(found) > 1 {
			return found
		}
	}
	return found
}

// wrongType is a scalar as another type; nothing for what is no scalar.
func wrongType(v scenarios.Value) scenarios.Value {
	switch v.Kind() {
	case scenarios.String:
		return scenarios.Of(7)
	case scenarios.Number, scenarios.Bool:
		return scenarios.Str(compact(v))
	}
	return scenarios.Value{}
}

// learnt names the values of arguments by what was learnt of them before the
// first case.
func (s Subject) learnt(args scenarios.Value) scenarios.Value {
	var members []scenarios.Member
	for _, m := range args.Members() {
		members = append(members, scenarios.Member{Key: m.Key, Value: s.known(m.Key, m.Value)})
	}
	return scenarios.Obj(members...)
}
