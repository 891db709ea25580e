package generators

import (
	"math/big"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// maxShrinkDepth bounds how deep parts of a value are made simpler.
const maxShrinkDepth = 12

// shrinkValue returns simpler values: parts left out, then parts made simpler.
// Not all of them are smaller.
func shrinkValue(v scenarios.Value, level int) []scenarios.Value {
	switch {
	case level > maxShrinkDepth:
		return nil
	case v.IsExpr():
		return v.Smaller()
	case v.Kind() == scenarios.Object:
		return shrinkObject(v.Members(), level)
	case v.Kind() == scenarios.Array:
		return shrinkArray(v.Items(), level)
	case v.Kind() == scenarios.String:
		return shrinkText(v)
	case v.Kind() == scenarios.Number:
		return shrinkNumber(v.Source())
	}
	return nil
}

func shrinkObject(members []scenarios.Member, level int) []scenarios.Value {
	if len(members) == 0 {
		return nil
	}
	list := []scenarios.Value{scenarios.Obj()}
	for _, ms := range fewer(members) {
		list = append(list, scenarios.Obj(ms...))
	}
	simpler := func(i int) []scenarios.Member {
		var out []scenarios.Member
		for _, x := range shrinkValue(members[i].Value, level+1) {
			m := members[i]
			m.Value = x
			out = append(out, m)
		}
		return out
	}
	for _, ms := range each(members, simpler) {
		list = append(list, scenarios.Obj(ms...))
	}
	return list
}

func shrinkArray(items []scenarios.Value, level int) []scenarios.Value {
	if len(items) == 0 {
		return nil
	}
	list := []scenarios.Value{scenarios.Arr()}
	for _, part := range fewer(items) {
		list = append(list, scenarios.Arr(part...))
	}
	for _, part := range each(items, func(i int) []scenarios.Value { return shrinkValue(items[i], level+1) }) {
		list = append(list, scenarios.Arr(part...))
	}
	return list
}

func shrinkText(v scenarios.Value) []scenarios.Value {
	text, _ := v.Text()
	if text == "" {
		return nil
	}
	list := []scenarios.Value{scenarios.Str("")}
	for _, part := range fewer([]rune(text)) {
		list = append(list, scenarios.Str(string(part)))
	}
	return list
}

// shrinkNumber goes towards 0: at once, by halves, by one. A fraction loses its
// end first.
func shrinkNumber(source string) []scenarios.Value {
	if source == "0" {
		return nil
	}
	texts := []string{"0", "1"}
	whole, _, cut := strings.Cut(source, ".")
	if !cut {
		whole, _, cut = strings.Cut(strings.ToLower(source), "e")
	}
	switch n, ok := new(big.Int).SetString(whole, 10); {
	case cut:
		texts = append(texts, whole)
	case ok:
		texts = append(texts, strings.TrimPrefix(source, "-"))
		one := big.NewInt(int64(n.Sign()))
		for _, part := range [][2]int64{{1, 2}, {3, 4}, {15, 16}} {
			less := new(big.Int).Mul(n, big.NewInt(part[0]))
			texts = append(texts, less.Quo(less, big.NewInt(part[1])).String())
		}
		texts = append(texts, new(big.Int).Sub(n, one).String())
	}
	var list []scenarios.Value
	for _, t := range texts {
		if t != source {
			list = append(list, scenarios.Num(t))
		}
	}
	return list
}
