package generators

import (
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Generator makes one kind of misbehaviour. Generators are stateless and safe
// for concurrent use.
type Generator struct {
	// ID is the class id ("T1"), Name its name ("number-as-string"), which is
	// also the first part of the mutant ("number-as-string@/limit").
	ID, Name string
	// Doc is one sentence: the mistake as a model makes it.
	Doc string
	// Right is one sentence: what a sound server does with it.
	Right string
	// Applies reports whether the class can be made from this subject; a class
	// that cannot apply is never drawn for it.
	Applies func(Subject) bool
	// Steps makes the steps of one case. It is a pure function of the draw and
	// the subject and never returns an empty slice when Applies.
	Steps func(*Draw, Subject) []scenarios.Step
}

// Subject is what a Generator works on: one thing that a server offers, mostly a
// tool, among its catalogue. It is immutable.
type Subject struct {
	Catalog *scenarios.Catalog
	Feature scenarios.Feature
	// Name is what it is asked for by: the tool's name, the prompt's, an address.
	Name string
	// Label names it among all subjects of the catalogue.
	Label string
	// unknown: its schema cannot be used, so nothing is known to be valid.
	unknown bool
	// Schema is the schema of its arguments, read for generation.
	Schema *Schema
	// resource is what addresses are made from, nameAt where the name stands in
	// the arguments; only where the feature has such.
	resource scenarios.Resource
	nameAt   string
	// base are its fullest simple arguments, sites the places in them.
	base      scenarios.Value
	baseValid bool
	sites     []site
}

// All returns the generators, in the order of their classes.
func All() []Generator {
	return slices.Concat(nameClasses(), argumentClasses(), propertyClasses(), typeClasses(),
		valueClasses(), sizeClasses(), loopClasses(), canaryClasses(), sequenceClasses())
}

// Find returns the generator of a class.
func Find(class string) (Generator, bool) {
	for _, g := range All() {
		if g.ID == class {
			return g, true
		}
	}
	return Generator{}, false
}

// always is for classes that everything can be called with.
func always(Subject) bool { return true }

// change makes a generator that replaces one value in valid arguments: where
// fits says that it can be, by what change makes of it; an absent value leaves
// the member out.
func change(id, name, doc, right string, fits func(site) bool, change func(*Draw, site) scenarios.Value) Generator {
	return Generator{
		ID: id, Name: name, Doc: doc, Right: right,
		Applies: func(s Subject) bool { return s.has(fits) },
		Steps: func(d *Draw, s Subject) []scenarios.Step {
			args, at, _ := s.find(d, fits)
			return s.changed(d, name, args, at, change(d, at))
		},
	}
}

// breaks makes a generator like change does, of cases that break the schema:
// a place where it allows the change is passed over.
func breaks(id, name, doc, right string, fits func(site) bool, to func(*Draw, site) scenarios.Value) Generator {
	g := change(id, name, doc, right, fits, to)
	g.Applies = func(s Subject) bool {
		_, ok := s.broken(FromTape(nil), name, fits, to)
		return ok
	}
	g.Steps = func(d *Draw, s Subject) []scenarios.Step {
		steps, _ := s.broken(d, name, fits, to)
		return steps
	}
	return g
}

// maxAttempts bounds how many places are tried for one that a change breaks.
const maxAttempts = 16

// broken is a call in which a change breaks the schema, and whether it does: in
// the arguments drawn or else in the fullest.
func (s Subject) broken(d *Draw, name string, fits func(site) bool, to func(*Draw, site) scenarios.Value) (steps []scenarios.Step, ok bool) {
	args, list := s.places(d, fits)
	for _, from := range []*Draw{d, FromTape(nil)} {
		first := from.N(len(list))
		for i := range min(len(list), maxAttempts) {
			at := list[(first+i)%len(list)]
			steps = s.changed(from, name, args, at, to(from, at))
			if s.Catalog.WantOf(steps[0]).Want == scenarios.WantReject {
				return steps, true
			}
		}
		args, list = s.base, slices.DeleteFunc(slices.Clone(s.sites), func(x site) bool { return !fits(x) })
	}
	return steps, false
}

// changed is the call with x in the place of a site.
func (s Subject) changed(d *Draw, name string, args scenarios.Value, at site, x scenarios.Value) []scenarios.Step {
	if x.IsAbsent() {
		args = args.Without(at.pointer)
	} else {
		args = args.With(at.pointer, x)
	}
	if at.pointer != "" {
		args = s.thin(d, args, at.pointer)
	}
	return s.call(name+"@"+at.pointer, args)
}

// call is one call of the subject.
func (s Subject) call(mutant string, args scenarios.Value) []scenarios.Step {
	return s.callAs(s.Name, mutant, args)
}

// callAs is one call under another name.
func (s Subject) callAs(name, mutant string, args scenarios.Value) []scenarios.Step {
	return []scenarios.Step{s.ask(name, scenarios.Attrs{Mutant: strings.TrimSuffix(mutant, "@")}, args)}
}

// valid are valid arguments, or the simplest where none can be made.
func (s Subject) valid(d *Draw) scenarios.Value {
	args, _ := Valid(d, s)
	return args
}
