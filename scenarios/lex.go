package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// stepReaders read what follows the first word of a step's line, by that word.
var stepReaders = map[string]func(*lexer) (Step, error){
	"call":       lexCall,
	"request":    lexRequest,
	"notify":     lexNotify,
	"burst":      lexBurst,
	"raw":        lexRaw,
	"open":       lexOpen,
	"answer":     lexAnswer,
	"cancel":     lexCancel,
	"revoke":     lexRevoke,
	"disconnect": lexDisconnect,
	"fetch":      lexFetch,
	"pause":      lexPause,
	"gen":        lexGen,
}

func keysOf[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// parseLine reads one step.
func parseLine(text string) (Step, error) {
	l := &lexer{rest: text}
	first, _, _ := strings.Cut(text, " ")
	read, ok := stepReaders[first]
	if !ok {
		return nil, fmt.Errorf("%.40q is no step%s", first, closest(first, keysOf(stepReaders)))
	}
	l.rest = text[len(first):]
	step, err := read(l)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", first, err)
	}
	if l.space(); l.rest != "" {
		return nil, fmt.Errorf("%s: %.40q follows the step", first, l.rest)
	}
	return step, nil
}

// lexer reads a line from left to right.
type lexer struct{ rest string }

func (l *lexer) space() { l.rest = strings.TrimLeft(l.rest, " ") }

// word reads a plain or a quoted word.
func (l *lexer) word() (string, error) {
	l.space()
	if strings.HasPrefix(l.rest, `"`) {
		return l.quoted()
	}
	n := 0
	for n < len(l.rest) && wordByte(l.rest[n]) {
		n++
	}
	if n == 0 {
		if l.rest == "" {
			return "", fmt.Errorf("a word is missing")
		}
		return "", fmt.Errorf("%.20q must be quoted", l.rest)
	}
	w := l.rest[:n]
	l.rest = l.rest[n:]
	return w, l.gap()
}

func (l *lexer) quoted() (string, error) {
	l.space()
	token, err := strconv.QuotedPrefix(l.rest)
	if err != nil || token[0] != '"' {
		return "", fmt.Errorf("want a string in double quotes at %.20q", l.rest)
	}
	l.rest = l.rest[len(token):]
	text, err := strconv.Unquote(token)
	if err != nil {
		return "", fmt.Errorf("%s is no Go string", token)
	}
	return text, l.gap()
}

// gap wants a space, or the end of the line.
func (l *lexer) gap() error {
	if l.rest != "" && l.rest[0] != ' ' {
		return fmt.Errorf("want a space before %.20q", l.rest)
	}
	return nil
}

func (l *lexer) int() (int, error) {
	w, err := l.word()
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(w)
	if err != nil {
		return 0, fmt.Errorf("%q is no whole number", w)
	}
	return n, nil
}

// value reads the JSON at the end of the line; absent when there is none.
func (l *lexer) value() (Value, error) {
	l.space()
	if l.rest == "" {
		return Value{}, nil
	}
	v, err := ParseValue([]byte(l.rest))
	l.rest = ""
	return v, err
}

// attrReaders set one attribute, by its key.
var attrReaders = map[string]func(*Attrs, string) error{
	"want":      (*Attrs).setWant,
	"mutant":    func(a *Attrs, v string) error { return setOnce(&a.Mutant, v) },
	"as":        func(a *Attrs, v string) error { return setOnce(&a.As, v) },
	"session":   func(a *Attrs, v string) error { return setOnce(&a.Session, v) },
	"id":        func(a *Attrs, v string) error { return setOnce(&a.ID, v) },
	"header":    func(a *Attrs, v string) error { a.Headers = append(a.Headers, v); return nil },
	"verb":      func(a *Attrs, v string) error { return setOnce(&a.Verb, v) },
	"handshake": func(a *Attrs, v string) error { return setOnce(&a.Handshake, v) },
	"can":       (*Attrs).setCan,
	"retry":     (*Attrs).setRetry,
	"protocol":  func(a *Attrs, v string) error { return setOnce(&a.Protocol, v) },
}

