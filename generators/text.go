package generators

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// formats are values for the common formats, by name. Addresses lead nowhere.
var formats = map[string][]string{
	"date":          {"2024-05-17", "2023-12-31"},
	"date-time":     {"2024-05-17T09:30:00Z", "2023-12-31T23:59:59+02:00"},
	"time":          {"09:30:00Z", "23:59:59+02:00"},
	"duration":      {"P1D", "PT15M"},
	"email":         {"user@example.com"},
	"idn-email":     {"user@example.com"},
	"hostname":      {"example.com"},
	"idn-hostname":  {"example.com"},
	"ipv4":          {"127.0.0.1"},
	"ipv6":          {"::1"},
	"uri":           {"http://127.0.0.1:9/a", "https://127.0.0.1:9/b"},
	"url":           {"http://127.0.0.1:9/a"},
	"iri":           {"http://127.0.0.1:9/a"},
	"uri-reference": {"a/b"},
	"iri-reference": {"a/b"},
	"uri-template":  {"/notes/{id}"},
	"uuid":          {"3f2b8c1e-7d4a-4e6b-9a51-0c9d8e7f6a5b"},
	"json-pointer":  {"/a/0"},

	"relative-json-pointer": {"1/a"},

	"regex":  {"^a+$"},
	"byte":   {"aGVsbG8="},
	"binary": {"hello"},
}

// meanings are values for what a property's name says that it is, first match
// first.
var meanings = []struct {
	part   string
	values []string
}{
	{"email", []string{"user@example.com"}},
	{"url", []string{"http://127.0.0.1:9/a"}},
	{"uri", []string{"http://127.0.0.1:9/a"}},
	{"timezone", []string{"Europe/Paris", "UTC"}},
	{"date", []string{"2024-05-17"}},
	{"time", []string{"09:30"}},
	{"path", []string{"notes.txt", "report.txt"}},
	{"file", []string{"notes.txt", "report.txt"}},
	{"dir", []string{"."}},
	{"query", []string{"note", "report"}},
	{"search", []string{"note", "report"}},
	{"pattern", []string{"note", "*.txt"}},
	{"lang", []string{"en", "fr"}},
	{"city", []string{"Paris", "Lisbon"}},
	{"location", []string{"Paris", "Lisbon"}},
	{"country", []string{"France", "Portugal"}},
	{"id", []string{"1", "2", "a1"}},
}

// phrases are what a model writes where anything goes.
var phrases = []string{
	"hello", "report", "meeting notes", "alpha", "Call the bank on Monday",
	"Zürich, 12 °C", "draft", "a b c", "Budget 2024", "todo",
}

// text makes a string that fits the schema.
func (m maker) text(s *Schema, name string) string {
	least, most := s.count("minLength", 0), s.count("maxLength", 1<<20)
	values := formats[s.text("format")]
	if p := s.text("pattern"); p != "" {
		if fits := matchingOnes(p, values); len(fits) > 0 {
			return pick(m.Draw, fits)
		}
		if t, ok := m.patterned(p, least, most); ok {
			return t
		}
	}
	if values == nil {
		values = meaning(name)
	}
	return fit(pick(m.Draw, values), least, most)
}

// matchingOnes are the texts that a pattern matches as Go reads it.
func matchingOnes(pattern string, texts []string) []string {
	re, err := regexp.Compile(pattern)
	if len(texts) == 0 || len(pattern) > scenarios.MaxPattern || err != nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(texts), func(t string) bool { return !re.MatchString(t) })
}

// patterned makes a text that a pattern matches, of a length where a few tries
// come to it.
func (m maker) patterned(pattern string, least, most int) (text string, ok bool) {
	if least > maxText {
		return "", false
	}
	const tries = 8
	more := 0
	for range tries {
		if text, ok = m.matching(pattern, more); !ok {
			return "", false
		}
		switch n := utf8.RuneCountInString(text); {
		case n < least:
			more += max(1, (least-n)/2)
		case n > most:
			more = max(0, more-(n-most+1)/2)
		default:
			return text, true
		}
	}
	return text, true
}

func meaning(name string) []string {
	name = strings.ToLower(name)
	for _, m := range meanings {
		if strings.Contains(name, m.part) {
			return m.values
		}
	}
	return phrases
}

// fit makes a text as long as it must be, as far as that is made at all.
func fit(t string, least, most int) string {
	if missing := min(least, maxText) - utf8.RuneCountInString(t); missing > 0 {
		t += strings.Repeat("a", missing)
	}
	if r := []rune(t); len(r) > most {
		return string(r[:most])
	}
	return t
}

// lookAround is a group that matches nothing by itself.
var lookAround = regexp.MustCompile(`\(\?<?[=!](?:[^()\\]|\\.|\([^()]*\))*\)`)

// matching makes a text that a pattern matches, where Go's reading of it helps;
// what may be repeated is so a number of times more.
func (m maker) matching(pattern string, more int) (string, bool) {
	if len(pattern) > scenarios.MaxPattern {
		return "", false
	}
	re, err := syntax.Parse(lookAround.ReplaceAllString(pattern, ""), syntax.Perl)
	if err != nil {
		return "", false
	}
	w := walker{maker: m, more: more}
	ok := w.walk(re.Simplify(), 0)
	return w.String(), ok
}

// walker writes a text that a pattern matches.
type walker struct {
	maker
	strings.Builder
	more int
}

// maxWalk bounds the depth of a pattern.
const maxWalk = 64

// anything stands where a pattern takes any character: of every kind in turn,
// as look-ahead asks for in passwords.
const anything = "aA0bB1cC2-"

// walk writes a text that a part of a pattern matches.
func (w *walker) walk(re *syntax.Regexp, depth int) bool {
	times := 1
	switch re.Op {
	case syntax.OpNoMatch:
		return false
	case syntax.OpLiteral:
		w.WriteString(string(re.Rune))
		return true
	case syntax.OpCharClass:
		return w.class(re.Rune)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		w.WriteByte(anything[(w.Len()+w.N(len(anything)))%len(anything)])
		return true
	case syntax.OpAlternate:
		return depth < maxWalk && w.walk(pick(w.Draw, re.Sub), depth+1)
	case syntax.OpQuest:
		times = w.N(2)
	case syntax.OpStar:
		times = w.N(2) + w.more
	case syntax.OpPlus:
		times = 1 + w.N(2) + w.more
	}
	for range times {
		for _, sub := range re.Sub {
			if depth == maxWalk || w.Len() > maxText || !w.walk(sub, depth+1) {
				return false
			}
		}
	}
	return true
}

// maxText bounds the length of a text that is made.
const maxText = 16 << 10

// class writes one character of a class, a plain one where there is one.
func (w *walker) class(ranges []rune) bool {
	var plain []rune
	for _, r := range "abcdexyzABCXYZ0123456789_- " {
		for i := 0; i+1 < len(ranges); i += 2 {
			if r >= ranges[i] && r <= ranges[i+1] {
				plain = append(plain, r)
			}
		}
	}
	if len(plain) == 0 && len(ranges) > 0 {
		plain = ranges[:1]
	}
	if len(plain) == 0 {
		return false
	}
	w.WriteRune(pick(w.Draw, plain))
	return true
}
