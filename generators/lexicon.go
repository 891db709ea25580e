package generators

import (
	"slices"
	"strings"
	"unicode"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// What is looked at of a catalogue to find one wrong name: so many tools, and no
// texts and schemas beyond so many bytes.
const (
	maxNear   = 6
	maxProse  = 400
	maxSchema = 64 << 10
)

// siblings are other tools of the catalogue, beginning at any.
func (s Subject) siblings(d *Draw) []scenarios.Tool {
	tools := s.Catalog.Tools()
	first := d.N(len(tools))
	var list []scenarios.Tool
	for i := range min(len(tools), maxNear) {
		if t := tools[(first+i)%len(tools)]; t.Name != s.Name {
			list = append(list, t)
		}
	}
	return list
}

// lexicon are the words that a catalogue speaks of its tools with.
type lexicon struct{ verbs, nouns []string }

// fillers are words of descriptions that are no names of things.
var fillers = strings.Fields("about also been before being between both called does each else every from given have into " +
	"just like made many more most must need once only other over same several shows some such than that their them then " +
	"there these they this those through under used uses using what when where which while will with within without your")

// lexicon reads the words of some tools: what their names and descriptions begin
// with is taken for verbs, the rest for nouns.
func (s Subject) lexicon(d *Draw) lexicon {
	var l lexicon
	tools := s.siblings(d)
	if own, ok := s.Catalog.Tool(s.Name); ok {
		tools = append(tools, own)
	}
	for _, t := range tools {
		named, told := lowerWords(t.Name), prose(t.Description)
		if len(named) > 1 {
			l.verbs, l.nouns = append(l.verbs, named[0]), append(l.nouns, named[1:]...)
		}
		if len(told) > 1 {
			l.verbs, l.nouns = append(l.verbs, told[0]), append(l.nouns, told[1:]...)
		}
	}
	return l
}

// prose are the words of a description that may be part of a name, the first one
// in any case.
func prose(text string) []string {
	if len(text) > maxProse {
		text = text[:maxProse]
	}
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
	if len(words) < 2 {
		return words
	}
	return append(words[:1:1], slices.DeleteFunc(words[1:], func(w string) bool {
		return len(w) < 4 || len(w) > 12 || slices.Contains(fillers, w)
	})...)
}

// lentKeys are the parameters of other tools.
func (s Subject) lentKeys(d *Draw) []string {
	var keys []string
	for _, t := range s.siblings(d) {
		if len(t.Input) > maxSchema {
			continue
		}
		for _, p := range readTool(t).properties {
			keys = append(keys, p.name)
		}
	}
	return keys
}

// sharesWord reports whether two names have a word in common, and are two.
func sharesWord(a, b string) bool {
	words := lowerWords(a)
	return a != b && slices.ContainsFunc(lowerWords(b), func(w string) bool { return slices.Contains(words, w) })
}

func lowerWords(name string) []string {
	words := scenarios.Words(name)
	for i, w := range words {
		words[i] = strings.ToLower(w)
	}
	return words
}
