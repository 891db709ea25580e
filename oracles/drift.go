package oracles

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// changes asks for a remark on each tool that stands in both lists.
func changes(l Listing, about func(before, now scenarios.Tool) string) []remark {
	return remarks(l.Catalog, func(_ int, now scenarios.Tool) string {
		before, has := l.Before.Tool(now.Name)
		if first, _ := l.Catalog.Tool(now.Name); !has || !bytes.Equal(first.Entry, now.Entry) {
			return "" // of several with one name the first is meant
		}
		return about(before, now)
	})
}

func noLongerReadOnly(l Listing) []remark {
	return changes(l, func(before, now scenarios.Tool) string {
		if !before.IsReadOnly() || now.IsReadOnly() {
			return ""
		}
		return fmt.Sprintf("readOnlyHint was true and is %s: look at the tool again before it is called", hintWord(now.Annotations.ReadOnly))
	})
}

func hintsChanged(l Listing) []remark {
	return changes(l, func(before, now scenarios.Tool) string {
		var changed []string
		b, n := before.Annotations, now.Annotations
		for _, hint := range []struct {
			name        string
			before, now *bool
		}{
			{"readOnlyHint", b.ReadOnly, n.ReadOnly},
			{"destructiveHint", b.Destructive, n.Destructive},
			{"idempotentHint", b.Idempotent, n.Idempotent},
			{"openWorldHint", b.OpenWorld, n.OpenWorld},
		} {
			told := hint.name == "readOnlyHint" && before.IsReadOnly()
			if was, is := hintWord(hint.before), hintWord(hint.now); was != is && !told {
				changed = append(changed, fmt.Sprintf("%s was %s and is %s", hint.name, was, is))
			}
		}
		return strings.Join(changed, ", ")
	})
}

func hintWord(hint *bool) string {
	if hint == nil {
		return "absent"
	}
	return fmt.Sprint(*hint)
}

func textChanged(l Listing) []remark {
	return changes(l, func(before, now scenarios.Tool) string {
		switch {
		case before.Description != now.Description:
			return fmt.Sprintf("the description was %.60q and is %.60q", before.Description, now.Description)
		case before.Title != now.Title:
			return fmt.Sprintf("the title was %.60q and is %.60q", before.Title, now.Title)
		}
		return ""
	})
}

func schemaChanged(l Listing) []remark {
	return changes(l, func(before, now scenarios.Tool) string {
		list := slices.Concat(
			differences("/inputSchema", decoded(before.Input), decoded(now.Input)),
			differences("/outputSchema", decoded(before.Output), decoded(now.Output)))
		if len(list) == 0 {
			return ""
		}
		return "its schema is not what it was at " + places(list)
	})
}

func toolRenamed(l Listing) []remark {
	var list []remark
	for _, r := range renames(l) {
		list = append(list, remark{r.now, fmt.Sprintf("it was called %.80q and is the same otherwise", r.before)})
	}
	return list
}

func toolAdded(l Listing) []remark {
	if l.Before == nil {
		return nil
	}
	renamed := renames(l)
	return remarks(l.Catalog, func(_ int, t scenarios.Tool) string {
		_, has := l.Before.Tool(t.Name)
		if has || slices.ContainsFunc(renamed, func(r rename) bool { return r.now == t.Name }) {
			return ""
		}
		return "the baseline does not list it"
	})
}

func toolRemoved(l Listing) []remark {
	renamed := renames(l)
	return remarks(l.Before, func(_ int, t scenarios.Tool) string {
		_, has := l.Catalog.Tool(t.Name)
		if has || slices.ContainsFunc(renamed, func(r rename) bool { return r.before == t.Name }) {
			return ""
		}
		return "the baseline lists it, and it is not listed any more"
	})
}

// rename is a tool that is listed under another name.
type rename struct{ before, now string }

// renames pairs the tools that are gone with new ones that are the same but for
// their names, in the order of the list.
func renames(l Listing) []rename {
	if l.Before == nil {
		return nil
	}
	gone := map[string][]string{}
	for _, t := range l.Before.Tools() {
		if _, has := l.Catalog.Tool(t.Name); !has {
			key := nameless(t)
			gone[key] = append(gone[key], t.Name)
		}
	}
	var list []rename
	for _, t := range l.Catalog.Tools() {
		key := nameless(t)
		if _, has := l.Before.Tool(t.Name); has || len(gone[key]) == 0 {
			continue
		}
		list = append(list, rename{gone[key][0], t.Name})
		gone[key] = gone[key][1:]
	}
	return list
}

// nameless is a tool's entry without its name, so that equal ones are equal
// texts.
func nameless(t scenarios.Tool) string {
	entry, _ := decoded(t.Entry).(map[string]any)
	delete(entry, "name")
	text, err := json.Marshal(entry)
	if err != nil {
		return string(t.Entry)
	}
	return string(text)
}

// decoded is JSON as it is compared, nil for none.
func decoded(raw json.RawMessage) any {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var x any
	if d.Decode(&x) != nil {
		return nil
	}
	return x
}

// differences are the pointers to where two decoded values differ, sorted within
// an object. The order of keys tells nothing, and that of items where a keyword
// takes a set.
func differences(at string, a, b any) []string {
	switch x := a.(type) {
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			return memberDifferences(at, x, y)
		}
	case []any:
		if y, ok := b.([]any); ok && len(x) == len(y) {
			return itemDifferences(at, x, y)
		}
	default:
		if !isContainer(b) && a == b {
			return nil
		}
	}
	return []string{at}
}

func isContainer(x any) bool {
	switch x.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

func memberDifferences(at string, a, b map[string]any) []string {
	keys := maps.Clone(a)
	maps.Copy(keys, b)
	var list []string
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		x, before := a[key]
		y, now := b[key]
		if below := scenarios.Pointer(at, key); before != now {
			list = append(list, below)
		} else {
			list = append(list, differences(below, x, y)...)
		}
	}
	return list
}

// sets are the keywords whose items have no order.
var sets = []string{"/required", "/enum", "/type"}

func itemDifferences(at string, a, b []any) []string {
	if slices.ContainsFunc(sets, func(word string) bool { return strings.HasSuffix(at, word) }) {
		a, b = inOrder(a), inOrder(b)
	}
	var list []string
	for i := range a {
		list = append(list, differences(fmt.Sprintf("%s/%d", at, i), a[i], b[i])...)
	}
	return list
}

// inOrder sorts items by their text.
func inOrder(list []any) []any {
	return slices.SortedFunc(slices.Values(list), func(a, b any) int {
		return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
	})
}
