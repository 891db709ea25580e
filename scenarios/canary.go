package scenarios

import (
	"path/filepath"
	"strings"
)

// Plot is where harmless things lie, planted for one value of a case, that a server
// must not reach.
type Plot struct {
	// Word is part of every name and address of the plot, and of no other.
	Word string
	// Root is the folder that the server may use. Outside and Sibling are folders
	// that lie beside it; as text, the path of the latter starts with that of the
	// root.
	Root, Outside, Sibling string
	// Link, SiblingLink and FileLink are names of links in the root: to Outside, to
	// Sibling, and to the file in Outside.
	Link, SiblingLink, FileLink string
	// Port is where calls are waited for on the loopback.
	Port string
}

// The names in a plot: of a file that is there, and of one that is not.
const (
	CanaryFile = "canary.txt"
	freshFile  = "new.txt"
)

// CanaryForm is a way to write where a plot lies: what a $canary expression with its
// name stands for.
type CanaryForm struct {
	Name  string
	Group CanaryGroup
	// Doc says in a few words what is written.
	Doc string
	// Text writes it.
	Text func(Plot) string
}

// CanaryGroup is what forms have in common: what they are tried on.
type CanaryGroup uint8

// The groups.
const (
	CanaryUnset CanaryGroup = iota
	// CanaryOutside are paths that lead out of the root, CanaryDisguised such as do
	// so in another spelling, CanaryFresh those of files that are not there yet.
	CanaryOutside
	CanaryDisguised
	CanaryFresh
	// CanaryLinked are paths that lead out through a link in the root.
	CanaryLinked
	// CanaryAddress are whole addresses of files, CanaryInward addresses of the
	// loopback.
	CanaryAddress
	CanaryInward
	// CanaryShell are commands in the text of something else, CanaryTemplate code in
	// the languages of templates.
	CanaryShell
	CanaryTemplate
	// CanaryClimbing are ids that climb out of the place in an address that they are put
	// into.
	CanaryClimbing
	// CanaryArgument are texts that are an option of a program, or several arguments
	// where they are split.
	CanaryArgument
	// CanaryWord is a word that leads nowhere, and shows where it was taken.
	CanaryWord
)

// IsPath reports whether the forms of a group lead to files.
func (g CanaryGroup) IsPath() bool {
	return g == CanaryOutside || g == CanaryDisguised || g == CanaryFresh || g == CanaryLinked || g == CanaryAddress
}

// Runs reports whether the forms of a group act where they are run.
func (g CanaryGroup) Runs() bool { return g == CanaryShell || g == CanaryTemplate }

// CanaryOption is the option of a program that a word makes.
func CanaryOption(word string) string { return "--" + word }

// Planted is what became of a plot.
type Planted struct {
	Form CanaryForm
	Word string
	// Secrets stand in what was planted, and in nothing that was sent.
	Secrets []string
	// Changed says what was made, changed or removed outside of the root, "" for
	// nothing.
	Changed string
	// Called: a request came in for it.
	Called bool
	// Asked: the address of a request that came in holds it, Passed: what was sent with it
	// does.
	Asked, Passed bool
	// Started are the argument lists in which it stands that stand-ins were started with.
	Started [][]string
}

// CanaryForms returns all forms, by group.
func CanaryForms() []CanaryForm {
	return append(pathForms(), actingForms()...)
}

// CanaryOf returns the form of that name.
func CanaryOf(name string) (CanaryForm, bool) {
	for _, f := range CanaryForms() {
		if f.Name == name {
			return f, true
		}
	}
	return CanaryForm{}, false
}

// plainer are forms and the plain one of each, that leads to the same: who keeps that out
// and lets these through has a bound that does not hold.
var plainer = map[string]string{
	"climbing": "absolute", "folder-climbing": "folder", "fresh-climbing": "fresh", "sibling-climbing": "sibling",
	"encoded": "climbing", "encoded-twice": "climbing", "doubled": "climbing", "nul": "absolute",
	"any-address": "loopback", "short-address": "loopback", "number-address": "loopback", "mapped-address": "loopback", "user-address": "loopback",
}

// Plain returns the plain form of the same, false where there is none.
func (f CanaryForm) Plain() (CanaryForm, bool) {
	name, ok := plainer[f.Name]
	if !ok {
		return CanaryForm{}, false
	}
	return CanaryOf(name)
}

