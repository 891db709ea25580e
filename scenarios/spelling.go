package scenarios

import (
	"slices"
	"strings"
)

// Keyword of breaches by a name that is there in another spelling only.
const misspelt = "spelling"

// lax is a name as a careless reader takes it: without its case, and up to the
// first NUL.
func lax(name string) string {
	name, _, _ = strings.Cut(name, "\x00")
	return strings.ToLower(name)
}

// laxly is the member of an object that a careless reader takes for the one of
// that name, which is not there.
func laxly(v Value, name string) (key string, ok bool) {
	if !v.Member(name).IsAbsent() {
		return "", false
	}
	for _, m := range v.Members() {
		if lax(m.Key) == lax(name) {
			return m.Key, true
		}
	}
	return "", false
}

// respelt says of each property that is missing, and is there in another spelling,
// that this is what is wrong; the other spelling is then no mistake of its own.
func respelt(args Value, broken []Breach) []Breach {
	var other []string
	for i, b := range broken {
		if b.Keyword != "required" {
			continue
		}
		cut := strings.LastIndexByte(b.Pointer, '/')
		parent, name := b.Pointer[:cut], unescape(b.Pointer[cut+1:])
		object, _ := args.At(parent)
		if key, ok := laxly(object, name); ok {
			broken[i] = Breach{b.Pointer, misspelt, "the property is there in another spelling only"}
			other = append(other, Pointer(parent, key))
		}
	}
	return slices.DeleteFunc(broken, func(b Breach) bool {
		return b.Keyword == "additionalProperties" && slices.Contains(other, b.Pointer)
	})
}
