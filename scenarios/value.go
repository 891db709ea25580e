package scenarios

import "io"

// Value is immutable JSON with expressions. The zero Value is absent: the
// member that would hold it is left out.
//
// Members keep their order and duplicates are kept; scalars keep their source
// text, so 1e400, 5.0 and "\u0041" survive. A one-member object whose key
// starts with '$' is an expression; expressions know their size and expand
// only while they are written.
type Value struct{ n *node }

// Kind is the JSON type of a Value.
type Kind uint8

// The kinds. Absent is the zero Value. Reference is an expression that must be
// resolved before it can be written ($from, $known without default, $canary).
const (
	Absent Kind = iota
	Null
	Bool
	Number
	String
	Array
	Object
	Reference
)

// Member is one member of an object, in source order.
type Member struct {
	Key   string
	Value Value
}

// node is defined by the implementation.
type node struct{}

var _ io.Writer
