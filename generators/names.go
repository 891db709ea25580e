package generators

import (
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

const rightName = "refuses it with -32602, names the tool and lists near ones"

// nameClasses are the ways in which a tool's name goes wrong.
func nameClasses() []Generator {
	return []Generator{
		rename("N1", "invented", "The model invents a tool as verb and noun, in the server's own words and style.", invented),
		rename("N2", "near-miss", "The model remembers the name nearly: a word of another tool, another number, a letter off.", nearMiss),
		rename("N3", "style", "The model writes the name in another style: another separator, another case.", restyled),
		rename("N4", "prefix", "The client or the model adds the prefix of a namespace, or takes it away.", prefixed),
		rename("N5", "token-leak", "The serving stack leaks control tokens into the name.", leaked),
		pseudoTool(),
		rename("N7", "overlong", "Prefixes pile up until the name is longer than anybody allows.", overlong),
		hiddenTool(),
	}
}

// rename makes a generator that calls what is not there, with arguments that would
// do for what was meant.
func rename(id, name, doc string, make func(*Draw, Subject) string) Generator {
	return Generator{
		ID: id, Name: name, Doc: doc, Right: rightName, Applies: always,
		Steps: func(d *Draw, s Subject) []scenarios.Step {
			wrong := s.unlisted(make(d, s))
			return s.callAs(wrong, name, s.valid(d))
		},
	}
}

// unlisted changes a name until nothing is listed under it.
func (s Subject) unlisted(name string) string {
	for name == "" || s.lists(name) {
		name += "_x"
	}
	return name
}

// commonVerbs are for catalogues that have few of their own.
var commonVerbs = []string{"get", "create", "search", "update", "delete"}

// invented puts a verb of the catalogue before a noun of it.
func invented(d *Draw, s Subject) string {
	l := s.lexicon(d)
	slices.Sort(l.verbs)
	if l.verbs = slices.Compact(l.verbs); len(l.verbs) < 3 {
		l.verbs = append(l.verbs, commonVerbs...)
	}
	if len(l.nouns) == 0 {
		l.nouns = []string{"item"}
	}
	var prefix []string
	if old := scenarios.Words(s.Name); len(old) > 2 && d.Bool() {
		prefix = old[:1:1]
	}
	first, noun := d.N(len(l.verbs)), pick(d, l.nouns)
	for i := range l.verbs {
		name := joinLike(s.Name, append(prefix, l.verbs[(first+i)%len(l.verbs)], noun))
		if !s.lists(name) {
			return name
		}
	}
	return ""
}

// nearMiss spells a name wrong, puts a word of another tool into it or another
// number, or joins it with the half of another.
func nearMiss(d *Draw, s Subject) string {
	words := scenarios.Words(s.Name)
	if len(words) == 0 {
		return misspelt(d, s.Name)
	}
	var candidates []string
	switch d.N(4) {
	case 1:
		candidates = swapped(d, s, words)
	case 2:
		last := len(words) - 1
		candidates = []string{joinLike(s.Name, append(words[:last:last], plural(words[last])))}
	case 3:
		candidates = merged(d, s, words)
	}
	candidates = slices.DeleteFunc(candidates, s.lists)
	if len(candidates) == 0 {
		return misspelt(d, s.Name)
	}
	return pick(d, candidates)
}

// swapped are names in which one word is that of another tool in the same place,
// or where there is none a synonym.
func swapped(d *Draw, s Subject, words []string) []string {
	i := d.N(len(words))
	with := func(w string) string {
		return joinLike(s.Name, slices.Concat(words[:i], []string{w}, words[i+1:]))
	}
	var names []string
	for _, t := range s.siblings(d) {
		if other := scenarios.Words(t.Name); len(other) > i && !strings.EqualFold(other[i], words[i]) {
			names = append(names, with(other[i]))
		}
	}
	if w := synonym(d, words[i]); len(names) == 0 && w != "" {
		names = append(names, with(w))
	}
	return names
}

// merged are names that begin as one tool's and end as another's.
func merged(d *Draw, s Subject, words []string) []string {
	var names []string
	half := (len(words) + 1) / 2
	for _, t := range s.siblings(d) {
		if other := scenarios.Words(t.Name); len(other) > 0 {
			names = append(names, joinLike(s.Name, slices.Concat(words[:half], other[len(other)/2:])))
		}
	}
	return names
}

func restyled(d *Draw, s Subject) string {
	name, words := s.Name, scenarios.Words(s.Name)
	styles := []string{
		strings.ToUpper(name), capital(name), camel(words),
		strings.Join(words, "_"), strings.Join(words, "-"), strings.Join(words, "."), strings.Join(words, "/"),
		strings.ToLower(name), name + " ", " " + name,
	}
	first := d.N(len(styles))
	for i := range styles {
		if styled := styles[(first+i)%len(styles)]; styled != name {
			return styled
		}
	}
	return name
}

func prefixed(d *Draw, s Subject) string {
	name := s.Name
	if words := scenarios.Words(name); len(words) > 1 && d.N(8) == 7 {
		return joinLike(name, words[1:])
	}
	return pick(d, []string{"functions.", "tools.", "mcp__server__", "server.", "server/", "mcp_", "default_api."}) + name
}

func leaked(d *Draw, s Subject) string {
	return s.Name + pick(d, []string{
		"<|channel|>commentary", "<|channel|>", "\u00a0json", "json", "\u2026", "??????", "<|call|>", " to=functions",
	})
}

// pseudoTool calls what models believe every host to have.
func pseudoTool() Generator {
	type pseudo struct{ name, args string }
	known := []pseudo{
		{"web_search", `{"query": "weather in Paris"}`},
		{"multi_tool_use.parallel", `{"tool_uses": [{"recipient_name": "functions.search", "parameters": {}}]}`},
		{"python", `{"code": "print(1 + 1)"}`},
		{"no_function", `{}`},
		{"print", `{"text": "hello"}`},
		{"__proto__", `{}`},
		{"constructor", `{}`},
		{"toString", `{}`},
	}
	return Generator{
		ID: "N6", Name: "pseudo-tool", Doc: "The model calls a tool that it believes every host to have.",
		Right: rightName, Applies: always,
		Steps: func(d *Draw, s Subject) []scenarios.Step {
			p := pick(d, known)
			return s.callAs(s.unlisted(p.name), "pseudo-tool", scenarios.MustValue(p.args))
		},
	}
}

func overlong(d *Draw, s Subject) string {
	length := pick(d, []int{65, 129, 1024})
	name := s.Name
	for len(name) < length {
		name = "mcp__server__" + name
	}
	return strings.ToValidUTF8(name[len(name)-length:], "")
}
