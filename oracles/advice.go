package oracles

import (
	"fmt"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Listing is what a server lists, as advice on it needs to know it.
type Listing struct {
	Catalog *scenarios.Catalog
	// Before is what it listed once, nil where that is not known.
	Before *scenarios.Catalog
	// Revision is the date that names the revision in force, "" where none is
	// known: rules that came with a revision are then not held to.
	Revision string
}

// Advice is a check of what a server lists: it needs no call.
type Advice struct {
	Name string
	// Doc is one sentence: what it means.
	Doc string
	// Rule is the id of the Rule that it reports.
	Rule string
	// Judge returns what there is to say, in the order of the list. It is a pure
	// function.
	Judge func(Listing) []remark
}

// remark is what is said of one tool.
type remark struct{ tool, text string }

// Advices returns all advice, in the order in which it is given.
func Advices() []Advice {
	return []Advice{
		{"schema-type", `The input schema of a tool is not of type "object", as the protocol wants it.`, ruleListing, schemaType},
		{"name-form", "The name of a tool is empty, too long, or holds characters outside of A-Z a-z 0-9 _ . -.", ruleListing, nameForm},
		{"name-twice", "Several tools have one name.", ruleListing, nameTwice},
		{"name-clash", "The names of tools differ in case or separators alone.", "CAT-05", nameClash},
		{"unusable-schema", "The input schema of a tool cannot be used, so no call of it can be judged.", "CAT-09", unusableSchema},
		{"unjudged-keyword", "An input schema holds what cannot be judged, so calls that break it pass.", "CAT-09", unjudgedKeyword},
		{"hidden-characters", "A name, a title or a description holds characters that nobody sees, or that reorder the text.", "CAT-08", hiddenCharacters},
		{"instructions", "A description reads as if it were meant to steer the model past the user.", "CAT-07", instructions},
		{"contrary-hint", "The hints of a tool say the contrary of its name or its description.", "CAT-04", contraryHint},
		{"no-hints", "A tool does not say whether it reads, writes or destroys.", "CAT-03", noHints},
		{"open-schema", "An input schema takes keys that it does not name.", "CAT-01", openSchema},
		{"no-bounds", "An input schema sets no bound to strings or arrays.", "CAT-02", noBounds},
		{"key-parameter", "A tool has a parameter that by its name is a key: what a model writes stands in logs, and in what it is asked next.", "CAT-11", keyParameter},
		{"no-description", "A tool, or a parameter of it, has no description.", "CAT-06", noDescription},
		{"no-longer-read-only", "A tool was marked readOnlyHint: true and no longer is: what users approved is not what they get.", "CAT-10", noLongerReadOnly},
		{"hints-changed", "The hints of a tool are not those of the baseline.", "CAT-10", hintsChanged},
		{"text-changed", "The title or the description of a tool is not that of the baseline.", "CAT-10", textChanged},
		{"schema-changed", "A schema of a tool is not that of the baseline.", "CAT-10", schemaChanged},
		{"tool-renamed", "A tool is listed under another name than in the baseline.", "CAT-10", toolRenamed},
		{"tool-added", "A tool is listed that the baseline does not list.", "CAT-10", toolAdded},
		{"tool-removed", "A tool of the baseline is not listed any more.", "CAT-10", toolRemoved},
	}
}

// AdviceOf returns the advice of that name.
func AdviceOf(name string) (Advice, bool) {
	for _, a := range Advices() {
		if a.Name == name {
			return a, true
		}
	}
	return Advice{}, false
}

// ruleListing is the rule of the specification on what tools/list answers.
const ruleListing = "TOOL-08"

// maxAdvised bounds how many tools one piece of advice names.
const maxAdvised = 1000

// Advise returns what there is to say on what a server lists, once per
// signature. It is a pure function.
func Advise(l Listing) []Finding {
	var found []Finding
	for _, a := range Advices() {
		seen := map[string]bool{}
		remarks := a.Judge(l)
		for _, r := range remarks[:min(len(remarks), maxAdvised)] {
			if f := a.finding(l, r); !seen[f.Signature] {
				seen[f.Signature] = true
				found = append(found, f)
			}
		}
		if n := len(remarks) - maxAdvised; n > 0 {
			found = append(found, a.finding(l, remark{text: fmt.Sprintf("so are %d more, which are not named one by one", n)}))
		}
	}
	return found
}

// finding is a remark as a Finding; what names are made of binds nobody before
// the revision that says so.
func (a Advice) finding(l Listing, r remark) Finding {
	rule, _ := RuleOf(a.Rule)
	f := Finding{
		Oracle: a.Name, Signature: a.Name + "/" + r.tool, Rule: rule.Hardening, Spec: rule.ID,
		Basis: rule.Basis, Severity: rule.Severity, Tool: r.tool, Message: r.text, Fix: rule.Fix,
	}
	if r.tool == "" {
		f.Signature = a.Name + "/" + scenarios.Unlisted
	}
	if a.Rule == ruleListing && a.Name != "schema-type" && l.Revision < legacy {
		return f.graded(Info, hardening)
	}
	return f
}

// maxPlaces is how many places a remark names.
const maxPlaces = 8

// places names places in arguments, or in a schema; the first few of many.
func places(list []string) string {
	var names []string
	for _, at := range list[:min(len(list), maxPlaces)] {
		if at == "" {
			at = "the arguments"
		}
		names = append(names, fmt.Sprintf("%.80s", at))
	}
	text := strings.Join(names, ", ")
	if n := len(list) - maxPlaces; n > 0 {
		text = fmt.Sprintf("%s and %d more", text, n)
	}
	return text
}

// remarks asks for a remark on each tool; an empty text is none.
func remarks(c *scenarios.Catalog, about func(i int, t scenarios.Tool) string) []remark {
	var list []remark
	for i, t := range c.Tools() {
		if text := about(i, t); text != "" {
			list = append(list, remark{t.Name, text})
		}
	}
	return list
}
