package oracles

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Quality is what a model can learn from one refusal.
type Quality struct {
	// Unlisted: the call was of a tool that is not listed.
	Unlisted bool
	// Named: the text names what is wrong. Expected: it says what was expected in
	// its place; of a tool that is not listed, which there are.
	Named, Expected bool
	// Bounded: the text is not longer than a model needs.
	Bounded bool
	// Text is what a model reads.
	Text string
}

// QualityOf grades the refusal of a call with one mistake; false for everything
// else. It is a pure function.
func QualityOf(ctx *Context, o Observation, s Seen) (Quality, bool) {
	call, ok := s.Sent.(scenarios.Call)
	// What is large or deep may be refused before it is read.
	if !ok || OutcomeOf(o, s) != Rejected || s.TurnedAway() || s.Message.Size > gradedSize || call.Args.Depth() > gradedDepth {
		return Quality{}, false
	}
	l := s.Want(ctx.Catalog)
	if l.Want != scenarios.WantReject || len(l.Breaches) != 1 {
		return Quality{}, false
	}
	a, _ := s.answer()
	if a.Reply.Kind == protocol.Error && a.Reply.Code != codeInvalidParams || a.Reply.Kind != protocol.Result && !o.frame(s).isPlain() {
		return Quality{}, false // the arguments may not have been looked at
	}
	q := Quality{Text: TextOf(s), Bounded: a.Frame.Size <= longError}
	b := l.Breaches[0]
	if b.Keyword == misspelt && b.Pointer == "" {
		b.Keyword = "tool"
	}
	switch b.Keyword {
	case "tool":
		q.Unlisted = true
		q.Named = call.Tool != "" && showsName(q.Text, call.Tool)
		q.Expected = namesTool(ctx, q.Text)
	case "arguments":
		// Who is told what is missing knows what to give.
		q.Named, q.Expected = hasWord(q.Text, "arguments", "params", "input", "required", "missing"), hasWord(q.Text, "object", "record", "dict", "map", "struct")
	default:
		name := ParameterAt(b.Pointer)
		if name == "" {
			return Quality{}, false // there is no parameter to name
		}
		q.Named, q.Expected = hasWord(q.Text, name), saysExpected(q.Text, b)
		if b.Keyword == "additionalProperties" && !q.Named {
			// What is not among those that are named is not known.
			q.Named = namesOthers(q.Text, call.Args, name)
			q.Expected = q.Named
		}
	}
	return q, true
}

// namesOthers reports whether a text names parameters of a call, and not the one
// that is too many.
func namesOthers(text string, args scenarios.Value, extra string) bool {
	return slices.ContainsFunc(args.Members(), func(m scenarios.Member) bool {
		return m.Key != extra && hasWord(text, m.Key)
	})
}

// From these on the text of a refusal is not graded.
const (
	gradedSize  = 64 << 10
	gradedDepth = 32
)

// misspelt is the keyword of names that are there in another spelling.
const misspelt = "spelling"

// showsName reports whether a text repeats the start of a name, as it is or with escapes.
func showsName(text, name string) bool {
	escaped := func(quoted string) string { return quoted[1 : len(quoted)-1] }
	forms := []string{name, escaped(strconv.Quote(name)), escaped(strconv.QuoteToASCII(name))}
	return slices.ContainsFunc(forms, func(form string) bool { return strings.Contains(text, form[:min(len(form), shownName)]) })
}

// shownName is how much of a name a text must repeat to name it.
const shownName = 30

func namesTool(ctx *Context, text string) bool {
	return slices.ContainsFunc(ctx.Catalog.Tools(), func(t scenarios.Tool) bool { return hasWord(text, t.Name) })
}

// ParameterAt is the name of the parameter that a pointer leads to, or into; "" for
// none.
func ParameterAt(pointer string) string {
	keys := strings.Split(pointer, "/")
	for _, key := range slices.Backward(keys) {
		if key != "" && strings.Trim(key, "0123456789") != "" {
			// Texts quote what cannot be printed, each in its own way.
			name, _, _ := strings.Cut(strings.NewReplacer("~1", "/", "~0", "~").Replace(key), "\x00")
			return name
		}
	}
	return ""
}

// expectations are words of which one stands in a text that says what was
// expected, by the keyword that is broken.
var expectations = map[string][]string{
	"type": {
		"string", "text", "str", "integer", "int", "number", "float", "boolean", "bool", "array", "list", "slice",
		"object", "record", "dict", "dictionary", "map", "null", "type",
	},
	misspelt:               {"required", "missing", "must", "needs", "undefined", "expected", "unknown", "unexpected", "unrecognized", "additional"},
	"required":             {"required", "missing", "must", "needs", "undefined", "expected"},
	"additionalProperties": {"unknown", "unexpected", "unrecognized", "additional", "extra", "not allowed", "no parameter", "unsupported", "permitted"},
}

var numeral = regexp.MustCompile(`\d`)

// saysExpected reports whether a text says what was expected where a keyword of
// the schema was broken: a type, a choice, a bound.
func saysExpected(text string, b scenarios.Breach) bool {
	if words, ok := expectations[b.Keyword]; ok {
		return hasWord(text, words...)
	}
	switch b.Keyword {
	case "enum", "const":
		return hasWord(text, "one of", "allowed", "expected", "enum", "must be", "options", "valid values", "equal")
	case "pattern", "format":
		return hasWord(text, "match", "pattern", "format", "regex", "invalid")
	}
	return numeral.MatchString(text) // a bound is a number
}

// hasWord reports whether one of some words stands in a text, not as a part of
// another.
func hasWord(text string, words ...string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(words, func(word string) bool {
		word = strings.ToLower(word)
		for from := 0; ; {
			i := strings.Index(text[from:], word)
			if i < 0 || word == "" {
				return false
			}
			start, end := from+i, from+i+len(word)
			if !isLetterAt(text, start-1) && !isLetterAt(text, end) {
				return true
			}
			from = end
		}
	})
}

func isLetterAt(text string, i int) bool {
	return i >= 0 && i < len(text) && (text[i] >= 'a' && text[i] <= 'z' || text[i] >= '0' && text[i] <= '9' || text[i] == '_')
}

// unhelpful finds refusals from which a model cannot tell what is wrong. A tool that
// refuses valid calls, too, may have another reason.
func unhelpful(ctx *Context, o Observation) []Finding {
	for _, s := range o.Seen {
		q, graded := QualityOf(ctx, o, s)
		if _, works := ctx.Controls[ctx.Catalog.LabelOf(s.Sent)]; !works || !graded || q.Named {
			continue
		}
		f := finding(ctx, o, s, "unhelpful", "H15", fmt.Sprintf("the refusal of %s does not name what is wrong: %.120q", describe(s), q.Text))
		f.Fix = "helpful"
		return []Finding{f.graded(Info, hardening)}
	}
	return nil
}

// TextOf is what a model reads of the answer to a frame, "" for none.
func TextOf(s Seen) string {
	a, ok := s.answer()
	switch {
	case !ok:
		return ""
	case a.Reply.Kind == protocol.Result:
		return a.Reply.Text
	}
	return told(a)
}

// Amends returns which of some parameters a refusal tells a model to amend: those
// that its text names, in the order in which it names them.
func Amends(text string, names []string) []string {
	named := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !hasWord(text, name) })
	slices.SortStableFunc(named, func(a, b string) int {
		return strings.Index(strings.ToLower(text), strings.ToLower(a)) - strings.Index(strings.ToLower(text), strings.ToLower(b))
	})
	return named
}
