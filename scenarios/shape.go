package scenarios

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"unicode/utf8"
)

// Shape is what a raw frame is, found by reading it as a strict server would.
type Shape struct {
	// Rule is the row of the oracle table that the frame belongs to when it is
	// not what the protocol allows ("ENV-01"), "" when it is.
	Rule string
	// Problem says in a few words what is wrong with it.
	Problem string
	// Method, ID and Params are those of a single JSON-RPC message; ID is raw
	// JSON text, "" for none.
	Method, ID string
	Params     Value
	// request: a well-formed request, to which a reply is owed.
	request bool
	// misspelt: a member is there in another spelling only.
	misspelt bool
	// Batch: a JSON array. Response: a response, which is owed nothing.
	Batch, Response bool
}

// derived reports whether no text of the protocol forbids the frame, so that a
// server may take it.
func (s Shape) derived() bool {
	return s.Rule == ruleTwice || s.Rule == "ENV-13" || s.Rule == "SIZE-02"
}

// ruleTwice is the row of the oracle table for members that stand twice.
const ruleTwice = "ENV-12"

// Owed reports whether a reply with the frame's id must come.
func (s Shape) Owed() bool { return s.request }

// ShapeOf reads one frame; a newline at its end does not belong to it.
func ShapeOf(frame []byte) Shape {
	frame = bytes.TrimSuffix(frame, []byte("\n"))
	if len(bytes.Trim(frame, " \t\r\n")) == 0 {
		// A blank line holds no message; to skip it is no fault.
		return Shape{}
	}
	if !utf8.Valid(frame) {
		return Shape{Rule: "ENV-13", Problem: "it is no UTF-8"}
	}
	if bytes.HasPrefix(frame, []byte("\ufeff")) {
		return Shape{Rule: "ENV-13", Problem: "it starts with a byte order mark"}
	}
	v, err := ParseJSON(frame)
	switch {
	case errors.Is(err, errDeep):
		return Shape{Rule: "SIZE-02", Problem: "it is nested deeper than it is read"}
	case err != nil && startsWithObject(frame):
		return Shape{Rule: "ENV-11", Problem: "something follows the JSON object"}
	case err != nil:
		return Shape{Rule: "ENV-01", Problem: "it is no JSON"}
	case v.Kind() == Array:
		return Shape{Rule: "ENV-10b", Problem: "it is a batch", Batch: true}
	case v.Kind() != Object:
		return Shape{Rule: "ENV-03", Problem: "it is no object but " + v.Kind().String()}
	}
	return shapeOfObject(v)
}

// startsWithObject reports whether a whole JSON object stands at the start.
func startsWithObject(frame []byte) bool {
	d := json.NewDecoder(bytes.NewReader(frame))
	var m map[string]json.RawMessage
	return d.Decode(&m) == nil && m != nil
}

func shapeOfObject(v Value) Shape {
	s := Shape{}
	id, hasID := v.At("/id")
	if hasID {
		b, _ := id.AppendJSON(nil)
		s.ID = string(b)
	}
	s.Params, _ = v.At("/params")
	tag, _ := v.At("/jsonrpc")
	version, _ := tag.Text()
	method, hasMethod := v.At("/method")
	text, isText := method.Text()
	s.Method = text
	_, hasResult := v.At("/result")
	_, hasError := v.At("/error")
	switch {
	case twice(v):
		s.Rule, s.Problem = ruleTwice, "a member stands twice"
	case laxMember(v) != "":
		s.Rule, s.Problem, s.misspelt = "ENV-03", "its member "+laxMember(v)+" is there in another spelling only", true
	case version != "2.0":
		s.Rule, s.Problem = "ENV-03", `its jsonrpc member is not "2.0"`
	case !hasMethod && (hasID && hasResult || hasError):
		s.Response = true
	case !isText:
		s.Rule, s.Problem = "ENV-03", "its method is no string"
	case hasID && !validID(id):
		s.Rule, s.Problem = "ENV-04", "its id is neither a string nor an integer"
	case !s.Params.IsAbsent() && s.Params.Kind() != Object:
		s.Rule, s.Problem = "TOOL-03", "its params is no object"
	case hasID:
		s.request = true
	}
	return s
}

// laxMember is the member of a message that is there in another spelling only, ""
// for none.
func laxMember(v Value) string {
	for _, name := range []string{"jsonrpc", "method", "id"} {
		if _, ok := laxly(v, name); ok {
			return name
		}
	}
	return ""
}

// twice reports whether a member stands twice in an object, at any depth.
func twice(v Value) bool {
	seen := map[string]bool{}
	for _, m := range v.Members() {
		if seen[m.Key] || twice(m.Value) {
			return true
		}
		seen[m.Key] = true
	}
	if e := v.expression(); e != nil {
		return twice(e.unit)
	}
	return slices.ContainsFunc(v.Items(), twice)
}

// validID reports whether an id is a string or an integer, however it is
// written.
func validID(id Value) bool {
	if id.Kind() == String {
		return true
	}
	if id.Kind() != Number || hugeExponent(id.Source()) {
		return false
	}
	n, ok := new(big.Rat).SetString(id.Source())
	return ok && n.IsInt()
}