func setOnce(to *string, v string) error {
	if *to != "" {
		return fmt.Errorf("stands twice")
	}
	*to = v
	return nil
}

func (a *Attrs) setCan(v string) error {
	if !capability.MatchString(v) {
		return fmt.Errorf("%.40q is no capability; want letters", v)
	}
	a.Can = append(a.Can, v)
	return nil
}

func (a *Attrs) setRetry(v string) (err error) {
	a.Retry, err = parseRetry(v)
	return err
}

func (a *Attrs) setWant(v string) error {
	i := slices.Index(wantWords[:], v)
	if i <= 0 {
		return fmt.Errorf("%q is none of accept, reject, any", v)
	}
	a.Want = Want(i)
	return nil
}

// attrs reads attributes as long as there are any.
func (l *lexer) attrs() (a Attrs, err error) {
	for {
		l.space()
		n := 0
		for n < len(l.rest) && l.rest[n] >= 'a' && l.rest[n] <= 'z' {
			n++
		}
		if n == 0 || n == len(l.rest) || l.rest[n] != '=' {
			return a, nil
		}
		key := l.rest[:n]
		set, ok := attrReaders[key]
		if !ok {
			return a, fmt.Errorf("there is no attribute %q%s", key, closest(key, keysOf(attrReaders)))
		}
		l.rest = l.rest[n+1:]
		v, err := l.word()
		if err == nil {
			err = set(&a, v)
		}
		if err != nil {
			return a, fmt.Errorf("%s: %w", key, err)
		}
	}
}

// named reads NAME, attributes and JSON.
func (l *lexer) named() (name string, a Attrs, v Value, err error) {
	if name, err = l.word(); err != nil {
		return
	}
	if a, err = l.attrs(); err != nil {
		return
	}
	v, err = l.value()
	return
}

func lexCall(l *lexer) (Step, error) {
	name, a, v, err := l.named()
	return Call{Attrs: a, Tool: name, Args: v}, err
}

func lexRequest(l *lexer) (Step, error) {
	name, a, v, err := l.named()
	return Request{Attrs: a, Method: name, Params: v}, err
}

func lexNotify(l *lexer) (Step, error) {
	name, a, v, err := l.named()
	return Notify{Attrs: a, Method: name, Params: v}, err
}

func lexBurst(l *lexer) (Step, error) {
	n, err := l.int()
	if err != nil {
		return nil, err
	}
	a, err := l.attrs()
	return Burst{Attrs: a, N: n}, err
}

func lexRaw(l *lexer) (Step, error) {
	a, err := l.attrs()
	if err != nil {
		return nil, err
	}
	text, err := l.quoted()
	return Raw{Attrs: a, Bytes: text}, err
}

func lexOpen(l *lexer) (Step, error) {
	a, err := l.attrs()
	return Open{Attrs: a}, err
}

func lexAnswer(l *lexer) (Step, error) {
	name, err := l.word()
	if err != nil {
		return nil, err
	}
	v, err := l.value()
	return Answer{Method: name, Result: v}, err
}

func lexCancel(l *lexer) (Step, error) {
	n, err := l.int()
	return Cancel{Of: n}, err
}

func lexRevoke(l *lexer) (Step, error) {
	name, err := l.word()
	return Revoke{Name: name}, err
}

func lexDisconnect(l *lexer) (Step, error) {
	n, err := l.int()
	return Disconnect{Of: n}, err
}

func lexFetch(l *lexer) (Step, error) {
	n, err := l.int()
	if err != nil {
		return nil, err
	}
	a, err := l.attrs()
	return Fetch{Attrs: a, Of: n}, err
}

func lexPause(l *lexer) (Step, error) {
	w, err := l.word()
	if err != nil {
		return nil, err
	}
	d, err := time.ParseDuration(w)
	return Pause{For: d}, err
}

func lexGen(l *lexer) (Step, error) {
	class, err := l.word()
	if err != nil {
		return nil, err
	}
	n, err := l.int()
	return Gen{Class: class, N: n}, err
}
