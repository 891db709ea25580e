package generators

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

const (
	rightPath = "refuses it, and neither reads nor writes outside of its root"
	rightText = "takes it for the text that it is, or refuses it"
)

// canaryClasses are the ways in which a value leads where the server must not go. What
// is there was planted, so these classes need a tester that plants.
func canaryClasses() []Generator {
	return []Generator{
		lured("C1", "path-outside", "The model, or who steers it, writes a path that leads out of the root.", rightPath, scenarios.CanaryOutside, scenarios.LookPath),
		lured("C2", "path-disguised", "The same path is encoded, doubled or written as another system has it.", rightPath, scenarios.CanaryDisguised, scenarios.LookPath),
		lured("C3", "path-fresh", "The path is that of a file that is not there yet.", rightPath, scenarios.CanaryFresh, scenarios.LookPath),
		lured("C4", "path-linked", "The path leads out of the root through a link in it.", rightPath, scenarios.CanaryLinked, scenarios.LookPath),
		lured("C5", "file-address", "The model writes the address of a file where one of a page belongs.", rightPath, scenarios.CanaryAddress, scenarios.LookURL, scenarios.LookPath),
		lured("C6", "inward-address", "The address leads to what only the server's own machine can reach.", "refuses it, and calls nobody there", scenarios.CanaryInward, scenarios.LookURL),
		lured("C7", "shell-text", "A command stands in a text that may reach a shell.", rightText, scenarios.CanaryShell,
			scenarios.LookCommand, scenarios.LookID, scenarios.LookPath, scenarios.LookURL),
		lured("C8", "template-text", "Code stands in a text that may be read as a template.", rightText, scenarios.CanaryTemplate, scenarios.LookTemplate),
		lured("C9", "climbing-id", "An id climbs out of the address that it is put into.", rightText, scenarios.CanaryClimbing, scenarios.LookID),
		lured("C10", "program-argument", "A text is an option, or several words, for the program that it is handed to.", "hands it on as one argument that is no option, or refuses it", scenarios.CanaryArgument),
		refusedWord(),
	}
}

// NeedsCanaries reports whether the cases of a class name what a tester must have
// planted.
func NeedsCanaries(class string) bool {
	return slices.ContainsFunc(canaryClasses(), func(g Generator) bool { return g.ID == class })
}

// NeedsStandIns reports whether what the cases of a class name is only seen by stand-ins
// for the programs that a server starts.
func NeedsStandIns(class string) bool { return class == "C10" }

// NeedsBackend reports whether what the cases of a class name is only seen where a server
// asks the tester, as if that stood behind it.
func NeedsBackend(class string) bool { return class == "C11" }

// refusedWord makes calls that the schema forbids, which name what a server may ask others
// for.
func refusedWord() Generator {
	return Generator{
		ID: "C11", Name: "refused-word", Doc: "A call that is wrong elsewhere names what the server may ask another for.",
		Right: "refuses it, and has asked nobody",
		Applies: func(s Subject) bool {
			return s.Feature == scenarios.FeatureTool && s.has(looking(nil)) && len(s.spoilt(s.base, s.firstText())) > 0
		},
		Steps: func(d *Draw, s Subject) []scenarios.Step {
			args, list := s.places(d, looking(nil))
			at := inTurn(d, list).pointer
			spoilt := s.spoilt(args, at)
			if len(spoilt) == 0 {
				at = s.firstText()
				spoilt = s.spoilt(s.base, at)
			}
			return s.call("refused-word@"+at, pick(d, spoilt).With(at, scenarios.Canary("word")))
		},
	}
}

// firstText is the first place of the fullest arguments that any text fits in.
func (s Subject) firstText() string {
	for _, x := range s.sites {
		if looking(nil)(x) {
			return x.pointer
		}
	}
	return ""
}

// spoilt are arguments that the schema forbids with any text in one place: with a key too
// many, or with nothing or a value of no kind that is wanted in the place of another one.
func (s Subject) spoilt(args scenarios.Value, at string) []scenarios.Value {
	args = args.With(at, scenarios.Str("x"))
	list := []scenarios.Value{args.With("/mcpfuzz_more", scenarios.Of(true))}
	for _, m := range args.Members() {
		if pointer := scenarios.Pointer("", m.Key); pointer != at && !strings.HasPrefix(at, pointer+"/") {
			list = append(list, args.Without(pointer), args.With(pointer, scenarios.Obj(member("mcpfuzz", scenarios.Of(true)))))
		}
	}
	return slices.DeleteFunc(list, s.allows)
}

// lured makes a generator that calls a tool once with each form of a group, in the
// place of a text that looks like one of some things; of any text where none is given.
func lured(id, name, doc, right string, group scenarios.CanaryGroup, looks ...scenarios.Look) Generator {
	return Generator{
		ID: id, Name: name, Doc: doc, Right: right,
		Applies: func(s Subject) bool {
			return s.Feature == scenarios.FeatureTool && s.has(looking(looks)) || s.addressed(group)
		},
		Steps: func(d *Draw, s Subject) []scenarios.Step {
			args, list := s.places(d, looking(looks))
			if s.addressed(group) {
				list = []site{{}}
			}
			return s.lures(d, name, args, inTurn(d, list), group)
		},
	}
}

// addressed reports whether a resource is asked for by an address that the forms of a
// group may stand in the place of.
func (s Subject) addressed(group scenarios.CanaryGroup) bool {
	return s.Feature == scenarios.FeatureResource && group == scenarios.CanaryAddress
}

// lures are calls with each form of a group in one place, behind the plain ones of them.
func (s Subject) lures(d *Draw, name string, args scenarios.Value, at site, group scenarios.CanaryGroup) []scenarios.Step {
	var steps []scenarios.Step
	for _, form := range formsOf(group) {
		steps = append(steps, s.changed(d, name, args, at, scenarios.Canary(form))...)
	}
	return steps
}

// formsOf are the names of a group's forms; those come first by which the others are told
// from what a server lets through anyway.
func formsOf(group scenarios.CanaryGroup) []string {
	var plain, forms []string
	for _, form := range scenarios.CanaryForms() {
		if form.Group != group {
			continue
		}
		if p, ok := form.Plain(); ok && p.Group != group && !slices.Contains(plain, p.Name) {
			plain = append(plain, p.Name)
		}
		forms = append(forms, form.Name)
	}
	return append(plain, forms...)
}

// looking fits places of texts that look like one of several things; where none is given,
// of all that may be any text.
func looking(looks []scenarios.Look) func(site) bool {
	return func(x site) bool {
		if !x.schema.is("string") || x.schema.has("enum") || x.schema.has("const") {
			return false
		}
		format := x.schema.text("format")
		return len(looks) == 0 && format == "" || slices.ContainsFunc(looks, func(l scenarios.Look) bool {
			return scenarios.LooksLike(l, x.named(), x.schema.text("description"), format)
		})
	}
}

// named is the name of a place, for an item of a list that of the list.
func (x site) named() string {
	parts := strings.Split(x.pointer, "/")
	for i := len(parts) - 1; i > 0; i-- {
		if _, err := strconv.Atoi(parts[i]); err != nil {
			return parts[i]
		}
	}
	return ""
}
