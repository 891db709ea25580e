package scenarios

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
)

// expr is an expression: what is small in the file and may be large on the
// wire, or a reference to what is only known when the case is played. The set
// is closed and has no control flow.
type expr struct {
	op op
	// unit is repeated or nested, or is the default of a reference.
	unit Value
	n    int64
	key  string // $nest: the key of each object, "" for arrays
	seed uint64
	raw  string // $bytes
	arg  string // references: what is meant
}

// op is the word of an expression.
type op string

const (
	opRepeat op = "repeat"
	opNest   op = "nest"
	opRand   op = "rand"
	opBytes  op = "bytes"
	opFrom   op = "from"
	opKnown  op = "known"
	opCanary op = "canary"
)

var ops = []string{"$repeat", "$nest", "$rand", "$bytes", "$lit", "$from", "$known", "$canary"}

// maxExpanded bounds what one value may expand to.
const maxExpanded = 1 << 30

// Repeat is n times unit: of a string unit one long string, of any other an
// array of n. It panics when n is negative, unit is absent or an expression, or
// the whole passes 1 GiB.
func Repeat(unit Value, n int64) Value { return must(repeat(unit, n)) }

func repeat(unit Value, n int64) (Value, error) {
	if unit.IsAbsent() || unit.IsExpr() {
		return Value{}, fmt.Errorf("$repeat wants a plain value to repeat")
	}
	nd := &node{kind: Array, depth: 1 + unit.Depth(), expr: &expr{op: opRepeat, unit: unit, n: n}, refs: unit.n.refs, wild: unit.n.wild}
	each, rest := unit.Size()+1, int64(1)
	if n == 0 {
		rest = 2
	}
	if unit.Kind() == String {
		nd.kind, nd.depth = String, 0
		each, rest = unit.Size()-2, 2
	}
	return nd.sized(n, each, rest)
}

// Nest is inner inside n arrays, or inside n objects under key when key is not
// "". It panics when n is negative, inner is absent, or the whole passes 1 GiB.
func Nest(inner Value, n int64, key string) Value { return must(nest(inner, n, key)) }

func nest(inner Value, n int64, key string) (Value, error) {
	if inner.IsAbsent() {
		return Value{}, fmt.Errorf("$nest wants a value to nest")
	}
	if n == 0 {
		return inner, nil
	}
	nd := &node{kind: Array, depth: n + inner.Depth(), expr: &expr{op: opNest, unit: inner, n: n, key: key}, refs: inner.n.refs, wild: inner.n.wild}
	each := int64(2)
	if key != "" {
		nd.kind, each = Object, int64(len(Quote(key)))+3
	}
	return nd.sized(n, each, inner.Size())
}

// Rand is a string of n printable characters that are a pure function of seed.
// It panics when n is negative or passes 1 GiB.
func Rand(seed uint64, n int64) Value {
	nd := &node{kind: String, expr: &expr{op: opRand, seed: seed, n: n}}
	return must(nd.sized(n, 1, 2))
}

// sized sets the size n*each+rest.
func (nd *node) sized(n, each, rest int64) (Value, error) {
	switch {
	case n < 0:
		return Value{}, fmt.Errorf("$%s: the count %d is negative", nd.expr.op, n)
	case each > 0 && n > (maxExpanded-min(rest, maxExpanded))/each:
		return Value{}, fmt.Errorf("$%s: expands to more than 1 GiB", nd.expr.op)
	}
	nd.size = n*each + rest
	return Value{nd}, nil
}

// Bytes is a JSON string token that holds exactly these bytes, unescaped: the
// way to send what is no UTF-8 or no JSON.
func Bytes(raw string) Value {
	r := reader{src: `"` + raw + `"`}
	_, err := r.string()
	return Value{&node{
		kind: String, expr: &expr{op: opBytes, raw: raw}, size: int64(len(raw)) + 2,
		wild: err != nil || r.at < len(r.src),
	}}
}

// From is a value out of an earlier answer of the same case:
// "1/structuredContent/id".
func From(path string) Value { return reference(opFrom, path, Value{}) }

// Known is a value learnt before the first case: "read_note/id/0"; def takes
// its place where none was learnt.
func Known(name string, def Value) Value { return reference(opKnown, name, def) }

// Canary is a name that the tester planted.
func Canary(name string) Value { return reference(opCanary, name, Value{}) }

func reference(o op, arg string, def Value) Value {
	n := &node{kind: Reference, expr: &expr{op: o, arg: arg, unit: def}, refs: true}
	if !def.IsAbsent() {
		n.kind, n.size, n.depth, n.wild = def.Kind(), def.Size(), def.Depth(), def.n.wild
	}
	return Value{n}
}

