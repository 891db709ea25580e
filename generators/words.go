package generators

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// separator is what parts the words of a name; "" for camel case.
func separator(name string) string {
	if i := strings.IndexAny(name, "_-./:"); i > 0 {
		return name[i : i+1]
	}
	if strings.ToLower(name) == name {
		return "_"
	}
	return ""
}

// joinLike joins words in the style of a name.
func joinLike(name string, words []string) string {
	if sep := separator(name); sep != "" {
		return strings.Join(words, sep)
	}
	return camel(words)
}

func camel(words []string) string {
	var b strings.Builder
	for i, w := range words {
		if i == 0 {
			b.WriteString(strings.ToLower(w))
			continue
		}
		b.WriteString(capital(w))
	}
	return b.String()
}

func capital(w string) string {
	if w == "" {
		return w
	}
	_, n := utf8.DecodeRuneInString(w)
	return strings.ToUpper(w[:n]) + strings.ToLower(w[n:])
}

// synonyms are words that models put in each other's place, for catalogues that
// have no word of their own to put there.
var synonyms = [][]string{
	{"list", "get", "search", "find", "fetch", "show", "query", "read"},
	{"create", "add", "new", "make", "insert", "write"},
	{"delete", "remove", "drop", "clear"},
	{"update", "edit", "modify", "set", "patch"},
	{"send", "post", "publish"},
	{"run", "execute", "start", "call"},
	{"file", "document", "path"},
	{"directory", "folder", "dir"},
	{"message", "text", "content", "body"},
	{"name", "title", "label"},
	{"id", "identifier", "key"},
	{"query", "q", "search", "term"},
	{"limit", "max", "count", "size"},
	{"user", "account", "person"},
	{"url", "uri", "link"},
	{"note", "memo", "entry"},
}

// synonym returns another word for a word, or "".
func synonym(d *Draw, word string) string {
	for _, set := range synonyms {
		if i := slices.Index(set, strings.ToLower(word)); i >= 0 {
			return set[(i+1+d.N(len(set)-1))%len(set)]
		}
	}
	return ""
}

// plural is the other number of a word.
func plural(word string) string {
	if w, ok := strings.CutSuffix(word, "s"); ok && len(w) > 1 {
		return w
	}
	return word + "s"
}

// misspelt drops or doubles a letter of a name.
func misspelt(d *Draw, name string) string {
	if name == "" {
		return "x"
	}
	runes := []rune(name)
	i := d.N(len(runes))
	if len(runes) > 1 && !d.Bool() {
		return string(slices.Delete(runes, i, i+1))
	}
	return string(slices.Insert(runes, i, runes[i]))
}
