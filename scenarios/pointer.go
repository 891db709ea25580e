package scenarios

import (
	"iter"
	"slices"
	"strconv"
	"strings"
)

// At returns the part of the value that an RFC 6901 JSON pointer names. Of
// members with the same key the last one is meant. Nothing is found inside an
// expression.
func (v Value) At(pointer string) (Value, bool) {
	for key := range pointerKeys(pointer) {
		i, ok := v.child(key)
		if !ok {
			return Value{}, false
		}
		v = v.childAt(i)
	}
	return v, !v.IsAbsent()
}

// With returns the value with x at the place the pointer names: replaced, or
// added at the end of an object or (pointer element "-") of an array. A pointer
// that leads nowhere changes nothing.
func (v Value) With(pointer string, x Value) Value {
	return v.edit(splitPointer(pointer), x)
}

// Without returns the value without the part the pointer names.
func (v Value) Without(pointer string) Value {
	if pointer == "" {
		return Value{}
	}
	return v.edit(splitPointer(pointer), Value{})
}

// splitPointer returns the keys of a pointer.
func splitPointer(pointer string) []string { return slices.Collect(pointerKeys(pointer)) }

// pointerKeys are the keys of a pointer in turn.
func pointerKeys(pointer string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if pointer == "" {
			return
		}
		for key := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
			if !yield(unescape(key)) {
				return
			}
		}
	}
}

func unescape(key string) string {
	if !strings.Contains(key, "~") {
		return key
	}
	return unescapePointer.Replace(key)
}

var (
	unescapePointer = strings.NewReplacer("~1", "/", "~0", "~")
	escapePointer   = strings.NewReplacer("~", "~0", "/", "~1")
)

// Pointer appends a key to a JSON pointer.
func Pointer(base, key string) string { return base + "/" + escapePointer.Replace(key) }

// child returns the index of the child that a key names.
func (v Value) child(key string) (int, bool) {
	switch {
	case v.IsExpr():
	case v.Kind() == Array:
		i, err := strconv.Atoi(key)
		return i, err == nil && i >= 0 && i < len(v.n.items) && strconv.Itoa(i) == key
	case v.Kind() == Object:
		for i := len(v.n.members) - 1; i >= 0; i-- {
			if v.n.members[i].Key == key {
				return i, true
			}
		}
	}
	return 0, false
}

func (v Value) childAt(i int) Value {
	if v.n.kind == Array {
		return v.n.items[i]
	}
	return v.n.members[i].Value
}

// edit puts x (absent: nothing) at the place that keys lead to.
func (v Value) edit(keys []string, x Value) Value {
	if len(keys) == 0 {
		return x
	}
	i, found := v.child(keys[0])
	switch {
	case found:
		return v.replace(i, v.childAt(i).edit(keys[1:], x))
	case len(keys) > 1 || x.IsAbsent() || v.IsExpr():
		return v
	case v.Kind() == Object:
		return Obj(append(slices.Clip(v.n.members), Member{Key: keys[0], Value: x})...)
	case v.Kind() == Array && keys[0] == "-":
		return Arr(append(slices.Clip(v.n.items), x)...)
	}
	return v
}

// replace returns the value with another child i, or without it.
func (v Value) replace(i int, x Value) Value {
	if v.n.kind == Array {
		items := slices.Clone(v.n.items)
		if x.IsAbsent() {
			return Arr(slices.Delete(items, i, i+1)...)
		}
		items[i] = x
		return Arr(items...)
	}
	members := slices.Clone(v.n.members)
	if x.IsAbsent() {
		return Obj(slices.Delete(members, i, i+1)...)
	}
	members[i].Value = x
	return Obj(members...)
}
