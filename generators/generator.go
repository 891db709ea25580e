package generators

import "github.com/mcpfuzz/mcpfuzz/scenarios"

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
	// Applies reports whether the class can be made from this tool; a class
	// that cannot apply is never drawn for it.
	Applies func(Subject) bool
	// Steps makes the steps of one case. It is a pure function of the draw and
	// the subject and never returns an empty slice when Applies.
	Steps func(*Draw, Subject) []scenarios.Step
}

// Subject is what a Generator works on: a tool among its catalogue.
type Subject struct {
	Catalog *scenarios.Catalog
	Tool    scenarios.Tool
	// Schema is the tool's input schema, read for generation.
	Schema *Schema
}
