package record

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

// ExcerptSize is how much of what was sent or received a finding shows.
const ExcerptSize = 4 << 10

// Hidden is what must not be written.
type Hidden struct {
	// Secrets are values by the name that is written in their place.
	Secrets map[string]string
	// Root is the scratch folder that a target works in; "" for none.
	Root string
	// Plain are words of command lines that are no secrets wherever they stand.
	Plain []string
}

// Redactor keeps secrets, and folders of this machine, out of what is written:
// a secret is written as ${NAME}, the working folder as $PWD, the home folder
// as $HOME, the scratch folder as $ROOT. It is safe for concurrent use; a nil
// Redactor changes nothing.
type Redactor struct {
	// learning is held while something more is learnt.
	learning sync.Mutex
	known    atomic.Pointer[known]
	// plain are words that are no secrets wherever they stand.
	plain []string
}

// known is what must not be written. It is immutable.
type known struct {
	marks []mark
	// names are the names of the secrets by their values.
	names map[string]string
}

// mark is a text that must not be written, and the variable that is written in
// its place.
type mark struct {
	old, name string
	folder    bool
	// least is how many bytes of its beginning, or of its end, are hidden too,
	// where the text was cut after them, or before.
	least int
}

// NewRedactor makes a redactor.
func NewRedactor(h Hidden) *Redactor {
	k := known{names: map[string]string{}}
	for _, name := range sortedNames(h.Secrets) {
		k.secret(name, h.Secrets[name])
	}
	k.folder("ROOT", h.Root)
	if dir, err := os.Getwd(); err == nil {
		k.folder("PWD", dir)
	}
	if dir, err := os.UserHomeDir(); err == nil {
		k.folder("HOME", dir)
	}
	k.sort()
	r := &Redactor{plain: h.Plain}
	r.known.Store(&k)
	return r
}

// sort puts the longest first, so that what lies inside another keeps its own name.
func (k *known) sort() {
	slices.SortStableFunc(k.marks, func(a, b mark) int { return len(b.old) - len(a.old) })
}

// Learn hides more values, under one name, from now on: keys that became known while
// what they open was used.
func (r *Redactor) Learn(name string, values []string) {
	r.learning.Lock()
	defer r.learning.Unlock()
	old := r.known.Load()
	k := known{marks: slices.Clone(old.marks), names: maps.Clone(old.names)}
	for _, v := range values {
		k.secret(name, v)
	}
	k.sort()
	r.known.Store(&k)
}

// The length below which a value is no secret but a word that stands
// everywhere, and the length from which half of it is one too.
const (
	minSecret  = 4
	longSecret = 16
)

// secret hides a value in all forms in which it may come back.
func (k *known) secret(name, value string) {
	if _, has := k.names[value]; has {
		return
	}
	k.names[value] = name
	if len(value) < minSecret || value == "true" || value == "false" || value == "null" {
		return
	}
	for _, form := range forms(value) {
		least := len(form)
		if least >= longSecret {
			least /= 2
		}
		k.marks = append(k.marks, mark{old: form, name: name, least: least})
	}
}

// folder hides a folder, also by the name that its links lead to.
func (k *known) folder(name, dir string) {
	dirs := []string{filepath.Clean(dir)}
	if real, err := filepath.EvalSymlinks(dir); err == nil && real != dirs[0] {
		dirs = append(dirs, real)
	}
	for _, d := range dirs {
		if filepath.IsAbs(d) && d != filepath.Dir(d) {
			k.marks = append(k.marks, mark{old: d, name: name, folder: true, least: len(d)})
		}
	}
}

// piece is plain text or, where it has a name, what must not be written.
type piece struct {
	text, name string
	folder     bool
}

// String is the piece as it is written.
func (p piece) String() string {
	switch {
	case p.name == "":
		return p.text
	case p.folder:
		return "$" + p.name
	}
	return "${" + p.name + "}"
}

// String replaces what must not be written.
func (r *Redactor) String(s string) string {
	if r == nil {
		return s
	}
	return word(r.known.Load().pieces(piece{text: s})).String()
}

// pieces parts plain text at all that must not be written.
func (k *known) pieces(whole piece) []piece {
	list := k.begun(whole)
	for _, m := range k.marks {
		if slices.ContainsFunc(list, func(p piece) bool { return p.name == "" && strings.Contains(p.text, m.old[:m.least]) }) {
			list = m.cut(list)
		}
	}
	return list
}

// begun parts a text at the end of a secret that it starts with: what is kept of
// a long output may have been cut anywhere.
func (k *known) begun(whole piece) []piece {
	for _, m := range k.marks {
		for n := len(m.old) - 1; n >= m.least; n-- {
			if strings.HasPrefix(whole.text, m.old[len(m.old)-n:]) {
				return []piece{{whole.text[:n], m.name, m.folder}, {text: whole.text[n:]}}
			}
		}
	}
	return []piece{whole}
}

// cut parts the plain pieces of a list at what one mark hides.
func (m mark) cut(list []piece) []piece {
	var parts []piece
	for _, p := range list {
		for p.name == "" {
			start, end := m.find(p.text)
			if start < 0 {
				break
			}
			parts = append(parts, piece{text: p.text[:start]}, piece{p.text[start:end], m.name, m.folder})
			p.text = p.text[end:]
		}
		parts = append(parts, p)
	}
	return parts
}

// find returns where a text holds the mark, or -1.
func (m mark) find(s string) (start, end int) {
	from := 0
	for {
		i := strings.Index(s[from:], m.old[:m.least])
		if i < 0 {
			return -1, -1
		}
		start, end = from+i, from+i+m.least
		for end < len(s) && end-start < len(m.old) && s[end] == m.old[end-start] {
			end++
		}
		switch {
		case m.folder && !isWholePath(s, start, end), end-start < len(m.old) && !isCut(s[end:]):
			from = start + 1
		default:
			return start, end
		}
	}
}

// isCut reports whether a text that goes on like this may have been cut there.
func isCut(rest string) bool {
	return rest == "" || strings.HasPrefix(rest, `"`) || strings.HasPrefix(rest, "...")
}

// isWholePath reports whether the folder at s[start:end] is not a part of a
// longer name.
func isWholePath(s string, start, end int) bool {
	if start > 0 && isNameByte(s[start-1]) {
		return false
	}
	rest := strings.TrimLeft(s[end:], ".")
	return rest == "" || !isNameByte(rest[0])
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c >= utf8.RuneSelf
}

// Excerpt makes at most limit bytes of readable text of what went over the
// wire: valid UTF-8 stays, other bytes and control characters are written as
// \xNN. It reports whether something was cut off.
func (r *Redactor) Excerpt(b []byte, limit int) (string, bool) {
	text := readable(r.String(string(b)))
	if len(text) <= limit {
		return text, false
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit], true
}

// readable writes bytes so that they can be read and harm no terminal.
func readable(s string) string {
	var out strings.Builder
	for len(s) > 0 {
		c, size := utf8.DecodeRuneInString(s)
		switch {
		case c == utf8.RuneError && size == 1, c < ' ' && c != '\n' && c != '\t', c == 0x7f:
			fmt.Fprintf(&out, `\x%02x`, s[0])
		case c >= 0x80 && c < 0xa0, c >= 0x202a && c <= 0x202e, c >= 0x2066 && c <= 0x2069:
			fmt.Fprintf(&out, `\u%04x`, c)
		default:
			out.WriteString(s[:size])
		}
		s = s[size:]
	}
	return out.String()
}

func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
