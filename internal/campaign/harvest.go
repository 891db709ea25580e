package campaign

import (
	"regexp"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// harvest is what answers named, by the name that it stood under: values that
// other calls may be made with.
type harvest map[string][]scenarios.Value

// How much is kept: values under one name, bytes of each, names.
const (
	maxNamed = 32
	maxValue = 256
	maxNames = 512
)

// add keeps the values of an answer: those of its structured content and of JSON
// in its text under their own names, those of other text under what they look like.
func (h harvest) add(r oracles.Reply) {
	if body, err := scenarios.ParseJSON(r.Body); err == nil {
		structured, _ := body.At("/structuredContent")
		h.walk("", structured)
	}
	if v, err := scenarios.ParseJSON([]byte(r.Text)); err == nil {
		h.walk("", v)
		return
	}
	for _, look := range looks {
		for _, found := range look.pattern.FindAllStringSubmatch(r.Text, maxNamed) {
			h.keep(look.name, scenarios.Str(strings.TrimRight(found[1], ".,:;")))
		}
	}
}

// looks are what values look like in text that is no JSON.
var looks = []struct {
	name    string
	pattern *regexp.Regexp
}{
	{"url", regexp.MustCompile(`([a-z][a-z0-9+.-]{1,20}://[^\s"'<>()\[\]]+)`)},
	{"id", regexp.MustCompile(`\b([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\b`)},
	{"id", regexp.MustCompile(`(?i)\bid\b["':=# ]{1,3}([\w-]+)`)},
	{"path", regexp.MustCompile(`(?:^|[\s"'(])(/[^\s"'(),:]+)`)},
	{"file", regexp.MustCompile(`(?:^|[\s"'(])([\w-]+\.[A-Za-z0-9]{1,5})(?:$|[\s"'),])`)},
}

// walk keeps the scalars in a value under the names that they stand under.
func (h harvest) walk(name string, v scenarios.Value) {
	switch v.Kind() {
	case scenarios.Object:
		for _, m := range v.Members() {
			h.walk(m.Key, m.Value)
		}
	case scenarios.Array:
		for _, item := range v.Items() {
			h.walk(name, item)
		}
	case scenarios.String, scenarios.Number:
		h.keep(name, v)
	}
}

func (h harvest) keep(name string, v scenarios.Value) {
	name = meaning(name)
	full := len(h[name]) >= maxNamed || h[name] == nil && len(h) >= maxNames
	if name == "" || full || v.Size() > maxValue || slices.ContainsFunc(h[name], v.Equal) {
		return
	}
	h[name] = append(h[name], v)
}

// named are the values that a parameter may mean, the likeliest first:
// those that stood under its name, then those under the last word of it, alone and
// in lists.
func (h harvest) named(parameter string) []scenarios.Value {
	names := []string{meaning(parameter)}
	if words := scenarios.Words(parameter); len(words) > 0 {
		last := meaning(words[len(words)-1])
		names = append(append(names, last), alikes[last]...)
	}
	var values []scenarios.Value
	for i, name := range names {
		if !slices.Contains(names[:i], name) {
			values = append(values, h[name]...)
		}
	}
	for _, v := range slices.Clone(values) {
		values = append(values, scenarios.Arr(v))
	}
	return values
}

// alikes are names under which the same kind of value stands.
var alikes = map[string][]string{
	"path": {"file", "filename", "directory"}, "file": {"path", "filename"}, "filename": {"file", "path"},
	"directory": {"path"}, "dir": {"path", "directory"}, "folder": {"path", "directory"},
	"uri": {"url"}, "url": {"uri"}, "link": {"url", "uri"}, "key": {"id", "name"}, "identifier": {"id"},
}

// meaning is a name without its style and number.
func meaning(name string) string {
	words := scenarios.Words(name)
	for i, w := range words {
		words[i] = strings.ToLower(w)
	}
	return strings.TrimSuffix(strings.Join(words, "_"), "s")
}
