package generators

import (
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

const rightName = "refuses it with -32602, names the tool and lists near ones"

// nameClasses are the ways in which a tool's name goes wrong.
func nameClasses() []Generator {
	return []Generator{
		rename("N1", "invented", "The model invents a tool as verb and noun, in the server's own style.", invented),
		rename("N2", "near-miss", "The model remembers the name nearly: another verb, another number, a letter off.", nearMiss),
		rename("N3", "style", "The model writes the name in another style: another separator, another case.", restyled),
		rename("N4", "prefix", "The client or the model adds the prefix of a namespace, or takes it away.", prefixed),
		rename("N5", "token-leak", "The serving stack leaks control tokens into the name.", leaked),
		pseudoTool(),
		rename("N7", "overlong", "Prefixes pile up until the name is longer than anybody allows.", overlong),
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

func invented(d *Draw, s Subject) string {
	verb := pick(d, []string{"get", "create", "search", "update", "delete", "summarize", "translate", "export", "send"})
	words := []string{verb, pick(d, vocabulary(s.Catalog))}
	if old := splitWords(s.Name); len(old) > 2 && d.Bool() {
		words = append(old[:1:1], words...)
	}
	return joinLike(s.Name, words)
}

func nearMiss(d *Draw, s Subject) string {
	words := splitWords(s.Name)
	if len(words) == 0 {
		return misspelt(d, s.Name)
	}
	i := d.N(len(words))
	switch d.N(4) {
	case 1:
		if w := synonym(d, words[i]); w != "" {
			words[i] = w
			return joinLike(s.Name, words)
		}
	case 2:
		words[len(words)-1] = plural(words[len(words)-1])
		return joinLike(s.Name, words)
	case 3:
		other := splitWords(pick(d, s.names()))
		if len(other) > 0 {
			return joinLike(s.Name, append(words[:(len(words)+1)/2:(len(words)+1)/2], other[len(other)/2:]...))
		}
	}
	return misspelt(d, s.Name)
}

func restyled(d *Draw, s Subject) string {
	name, words := s.Name, splitWords(s.Name)
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
	if words := splitWords(name); len(words) > 1 && d.N(8) == 7 {
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
