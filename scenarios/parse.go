package scenarios

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/tools/txtar"
)

// Parse reads the text form of a case. It is strict: an unknown section, key
// or word is an error that says where it stands (a *LineError) and what may be
// meant.
func Parse(src []byte) (Case, error) {
	c, err := parse(src)
	if err != nil {
		return Case{}, err
	}
	return c, c.Check()
}

func parse(src []byte) (Case, error) {
	archive := txtar.Parse(src)
	p := parser{seen: map[string]bool{}}
	p.c.Note = strings.TrimSpace(string(archive.Comment))
	at := 1 + bytes.Count(archive.Comment, []byte("\n"))
	for _, f := range archive.Files {
		read, ok := sections[f.Name]
		switch {
		case !ok:
			return Case{}, lineError(at, fmt.Errorf("there is no section %q%s", f.Name, closest(f.Name, []string{"scenario", "steps", "finding"})))
		case p.seen[f.Name]:
			return Case{}, lineError(at, fmt.Errorf("the section %q stands twice", f.Name))
		}
		p.seen[f.Name] = true
		lines := strings.Split(strings.TrimSuffix(string(f.Data), "\n"), "\n")
		if err := read(&p, lines, at+1); err != nil {
			return Case{}, err
		}
		at += 1 + bytes.Count(f.Data, []byte("\n"))
	}
	for _, name := range []string{"scenario", "steps"} {
		if !p.seen[name] {
			return Case{}, fmt.Errorf("the section \"-- %s --\" is missing", name)
		}
	}
	return p.c, nil
}

// LineError is what is wrong at a line of a scenario's text, counted from 1.
type LineError struct {
	Line int
	Err  error
}

// Error names the line.
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns what is wrong there.
func (e *LineError) Unwrap() error { return e.Err }

func lineError(at int, err error) error { return &LineError{at, err} }

// parser holds the case that is being read.
type parser struct {
	c    Case
	seen map[string]bool
}

// sections are the readers of the sections, by name.
var sections = map[string]func(*parser, []string, int) error{
	"scenario": (*parser).scenario,
	"steps":    (*parser).steps,
	"finding":  (*parser).finding,
}

// scenarioKeys and findingKeys are the readers of a section's lines, by key.
var (
	scenarioKeys = map[string]func(*parser, string) error{
		"format":   (*parser).format,
		"name":     func(p *parser, v string) error { p.c.Name = v; return nil },
		"protocol": func(p *parser, v string) error { p.c.Protocol = v; return nil },
		"deadline": (*parser).deadline,
		"origin":   (*parser).origin,
	}
	findingKeys = map[string]func(*parser, string) error{
		"signature": (*parser).signature,
		"step":      func(p *parser, v string) error { p.c.Finding.Step = v; return nil },
	}
)

func (p *parser) scenario(lines []string, at int) error {
	return p.keyed(scenarioKeys, lines, at, "format", "name")
}

func (p *parser) finding(lines []string, at int) error {
	p.c.Finding = &Mark{}
	return p.keyed(findingKeys, lines, at, "signature", "step")
}

// keyed reads "key: value" lines, each key at most once and the needed ones
// present.
func (p *parser) keyed(keys map[string]func(*parser, string) error, lines []string, at int, needed ...string) error {
	had := map[string]bool{}
	for i, l := range lines {
		if isBlank(l) {
			continue
		}
		key, value, ok := strings.Cut(l, ":")
		read, known := keys[key]
		switch {
		case !ok:
			return lineError(at+i, fmt.Errorf("want KEY: VALUE, not %.40q", l))
		case !known:
			return lineError(at+i, fmt.Errorf("there is no key %q%s", key, closest(key, keysOf(keys))))
		case had[key]:
			return lineError(at+i, fmt.Errorf("the key %q stands twice", key))
		}
		had[key] = true
		if err := read(p, strings.TrimSpace(value)); err != nil {
			return lineError(at+i, fmt.Errorf("%s: %w", key, err))
		}
	}
	for _, key := range needed {
		if !had[key] {
			return lineError(at, fmt.Errorf("the key %q is missing", key))
		}
	}
	return nil
}

// isBlank reports whether a line says nothing: it is empty or a comment.
func isBlank(l string) bool {
	l = strings.TrimSpace(l)
	return l == "" || strings.HasPrefix(l, "#")
}

func (p *parser) format(v string) error {
	number, ok := strings.CutPrefix(v, formatName)
	n, err := strconv.Atoi(number)
	switch {
	case !ok || err != nil || n < 1:
		return fmt.Errorf("want %s%d, not %q", formatName, formatVersion, v)
	case n > formatVersion:
		return fmt.Errorf("%s is newer than this program reads (%s%d); use a newer mcpfuzz", v, formatName, formatVersion)
	}
	return nil
}

func (p *parser) deadline(v string) (err error) {
	p.c.Deadline, err = time.ParseDuration(v)
	return err
}

func (p *parser) origin(v string) error {
	fields := strings.SplitN(v, " ", 3)
	if len(fields) != 3 {
		return fmt.Errorf("want SEED INDEX CLASS")
	}
	var err error
	if p.c.Origin.Seed, err = strconv.ParseUint(fields[0], 10, 64); err != nil {
		return fmt.Errorf("the seed is no number: %q", fields[0])
	}
	if p.c.Origin.Index, err = strconv.Atoi(fields[1]); err != nil {
		return fmt.Errorf("the index is no number: %q", fields[1])
	}
	p.c.Origin.Class, err = wholeWord(fields[2])
	return err
}

func (p *parser) signature(v string) (err error) {
	p.c.Finding.Signature, err = wholeWord(v)
	return err
}

// wholeWord reads a word or a quoted one, and nothing after it.
func wholeWord(v string) (string, error) {
	l := lexer{rest: v}
	w, err := l.word()
	if err == nil && l.rest != "" {
		err = fmt.Errorf("%.40q follows the word", l.rest)
	}
	return w, err
}

func (p *parser) steps(lines []string, at int) error {
	for i := 0; i < len(lines); i++ {
		if isBlank(lines[i]) {
			continue
		}
		start := i
		block := []string{lines[i]}
		for i+1 < len(lines) && strings.HasPrefix(lines[i+1], "\t") {
			i++
			block = append(block, lines[i][1:])
		}
		step, bad, err := parseStep(block)
		if err != nil {
			return lineError(at+start+bad, err)
		}
		p.c.Steps = append(p.c.Steps, step)
	}
	return nil
}

// parseStep reads a step and the indented lines under it; bad is the line of
// an error.
func parseStep(block []string) (step Step, bad int, err error) {
	step, err = parseLine(block[0])
	if err != nil {
		return nil, 0, err
	}
	b, isBurst := step.(Burst)
	if !isBurst && len(block) > 1 {
		return nil, 1, fmt.Errorf("only a burst has indented lines")
	}
	if !isBurst {
		return step, 0, nil
	}
	for i, l := range block[1:] {
		if isBlank(l) {
			continue
		}
		inner, err := parseLine(l)
		if err != nil {
			return nil, i + 1, err
		}
		b.Lines = append(b.Lines, inner)
	}
	return b, 0, nil
}
