package scenarios

import (
	"fmt"
	"slices"
)

// Deed is what a call does to the thing that it names.
type Deed uint8

// The deeds.
const (
	DeedUnset Deed = iota
	DeedShows
	DeedDestroys
)

// Handle is a way to call a tool upon one thing that another call has written: with what
// that one was answered. No list tells of it; it is learnt.
type Handle struct {
	Tool string
	Does Deed
	// Args are valid arguments. What names the thing stands in them at Pointer, and in the
	// answer to who has written it at Path ("structuredContent/id").
	Args          Value
	Pointer, Path string
}

// On are the arguments of the call upon what a step wrote.
func (h Handle) On(step int) Value {
	return h.Args.With(h.Pointer, From(fmt.Sprintf("%d/%s", step, h.Path)))
}

// MadeUpIDs are ids that no server gave out, of the kinds that there are; the numbers are
// such as no server has come to.
func MadeUpIDs() []Value {
	return []Value{Str(Foreign + "never-given"), Str("6d637066-757a-4a00-8000-000000000000"), Of(1_986_437_254), Of(86_437)}
}

// WithHandles is the catalogue with what was learnt of its tools beside.
func (c *Catalog) WithHandles(handles ...Handle) *Catalog {
	with := *c
	with.handles = slices.Clone(handles)
	return &with
}

// Handle is the first way of a tool to do that, of any where none is named; false where
// none is known.
func (c *Catalog) Handle(does Deed, tool string) (Handle, bool) {
	for _, h := range c.handles {
		if h.Does == does && (tool == "" || h.Tool == tool) {
			return h, true
		}
	}
	return Handle{}, false
}
