package record

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// ExcerptSize is how much of what was sent or received a finding shows.
const ExcerptSize = 4 << 10

// Hidden is what must not be written.
type Hidden struct {
	// Secrets are values by the name that is written in their place.
	Secrets map[string]string
	// Args is the command line; values of flags that name a key, a token or a
	// secret are hidden.
	Args []string
	// Root is the scratch folder that a target works in; "" for none.
	Root string
}

// Redactor keeps secrets, and folders of this machine, out of what is written.
// It is immutable and safe for concurrent use; a nil Redactor changes nothing.
type Redactor struct{ pairs []pair }

type pair struct{ old, new string }

// minSecret is the length below which a value is no secret but a word that
// stands everywhere.
const minSecret = 4

// NewRedactor makes a redactor. The working folder and the home folder become
// $PWD and $HOME.
func NewRedactor(h Hidden) *Redactor {
	r := &Redactor{}
	for name, value := range h.Secrets {
		r.add(value, "${"+name+"}", minSecret)
	}
	for _, secret := range secretArgs(h.Args) {
		r.add(secret.old, secret.new, minSecret)
	}
	r.add(h.Root, "$ROOT", 2)
	if dir, err := os.Getwd(); err == nil {
		r.add(dir, "$PWD", 2)
	}
	if dir, err := os.UserHomeDir(); err == nil {
		r.add(dir, "$HOME", 2)
	}
	// The longest first, so that a folder inside another keeps its own name.
	slices.SortFunc(r.pairs, func(a, b pair) int {
		if len(a.old) != len(b.old) {
			return len(b.old) - len(a.old)
		}
		return strings.Compare(a.old, b.old)
	})
	return r
}

func (r *Redactor) add(old, new string, least int) {
	if len(old) >= least {
		r.pairs = append(r.pairs, pair{old, new})
	}
}

var secretName = regexp.MustCompile(`(?i)key|token|secret|password|credential`)

// secretArgs are the values of flags that name a secret, and credentials in
// URLs.
func secretArgs(args []string) []pair {
	var list []pair
	for i, a := range args {
		name, value, joined := strings.Cut(a, "=")
		switch {
		case strings.HasPrefix(a, "-") && secretName.MatchString(name) && joined:
			list = append(list, pair{value, "${" + strings.TrimLeft(name, "-") + "}"})
		case strings.HasPrefix(a, "-") && secretName.MatchString(name) && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-"):
			list = append(list, pair{args[i+1], "${" + strings.TrimLeft(name, "-") + "}"})
		}
		if u, err := url.Parse(a); err == nil && u.User != nil {
			list = append(list, pair{u.User.String(), "${credentials}"})
		}
	}
	return list
}

// String replaces what must not be written.
func (r *Redactor) String(s string) string {
	if r == nil {
		return s
	}
	for _, p := range r.pairs {
		s = replacePath(s, p)
	}
	return s
}

// replacePath replaces a text; a folder only where its name ends there.
func replacePath(s string, p pair) string {
	if !filepath.IsAbs(p.old) {
		return strings.ReplaceAll(s, p.old, p.new)
	}
	var b strings.Builder
	for {
		i := strings.Index(s, p.old)
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		rest := s[i+len(p.old):]
		b.WriteString(s[:i])
		if rest != "" && strings.IndexByte("/\\\"' \t\n:;,)]}", rest[0]) < 0 {
			b.WriteString(p.old)
		} else {
			b.WriteString(p.new)
		}
		s = rest
	}
}

// Excerpt makes at most limit bytes of readable text of what went over the
// wire: valid UTF-8 stays, other bytes and control characters are written as
// \xNN. It reports whether something was cut off.
func (r *Redactor) Excerpt(b []byte, limit int) (string, bool) {
	text := r.String(readable(b))
	if len(text) <= limit {
		return text, false
	}
	text = text[:limit]
	for len(text) > 0 && !utf8.ValidString(text[max(0, len(text)-utf8.UTFMax):]) {
		text = text[:len(text)-1]
	}
	return text, true
}

// readable writes bytes so that they can be read and harm no terminal.
func readable(b []byte) string {
	var out strings.Builder
	for len(b) > 0 {
		c, size := utf8.DecodeRune(b)
		switch {
		case c == utf8.RuneError && size == 1, c < ' ' && c != '\n' && c != '\t', c == 0x7f:
			fmt.Fprintf(&out, `\x%02x`, b[0])
		case c >= 0x80 && c < 0xa0, c >= 0x202a && c <= 0x202e, c >= 0x2066 && c <= 0x2069:
			fmt.Fprintf(&out, `\u%04x`, c)
		default:
			out.Write(b[:size])
		}
		b = b[size:]
	}
	return out.String()
}

// URL writes an address without its credentials and its query.
func URL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "(an address that cannot be read)"
	}
	if u.User != nil {
		u.User = url.User("credentials")
	}
	if u.RawQuery != "" {
		u.RawQuery = "..."
	}
	return u.String()
}
