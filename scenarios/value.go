package scenarios

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// Value is immutable JSON with expressions. The zero Value is absent: the
// member that would hold it is left out.
//
// Members keep their order and duplicates are kept; scalars keep their source
// text, so 1e400, 5.0 and "\u0041" survive. A one-member object whose key
// starts with '$' is an expression; expressions know their size and expand
// only while they are written. Values are safe for concurrent use.
type Value struct{ n *node }

// Kind is the JSON type of a Value.
type Kind uint8

// The kinds. Absent is the zero Value. Reference is a reference without a
// default, which must be resolved before it can be written.
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

var kindWords = [...]string{"nothing", "null", "boolean", "number", "string", "array", "object", "reference"}

// String returns the JSON Schema word for the kind.
func (k Kind) String() string { return kindWords[k] }

// Member is one member of an object, in source order.
type Member struct {
	Key   string
	Value Value
	// source is the key's JSON text where quoting Key would not give it back.
	source string
}

// node is what a Value points to; it never changes.
type node struct {
	kind    Kind
	source  string // scalars
	items   []Value
	members []Member
	expr    *expr
	size    int64 // bytes that WriteTo writes
	depth   int64 // levels of arrays and objects
	refs    bool  // holds a reference
	wild    bool  // holds bytes that are no JSON, so that it may be read as anything
}

// Null, true and false as values.
func constant(kind Kind, text string) Value {
	return Value{&node{kind: kind, source: text, size: int64(len(text))}}
}

// Num makes a number with that source text, which must be a JSON number.
func Num(text string) Value { return constant(Number, text) }

// Str makes a string; bytes that are not UTF-8 become U+FFFD (see Bytes).
func Str(s string) Value { return constant(String, Quote(s)) }

// Arr makes an array.
func Arr(items ...Value) Value {
	items = append(make([]Value, 0, len(items)), items...)
	n := &node{kind: Array, items: items, size: 2 + commas(len(items)), depth: 1}
	for _, v := range items {
		n.adopt(v)
	}
	return Value{n}
}

// Obj makes an object; members whose value is absent are left out.
func Obj(members ...Member) Value {
	members = append(make([]Member, 0, len(members)), members...)
	members = slices.DeleteFunc(members, func(m Member) bool { return m.Value.IsAbsent() })
	n := &node{kind: Object, members: members, size: 2 + commas(len(members)), depth: 1}
	for _, m := range members {
		n.size += int64(len(m.keyText())) + 1
		n.adopt(m.Value)
	}
	return Value{n}
}

// adopt counts a child.
func (n *node) adopt(v Value) {
	n.size += v.Size()
	n.depth = max(n.depth, 1+v.Depth())
	n.refs = n.refs || v.n.hasRefs()
	n.wild = n.wild || v.n.isWild()
}

func (n *node) hasRefs() bool { return n != nil && n.refs }

func (n *node) isWild() bool { return n != nil && n.wild }

func commas(n int) int64 { return int64(max(0, n-1)) }

func (m Member) keyText() string {
	if m.source != "" {
		return m.source
	}
	return Quote(m.Key)
}

// Of makes a Value of a Go value: nil, bool, integers, float64, string,
// json.Number, json.RawMessage, Value, []any, []Value, []string or
// map[string]any (members sorted by key). It panics on any other type, and on a
// number that JSON does not have.
func Of(x any) Value {
	switch x := x.(type) {
	case nil:
		return constant(Null, "null")
	case Value:
		return x
	case bool:
		return constant(Bool, strconv.FormatBool(x))
	case string:
		return Str(x)
	case int:
		return Num(strconv.Itoa(x))
	case int64:
		return Num(strconv.FormatInt(x, 10))
	case uint64:
		return Num(strconv.FormatUint(x, 10))
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			panic(fmt.Sprintf("scenarios.Of: no JSON for %v", x))
		}
		return Num(strconv.FormatFloat(x, 'g', -1, 64))
	case json.Number:
		return Num(x.String())
	case json.RawMessage:
		return MustValue(string(x))
	}
	return ofMany(x)
}

func ofMany(x any) Value {
	var items []Value
	switch x := x.(type) {
	case []Value:
		return Arr(x...)
	case []string:
		for _, s := range x {
			items = append(items, Str(s))
		}
	case []any:
		for _, e := range x {
			items = append(items, Of(e))
		}
	case map[string]any:
		return ofMap(x)
	default:
		panic(fmt.Sprintf("scenarios.Of: no JSON for %T", x))
	}
	return Arr(items...)
}

func ofMap(m map[string]any) Value {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	members := make([]Member, 0, len(m))
	for _, k := range keys {
		members = append(members, Member{Key: k, Value: Of(m[k])})
	}
	return Obj(members...)
}

// Kind returns the JSON type of what the value expands to; for a reference that
// of its default, or Reference.
func (v Value) Kind() Kind {
	if v.n == nil {
		return Absent
	}
	return v.n.kind
}

// IsAbsent reports whether the value is the zero Value.
func (v Value) IsAbsent() bool { return v.n == nil }

// IsExpr reports whether the value itself (not a part of it) is an expression.
func (v Value) IsExpr() bool { return v.n != nil && v.n.expr != nil }

// Members returns the members of a literal object, which must not be modified;
// nil for all else.
func (v Value) Members() []Member {
	if v.n == nil {
		return nil
	}
	return v.n.members
}

// Member returns the last member of a literal object with that key; absent
// where there is none.
func (v Value) Member(key string) Value {
	if i, ok := v.child(key); ok && v.Kind() == Object {
		return v.childAt(i)
	}
	return Value{}
}

// Items returns the items of a literal array, which must not be modified; nil
// for all else.
func (v Value) Items() []Value {
	if v.n == nil {
		return nil
	}
	return v.n.items
}

// Source returns the source text of a literal scalar, "" for all else.
func (v Value) Source() string {
	if v.n == nil {
		return ""
	}
	return v.n.source
}

// Text returns the content of a literal string.
func (v Value) Text() (string, bool) {
	if v.Kind() != String || v.IsExpr() {
		return "", false
	}
	return unquote(v.n.source), true
}

// Size returns the number of bytes WriteTo writes, without expanding anything.
func (v Value) Size() int64 {
	if v.n == nil {
		return 0
	}
	return v.n.size
}

// Depth returns how many levels of arrays and objects the value has.
func (v Value) Depth() int64 {
	if v.n == nil {
		return 0
	}
	return v.n.depth
}

// Equal reports whether both values have the same text form.
func (v Value) Equal(o Value) bool { return v.n == o.n || v.String() == o.String() }
