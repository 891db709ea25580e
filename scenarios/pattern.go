package scenarios

import (
	"regexp"
	"strings"
	"time"

	"github.com/dlclark/regexp2"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// patternLimit bounds one match of a published pattern.
const patternLimit = 100 * time.Millisecond

// foreignSyntax is what patterns hold that were written for another engine
// than ECMAScript's, which would read it as something else: \A, \Z, \Q..\E,
// [[:alpha:]], &&, {,3}, (?i), and halves of surrogate pairs.
var foreignSyntax = regexp.MustCompile(`(?:^|[^\\])(?:\\\\)*(?:` +
	`\\[AaCEeFGgHhIijKlLMmNOoQqRTUVXyYZz]|\\u[dD][89A-Fa-f]|\[\[:|&&|\{,[0-9]|\(\?[^:=!<])`)

// judgeable reports whether a published pattern can be matched as it is meant.
func judgeable(text string) bool {
	if foreignSyntax.MatchString(text) {
		return false
	}
	_, err := regexp2.Compile(text, ecma)
	return err == nil
}

const ecma = regexp2.ECMAScript | regexp2.Unicode

// pattern is a compiled pattern, as ECMAScript reads it and, where it can be
// read so, as engines do whose \w and \d know all of Unicode and whose $ stands
// before a last newline too.
type pattern struct {
	text  string
	exact *regexp2.Regexp
	wide  *regexp2.Regexp
}

// errUnclear is what a match panics with that cannot be told in time, or that
// depends on whose engine the server has: nobody is blamed for either.
type errUnclear struct{}

func compilePattern(text string) (jsonschema.Regexp, error) {
	exact, err := regexp2.Compile(text, ecma)
	if err != nil {
		return nil, err
	}
	exact.MatchTimeout = patternLimit
	p := &pattern{text: text, exact: exact}
	if wide, err := regexp2.Compile(text, regexp2.None); err == nil {
		wide.MatchTimeout = patternLimit
		p.wide = wide
	}
	return p, nil
}

func (p *pattern) String() string { return p.text }

func (p *pattern) MatchString(s string) bool {
	ok := match(p.exact, s)
	if p.wide != nil && strings.ContainsFunc(s, dependent) && match(p.wide, s) != ok {
		panic(errUnclear{})
	}
	return ok
}

// dependent reports whether engines may differ on a character.
func dependent(r rune) bool { return r >= 0x80 || r == '\n' }

func match(re *regexp2.Regexp, s string) bool {
	ok, err := re.MatchString(s)
	if err != nil {
		panic(errUnclear{})
	}
	return ok
}