func must(v Value, err error) Value {
	if err != nil {
		panic("scenarios: " + err.Error())
	}
	return v
}

// evaluate makes the value of a one-member object whose key starts with '$'.
func evaluate(key string, arg Value) (Value, error) {
	switch o := op(key[1:]); o {
	case opRepeat:
		unit, n, _, err := pair(key, arg, 2)
		if err != nil {
			return Value{}, err
		}
		return repeat(unit, n)
	case opNest:
		inner, n, name, err := pair(key, arg, 3)
		if err != nil {
			return Value{}, err
		}
		return nest(inner, n, name)
	case opRand:
		return evaluateRand(key, arg)
	case opBytes:
		text, ok := arg.Text()
		raw, err := hex.DecodeString(text)
		if !ok || err != nil {
			return Value{}, fmt.Errorf("$bytes wants a string of hexadecimal digits")
		}
		return Bytes(string(raw)), nil
	case opFrom, opKnown, opCanary:
		return evaluateReference(o, arg)
	}
	return Value{}, fmt.Errorf("%q is no expression%s; write {\"$lit\": ...} for an object with such a key", key, closest(key, ops))
}

// pair reads [VALUE, COUNT] or [VALUE, COUNT, "key"].
func pair(key string, arg Value, most int) (Value, int64, string, error) {
	items := arg.Items()
	if len(items) < 2 || len(items) > most {
		return Value{}, 0, "", fmt.Errorf("%s wants [VALUE, COUNT]", key)
	}
	n, err := strconv.ParseInt(items[1].Source(), 10, 64)
	if err != nil || items[1].Kind() != Number || n > math.MaxInt32*4 {
		return Value{}, 0, "", fmt.Errorf("%s wants a whole number as its count", key)
	}
	if len(items) == 2 {
		return items[0], n, "", nil
	}
	name, ok := items[2].Text()
	if !ok || name == "" {
		return Value{}, 0, "", fmt.Errorf("%s wants the key of its objects as a string", key)
	}
	return items[0], n, name, nil
}

func evaluateRand(key string, arg Value) (Value, error) {
	seed, n, _, err := pair(key, arg, 2)
	if err != nil {
		return Value{}, err
	}
	s, err := strconv.ParseUint(seed.Source(), 10, 64)
	if err != nil {
		return Value{}, fmt.Errorf("$rand wants [SEED, COUNT]")
	}
	nd := &node{kind: String, expr: &expr{op: opRand, seed: s, n: n}}
	return nd.sized(n, 1, 2)
}

func evaluateReference(o op, arg Value) (Value, error) {
	if name, ok := arg.Text(); ok {
		return reference(o, name, Value{}), nil
	}
	items := arg.Items()
	if o == opKnown && len(items) == 2 {
		if name, ok := items[0].Text(); ok {
			return Known(name, items[1]), nil
		}
	}
	return Value{}, fmt.Errorf("$%s wants a name", o)
}

// argument is the expression's argument as it stands in the file.
func (e *expr) argument() Value {
	switch e.op {
	case opRepeat:
		return Arr(e.unit, Of(e.n))
	case opNest:
		if e.key != "" {
			return Arr(e.unit, Of(e.n), Str(e.key))
		}
		return Arr(e.unit, Of(e.n))
	case opRand:
		return Arr(Of(e.seed), Of(e.n))
	case opBytes:
		return Str(hex.EncodeToString([]byte(e.raw)))
	}
	if e.unit.IsAbsent() {
		return Str(e.arg)
	}
	return Arr(Str(e.arg), e.unit)
}

// Smaller returns simpler values than an expression: fewer repetitions, or what
// is repeated, nested or referred to by default. For a value that is no
// expression it returns nil.
func (v Value) Smaller() []Value {
	e := v.expression()
	if e == nil {
		return nil
	}
	var list []Value
	add := func(make func(n int64) (Value, error)) {
		for _, n := range []int64{1, e.n / 16, e.n / 4, e.n / 2, e.n * 3 / 4, e.n * 15 / 16, e.n - 1} {
			if n < 1 || n >= e.n {
				continue
			}
			if x, err := make(n); err == nil {
				list = append(list, x)
			}
		}
	}
	switch e.op {
	case opRepeat:
		add(func(n int64) (Value, error) { return repeat(e.unit, n) })
	case opNest:
		list = append(list, e.unit)
		add(func(n int64) (Value, error) { return nest(e.unit, n, e.key) })
	case opRand:
		add(func(n int64) (Value, error) { return Rand(e.seed, n), nil })
	case opKnown:
		if !e.unit.IsAbsent() {
			list = append(list, e.unit)
		}
	}
	return list
}