// CanariesOf are the forms that a case names, in order; what is named and is none is
// left out.
func CanariesOf(c Case) []CanaryForm {
	var forms []CanaryForm
	for _, step := range c.Steps {
		lines := []Step{step}
		if burst, ok := step.(Burst); ok {
			lines = burst.Lines
		}
		for _, line := range lines {
			for _, ref := range valueOf(line).Refs() {
				if form, ok := CanaryOf(ref.Arg); ok && ref.Op == RefCanary {
					forms = append(forms, form)
				}
			}
		}
	}
	return forms
}

// climbs leads to the top from anywhere, with a separator: deeper than any folder that
// servers work in.
func climbs(up string) string { return strings.Repeat(up, 24) }

// below is a path from the top of its volume, with slashes.
func below(path string) string {
	return strings.TrimPrefix(filepath.ToSlash(path[len(filepath.VolumeName(path)):]), "/")
}

// pathForms lead to files and folders.
func pathForms() []CanaryForm {
	file := func(p Plot) string { return filepath.Join(p.Outside, CanaryFile) }
	fromRoot := func(p Plot) string {
		rel, _ := filepath.Rel(p.Root, p.Outside) // both are whole paths on one volume
		return filepath.ToSlash(rel)
	}
	escaped := strings.NewReplacer("/", "%2f", ".", "%2e")
	return []CanaryForm{
		{"absolute", CanaryOutside, "the whole path of a file", file},
		{"climbing", CanaryOutside, "up to the top, and down to a file", func(p Plot) string { return climbs("../") + below(file(p)) }},
		{"root-climbing", CanaryOutside, "the root, and out of it", func(p Plot) string { return p.Root + "/" + fromRoot(p) + "/" + CanaryFile }},
		{"sibling", CanaryOutside, "a file in a folder whose path starts as that of the root does", func(p Plot) string { return filepath.Join(p.Sibling, CanaryFile) }},
		{"sibling-climbing", CanaryOutside, "the same from the root", func(p Plot) string {
			return "../" + filepath.Base(filepath.Dir(p.Sibling)) + "/" + filepath.Base(p.Sibling) + "/" + CanaryFile
		}},
		{"folder", CanaryOutside, "the whole path of a folder", func(p Plot) string { return p.Outside }},
		{"folder-climbing", CanaryOutside, "up to the top, and down to a folder", func(p Plot) string { return climbs("../") + below(p.Outside) }},
		{"encoded", CanaryDisguised, "the way up percent-encoded", func(p Plot) string { return climbs("%2e%2e%2f") + escaped.Replace(below(file(p))) }},
		{"encoded-twice", CanaryDisguised, "the same encoded twice", func(p Plot) string {
			return climbs("%252e%252e%252f") + strings.ReplaceAll(escaped.Replace(below(file(p))), "%", "%25")
		}},
		{"doubled", CanaryDisguised, "a way up that is left when one is taken out", func(p Plot) string { return climbs("....//") + below(file(p)) }},
		{"backslashes", CanaryDisguised, "the way up as Windows writes it", func(p Plot) string {
			return climbs(`..\`) + strings.ReplaceAll(below(file(p)), "/", `\`)
		}},
		{"nul", CanaryDisguised, "a NUL behind the path, and another ending", func(p Plot) string { return file(p) + "\x00.png" }},
		{"fresh", CanaryFresh, "the whole path of a file that is not there", func(p Plot) string { return filepath.Join(p.Outside, freshFile) }},
		{"fresh-climbing", CanaryFresh, "up to the top, and down to a file that is not there", func(p Plot) string { return climbs("../") + below(p.Outside) + "/" + freshFile }},
		{"fresh-sibling", CanaryFresh, "a file that is not in that sibling", func(p Plot) string { return filepath.Join(p.Sibling, freshFile) }},
		{"link", CanaryLinked, "a file through a link in the root", func(p Plot) string { return filepath.Join(p.Root, p.Link, CanaryFile) }},
		{"link-relative", CanaryLinked, "the same, from the root", func(p Plot) string { return p.Link + "/" + CanaryFile }},
		{"link-file", CanaryLinked, "a link in the root that is one to a file", func(p Plot) string { return filepath.Join(p.Root, p.FileLink) }},
		{"link-sibling", CanaryLinked, "a file of that sibling through a link in the root", func(p Plot) string { return filepath.Join(p.Root, p.SiblingLink, CanaryFile) }},
		{"fresh-link", CanaryLinked, "a file that is not there, through a link in the root", func(p Plot) string { return filepath.Join(p.Root, p.Link, freshFile) }},
		{"file-address", CanaryAddress, "the address of a file", func(p Plot) string { return "file:///" + below(file(p)) }},
		{"file-address-climbing", CanaryAddress, "an address that climbs out of the root", func(p Plot) string {
			return "file:///" + below(p.Root) + "/" + fromRoot(p) + "/" + CanaryFile
		}},
		{"file-address-encoded", CanaryAddress, "the same percent-encoded", func(p Plot) string {
			return "file:///" + below(p.Root) + "/" + escaped.Replace(fromRoot(p)) + "/" + CanaryFile
		}},
	}
}

// actingForms are addresses that are called, and texts that are run.
func actingForms() []CanaryForm {
	at := func(host string) func(Plot) string {
		return func(p Plot) string { return "http://" + host + ":" + p.Port + "/" + p.Word }
	}
	touching := func(before, after string) func(Plot) string {
		return func(p Plot) string { return before + filepath.Join(p.Outside, freshFile) + after }
	}
	return []CanaryForm{
		{"loopback", CanaryInward, "an address of the loopback", at("127.0.0.1")},
		{"localhost", CanaryInward, "the same by its name", at("localhost")},
		{"any-address", CanaryInward, "the address of all that listens", at("0.0.0.0")},
		{"short-address", CanaryInward, "the loopback in short", at("127.1")},
		{"number-address", CanaryInward, "the loopback as a number", at("2130706433")},
		{"mapped-address", CanaryInward, "the loopback as an address of IPv6", at("[::ffff:127.0.0.1]")},
		{"user-address", CanaryInward, "the loopback behind what looks like a host", at("example.com@127.0.0.1")},
		{"substitution", CanaryShell, "a command in $()", touching("x$(touch ", ")")},
		{"backticks", CanaryShell, "a command in backticks", touching("x`touch ", "`")},
		{"separator", CanaryShell, "a command behind a semicolon", touching("x;touch ", ";")},
		{"pipe", CanaryShell, "a command behind a pipe", touching("x|touch ", "")},
		{"ampersand", CanaryShell, "a command behind an ampersand", touching("x & echo x > ", "")},
		{"new-line", CanaryShell, "a command on a line of its own", touching("x\ntouch ", "\n")},
		{"quote", CanaryShell, "a command behind a quotation mark", touching(`x"; touch `, `; "`)},
		{"apostrophe", CanaryShell, "a command behind an apostrophe", touching("x'; touch ", "; '")},
		{"jinja", CanaryTemplate, "code in the language of Jinja", touching("{{ cycler.__init__.__globals__.os.popen('touch ", "').read() }}")},
		{"ejs", CanaryTemplate, "code in the language of EJS", touching("<%= process.mainModule.require('fs').writeFileSync('", "', '') %>")},
		{"dollar", CanaryTemplate, "code in a template of JavaScript", touching("${process.mainModule.require('fs').writeFileSync('", "', '')}")},
		{"erb", CanaryTemplate, "code in the language of ERB", touching("<%= File.write('", "', '') %>")},
		{"climbing-id", CanaryClimbing, "the way up, and down to another thing", func(p Plot) string { return climbs("../") + p.Word }},
		{"question-id", CanaryClimbing, "an id with a question behind it", func(p Plot) string { return "x?" + p.Word + "=1" }},
		{"ampersand-id", CanaryClimbing, "an id with more of a question behind it", func(p Plot) string { return "x&" + p.Word + "=1" }},
		{"word", CanaryWord, "a word that nobody else has", func(p Plot) string { return p.Word }},
		{"option", CanaryArgument, "an option of a program", func(p Plot) string { return CanaryOption(p.Word) }},
		{"several", CanaryArgument, "several words, of which one is such an option", func(p Plot) string { return "x " + CanaryOption(p.Word) + " y" }},
		{"several-quoted", CanaryArgument, "the same between quotation marks that are closed", func(p Plot) string { return `x" ` + CanaryOption(p.Word) + ` "y` }},
		{"several-apostrophes", CanaryArgument, "the same between apostrophes that are closed", func(p Plot) string { return "x' " + CanaryOption(p.Word) + " 'y" }},
	}
}
