package scenarios

import (
	"slices"
	"strings"
)

// Look is what a text seems to be for.
type Look uint8

// The looks. LookFetched is that of a tool which is there to call addresses,
// LookArguments that of what is there to be options of a program.
const (
	LookUnset Look = iota
	LookPath
	LookURL
	LookCommand
	LookTemplate
	LookID
	LookFetched
	LookArguments
)

// looks are the words, and the formats of JSON Schema, by which texts are known; a
// word is part of a name, telling are those that tell as much in what is said of it.
var looks = []struct {
	is      Look
	words   []string
	telling []string
	formats []string
}{
	{
		LookPath,
		strings.Fields("path file filename filepath dir directory folder document cwd workdir source destination src dest root export attachment"),
		strings.Fields("path file folder directory"), nil,
	},
	{
		LookURL,
		strings.Fields("url uri link href endpoint website webhook site feed host address"),
		strings.Fields("url uri website http"), strings.Fields("uri url iri uri-reference iri-reference"),
	},
	{
		LookCommand,
		strings.Fields("command cmd shell script code exec execute run eval expression function statement program terminal argv"),
		strings.Fields("command shell script javascript python"), nil,
	},
	{
		LookTemplate, strings.Fields("template format expression layout pattern"),
		strings.Fields("template jinja mustache handlebars"), nil,
	},
	{
		LookID, strings.Fields("id key identifier ref branch slug hash sha name tag version commit repo repository project package"),
		strings.Fields("id identifier"),
		[]string{"uuid"},
	},
	{
		LookFetched,
		strings.Fields("fetch page site download retrieve crawl scrape browse browser navigate visit open load import request http web website webhook callback screenshot preview ping"),
		strings.Fields("fetch download retrieve crawl scrape browse browser navigate visit open load import request http https web website webhook callback url content image file document api endpoint server screenshot preview ping"),
		nil,
	},
	{
		LookArguments, strings.Fields("argument arg argv option opt flag switch parameter param"),
		strings.Fields("argument flag option switch"), nil,
	},
}

// LooksLike reports whether a text of that name looks like something, by the words of
// its name, by what is said of it, or by its format in a schema.
func LooksLike(is Look, name, doc, format string) bool {
	for _, l := range looks {
		if l.is == is {
			return slices.Contains(l.formats, format) ||
				slices.ContainsFunc(lowered(name), in(l.words)) || slices.ContainsFunc(lowered(doc), in(l.telling))
		}
	}
	return false
}

// in reports whether a word is among others, in either number.
func in(words []string) func(string) bool {
	return func(w string) bool {
		return slices.Contains(words, w) || slices.Contains(words, strings.TrimSuffix(w, "s"))
	}
}

// lowered are the words of a text in lower case, without what stands around them.
func lowered(text string) []string {
	words := Words(text)
	for i := range words {
		words[i] = strings.Trim(strings.ToLower(words[i]), `.,;()"'`)
	}
	return words
}
