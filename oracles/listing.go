package oracles

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

func schemaType(l Listing) []remark {
	return remarks(l.Catalog, func(_ int, t scenarios.Tool) string {
		switch {
		case isObjectSchema(t.Input):
			return ""
		case t.Input == nil:
			return "it publishes no inputSchema"
		}
		return `its inputSchema does not say "type": "object"`
	})
}

// isObjectSchema reports whether a schema says that it is of objects.
func isObjectSchema(schema json.RawMessage) bool {
	var s map[string]any
	return json.Unmarshal(schema, &s) == nil && s["type"] == "object"
}

// allowedName is what names are made of by the specification.
var allowedName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,128}$`)

func nameForm(l Listing) []remark {
	return remarks(l.Catalog, func(_ int, t scenarios.Tool) string {
		switch n := len([]rune(t.Name)); {
		case allowedName.MatchString(t.Name):
			return ""
		case n == 0:
			return "a tool has no name"
		case n > 128:
			return fmt.Sprintf("its name is %d characters long, more than 128", n)
		}
		return fmt.Sprintf("its name %.80q holds what is none of A-Z a-z 0-9 _ . -", t.Name)
	})
}

func nameTwice(l Listing) []remark {
	count := map[string]int{}
	return remarks(l.Catalog, func(_ int, t scenarios.Tool) string {
		count[t.Name]++
		if t.Name == "" || count[t.Name] != 2 {
			return ""
		}
		return "its name stands twice in the list"
	})
}

func nameClash(l Listing) []remark {
	first := map[string]string{}
	return remarks(l.Catalog, func(_ int, t scenarios.Tool) string {
		spelling := scenarios.Spelling(t.Name)
		other, has := first[spelling]
		switch {
		case !has:
			first[spelling] = t.Name
			return ""
		case other == t.Name || spelling == "":
			return ""
		}
		return fmt.Sprintf("its name %.80q differs from %.80q in case or separators alone", t.Name, other)
	})
}

func unusableSchema(l Listing) []remark {
	count := map[string]int{}
	for _, t := range l.Catalog.Tools() {
		count[t.Name]++
	}
	return remarks(l.Catalog, func(_ int, t scenarios.Tool) string {
		if t.Name == "" || count[t.Name] > 1 || !isObjectSchema(t.Input) {
			return "" // told already
		}
		return t.Trouble
	})
}

func unjudgedKeyword(l Listing) []remark {
	return remarks(l.Catalog, func(i int, _ scenarios.Tool) string {
		left := l.Catalog.Survey(i).Unjudged
		if len(left) == 0 {
			return ""
		}
		return "its input schema holds what cannot be judged: " + places(left)
	})
}

// hintsSince is the first revision in which tools have hints.
const hintsSince = "2025-03-26"

func noHints(l Listing) []remark {
	if l.Revision != "" && l.Revision < hintsSince {
		return nil
	}
	return remarks(l.Catalog, func(_ int, t scenarios.Tool) string {
		if t.Annotations.ReadOnly != nil || t.Annotations.Destructive != nil {
			return ""
		}
		return "it has neither readOnlyHint nor destructiveHint, so clients take it for one that destroys"
	})
}

func openSchema(l Listing) []remark {
	return remarks(l.Catalog, func(i int, _ scenarios.Tool) string {
		open := l.Catalog.Survey(i).Open
		if len(open) == 0 {
			return ""
		}
		return "additionalProperties is not false, so keys that nobody named pass in " + places(open)
	})
}

func noBounds(l Listing) []remark {
	return remarks(l.Catalog, func(i int, _ scenarios.Tool) string {
		unbounded := l.Catalog.Survey(i).Unbounded
		if len(unbounded) == 0 {
			return ""
		}
		return "no maxLength, maxItems or enum limits " + places(unbounded)
	})
}

func keyParameter(l Listing) []remark {
	return remarks(l.Catalog, func(i int, _ scenarios.Tool) string {
		keys := l.Catalog.Survey(i).Keys
		if len(keys) == 0 {
			return ""
		}
		return "a key seems to be asked of the model in " + places(keys) + ": take it from Authorization, or from the server's own settings"
	})
}

func noDescription(l Listing) []remark {
	return remarks(l.Catalog, func(i int, t scenarios.Tool) string {
		missing := l.Catalog.Survey(i).Undescribed
		switch described := strings.TrimSpace(t.Description) != ""; {
		case !described && len(missing) > 0:
			return "the tool has no description, nor have " + places(missing)
		case !described:
			return "the tool has no description"
		case len(missing) > 0:
			return "no description of " + places(missing)
		}
		return ""
	})
}

// Verbs of tools that take something away, and of those that change something
// or act outside.
var (
	destroying = []string{"delete", "remove", "drop", "purge", "erase", "wipe", "destroy", "overwrite", "truncate"}
	acting     = []string{"create", "update", "insert", "send", "execute"}
)

func contraryHint(l Listing) []remark {
	return remarks(l.Catalog, func(_ int, t scenarios.Tool) string {
		verb := verbOf(t, destroying)
		switch harmless := t.Annotations.Destructive != nil && !*t.Annotations.Destructive; {
		case verb != "" && t.IsReadOnly():
			return fmt.Sprintf("it is marked readOnlyHint: true, and yet says %q", verb)
		case verb != "" && harmless:
			return fmt.Sprintf("it is marked destructiveHint: false, and yet says %q", verb)
		}
		if verb = verbOf(t, acting); verb != "" && t.IsReadOnly() && !saysItReads(t) {
			return fmt.Sprintf("it is marked readOnlyHint: true, and yet says %q", verb)
		}
		return ""
	})
}

// verbOf is the verb, of some, that a tool's name or its description starts
// with; "" where it starts with none of them.
func verbOf(t scenarios.Tool, verbs []string) string {
	name, description := firstWord(t.Name), firstWord(t.Description)
	switch {
	case slices.Contains(verbs, name):
		return name
	case slices.Contains(verbs, strings.TrimSuffix(description, "s")):
		return description
	}
	return ""
}

func firstWord(text string) string {
	if words := wordsOf(text); len(words) > 0 {
		return words[0]
	}
	return ""
}

// saysItReads reports whether a tool says in words that it only reads, as one
// does that executes queries.
func saysItReads(t scenarios.Tool) bool {
	words := strings.Join(wordsOf(t.Name+" "+t.Description), " ")
	return slices.ContainsFunc([]string{"read only", "readonly", "query", "queries", "select", "search"}, func(word string) bool {
		return strings.Contains(words, word)
	})
}

// maxWords bounds the text that is taken apart.
const maxWords = 4 << 10

// wordsOf are the words of a text or a name in lower case, parted at
// separators and, in the style of readNote, at capitals.
func wordsOf(text string) []string {
	text = text[:min(len(text), maxWords)]
	var b strings.Builder
	small := false
	for _, r := range text {
		if unicode.IsUpper(r) && small {
			b.WriteByte(' ')
		}
		small = unicode.IsLower(r)
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.FieldsFunc(b.String(), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
