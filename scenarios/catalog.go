package scenarios

import "encoding/json"

// Catalog is the tools of a server as it listed them, with their schemas
// compiled. It is immutable and safe for concurrent use.
type Catalog struct {
	tools []Tool
	index map[string]int
}

// Tool is one entry of a tools/list result.
type Tool struct {
	Name, Title, Description string
	// Input and Output are the schemas as published; nil where absent.
	Input, Output json.RawMessage
	Annotations   Annotations
	// Trouble says why the input schema cannot be used ("" when it can): the
	// tool's own fault, reported, and calls to it are labelled WantAny.
	Trouble string
}

// Annotations are a tool's hints; nil where the server gives none.
type Annotations struct {
	ReadOnly, Destructive, Idempotent, OpenWorld *bool
}

// IsReadOnly reports whether the tool is marked readOnlyHint: true.
func (t Tool) IsReadOnly() bool {
	return t.Annotations.ReadOnly != nil && *t.Annotations.ReadOnly
}
