package scenarios

import (
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dlclark/regexp2"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// MaxPattern is how many bytes of a published pattern are read: to compile a
// longer one may take for ever.
const MaxPattern = 4 << 10

// The limits of published patterns: the time of one match, how often a pattern
// may use that up before it is not asked again, and how often all patterns of a
// catalogue may before none is.
const (
	patternLimit   = 100 * time.Millisecond
	patternStrikes = 3
	maxStrikes     = 50
)

// strikes counts the matches of a catalogue's patterns that used their time up.
// It is safe for concurrent use.
type strikes struct{ n atomic.Int32 }

// foreignSyntax is what patterns hold that were written for another engine
// than ECMAScript's, which would read it as something else: \A, \Z, \Q..\E,
// [[:alpha:]], &&, {,3}, (?i), and halves of surrogate pairs.
var foreignSyntax = regexp.MustCompile(`(?:^|[^\\])(?:\\\\)*(?:` +
	`\\[AaCEeFGgHhIijKlLMmNOoQqRTUVXyYZz]|\\u[dD][89A-Fa-f]|\[\[:|&&|\{,[0-9]|\(\?[^:=!<])`)

// judgeable reports whether a published pattern can be matched as it is meant.
func judgeable(text string) bool {
	if len(text) > MaxPattern || foreignSyntax.MatchString(text) {
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
	// own counts this pattern's strikes, all the catalogue's.
	own, all *strikes
}

// errUnclear is what a match panics with that cannot be told in time, or that
// depends on whose engine the server has: nobody is blamed for either.
type errUnclear struct{}

func (s *strikes) compilePattern(text string) (jsonschema.Regexp, error) {
	exact, err := regexp2.Compile(text, ecma)
	if err != nil {
		return nil, err
	}
	exact.MatchTimeout = patternLimit
	p := &pattern{text: text, exact: exact, own: new(strikes), all: s}
	if wide, err := regexp2.Compile(text, regexp2.None); err == nil {
		wide.MatchTimeout = patternLimit
		p.wide = wide
	}
	return p, nil
}

func (p *pattern) String() string { return p.text }

func (p *pattern) MatchString(s string) bool {
	ok := p.match(p.exact, s)
	if p.wide != nil && strings.ContainsFunc(s, dependent) && p.match(p.wide, s) != ok {
		panic(errUnclear{})
	}
	return ok
}

// dependent reports whether engines may differ on a character.
func dependent(r rune) bool { return r >= 0x80 || r == '\n' }

func (p *pattern) match(re *regexp2.Regexp, s string) bool {
	if p.own.n.Load() >= patternStrikes || p.all.n.Load() >= maxStrikes {
		panic(errUnclear{})
	}
	ok, err := re.MatchString(s)
	if err != nil {
		p.own.n.Add(1)
		p.all.n.Add(1)
		panic(errUnclear{})
	}
	return ok
}
