package scenarios

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// maxDecodeDepth bounds what is decoded for validation.
const maxDecodeDepth = 1000

// Decode returns the value as encoding/json would decode it with UseNumber: of
// members with the same key the last one counts. It is an error when the value
// expands to more than limit bytes, is nested deeper than 1,000, holds raw
// bytes that are no JSON, or a reference without default.
func (v Value) Decode(limit int64) (any, error) {
	switch {
	case v.Size() > limit:
		return nil, fmt.Errorf("%d bytes are more than the %d that are decoded", v.Size(), limit)
	case v.Depth() > maxDecodeDepth:
		return nil, fmt.Errorf("nested %d deep, more than the %d that are decoded", v.Depth(), maxDecodeDepth)
	case v.n.isWild():
		return nil, errors.New("it holds bytes that are no JSON")
	}
	return v.decode()
}

func (v Value) decode() (any, error) {
	switch {
	case v.IsExpr():
		return v.decodeExpr()
	case v.Kind() == String:
		return unquote(v.n.source), nil
	case v.Kind() == Number:
		return json.Number(v.n.source), nil
	case v.Kind() == Bool:
		return v.n.source == "true", nil
	case v.Kind() == Array:
		items := make([]any, len(v.n.items))
		for i, item := range v.n.items {
			x, err := item.decode()
			if err != nil {
				return nil, err
			}
			items[i] = x
		}
		return items, nil
	case v.Kind() == Object:
		members := make(map[string]any, len(v.n.members))
		for _, m := range v.n.members {
			x, err := m.Value.decode()
			if err != nil {
				return nil, err
			}
			members[m.Key] = x
		}
		return members, nil
	}
	return nil, nil
}

func (v Value) decodeExpr() (any, error) {
	text, err := v.AppendJSON(nil)
	if err != nil {
		return nil, err
	}
	var x any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&x); err != nil {
		return nil, fmt.Errorf("the expression $%s expands to no JSON: %w", v.n.expr.op, err)
	}
	return x, nil
}

// Ref is a reference: its word without the '$', and what it names.
type Ref struct{ Op, Arg string }

// The words of references: to what an earlier answer of the case held, to what was learnt
// before the first case, and to what is planted for the case.
const (
	RefFrom   = string(opFrom)
	RefKnown  = string(opKnown)
	RefCanary = string(opCanary)
)

// Refs returns the references in the value, in order.
func (v Value) Refs() []Ref {
	if !v.n.hasRefs() {
		return nil
	}
	var refs []Ref
	if e := v.n.expr; e != nil {
		if v.isRef() {
			refs = append(refs, Ref{string(e.op), e.arg})
		}
		return append(refs, e.unit.Refs()...)
	}
	for _, item := range v.n.items {
		refs = append(refs, item.Refs()...)
	}
	for _, m := range v.n.members {
		refs = append(refs, m.Value.Refs()...)
	}
	return refs
}

func (v Value) isRef() bool {
	e := v.n.expr
	return e != nil && (e.op == opFrom || e.op == opKnown || e.op == opCanary)
}

// Resolve replaces the references in the value by what look gives, or by their
// default where it gives nothing. A reference that has neither is an error that
// wraps ErrUnresolved.
func (v Value) Resolve(look func(Ref) (Value, bool)) (Value, error) {
	return v.replaced(func(ref Value) (Value, error) { return ref.resolveRef(look) })
}

// replaced is the value with others in the place of its references.
func (v Value) replaced(by func(ref Value) (Value, error)) (Value, error) {
	switch {
	case !v.n.hasRefs():
		return v, nil
	case v.isRef():
		return by(v)
	case v.n.expr != nil:
		return v.replacedExpr(by)
	}
	items, members := slices.Clone(v.n.items), slices.Clone(v.n.members)
	for i := range max(len(items), len(members)) {
		x, err := v.childAt(i).replaced(by)
		switch {
		case err != nil:
			return Value{}, err
		case v.n.kind == Array:
			items[i] = x
		default:
			members[i].Value = x
		}
	}
	if v.n.kind == Array {
		return Arr(items...), nil
	}
	return Obj(members...), nil
}

func (v Value) resolveRef(look func(Ref) (Value, bool)) (Value, error) {
	e := v.n.expr
	if x, ok := look(Ref{string(e.op), e.arg}); ok && !x.IsAbsent() {
		return x, nil
	}
	if e.unit.IsAbsent() {
		return Value{}, fmt.Errorf("%w: $%s %q", ErrUnresolved, e.op, e.arg)
	}
	return e.unit.Resolve(look)
}

func (v Value) replacedExpr(by func(Value) (Value, error)) (Value, error) {
	e := v.n.expr
	unit, err := e.unit.replaced(by)
	switch {
	case err != nil:
		return Value{}, err
	case e.op == opRepeat:
		return repeat(unit, e.n)
	}
	return nest(unit, e.n, e.key)
}
