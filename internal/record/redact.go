package record

import (
	"cmp"
	"fmt"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// ExcerptSize is how much of what was sent or received a finding shows.
const ExcerptSize = 4 << 10

// Hidden is what must not be written.
type Hidden struct {
	// Secrets are values by the name that is written in their place.
	Secrets map[string]string
	// Args is the command line; values of flags, variables and headers that name
	// a key, a token or a secret are hidden, and credentials in addresses.
	Args []string
	// Root is the scratch folder that a target works in; "" for none.
	Root string
}

// Redactor keeps secrets, and folders of this machine, out of what is written.
// It is immutable and safe for concurrent use; a nil Redactor changes nothing.
type Redactor struct{ hidden []hidden }

// hidden is a text that something else is written for.
type hidden struct {
	old, new string
	// folder: the text stands for a folder only where its name begins and ends.
	folder bool
}

// NewRedactor makes a redactor.
func NewRedactor(h Hidden) *Redactor {
	r := &Redactor{}
	for name, value := range h.Secrets {
		r.secret(value, name)
	}
	for i := range h.Args {
		r.argument(h.Args[i:])
	}
	r.folder(h.Root, "$ROOT")
	if dir, err := os.Getwd(); err == nil {
		r.folder(dir, "$PWD")
	}
	if dir, err := os.UserHomeDir(); err == nil {
		r.folder(dir, "$HOME")
	}
	// The longest first, so that a folder inside another keeps its own name.
	slices.SortFunc(r.hidden, func(a, b hidden) int {
		return cmp.Or(cmp.Compare(len(b.old), len(a.old)), cmp.Compare(a.old, b.old), cmp.Compare(a.new, b.new))
	})
	return r
}

// secret hides a value, also as it stands in JSON and in an address.
func (r *Redactor) secret(value, name string) {
	if len(value) < minSecret {
		return
	}
	quoted := scenarios.Quote(value)
	for _, form := range []string{value, quoted[1 : len(quoted)-1], url.QueryEscape(value), url.PathEscape(value)} {
		r.hidden = append(r.hidden, hidden{old: form, new: "${" + name + "}"})
	}
}

// folder hides where a folder is, also as it stands in JSON.
func (r *Redactor) folder(dir, name string) {
	if dir = filepath.Clean(dir); !filepath.IsAbs(dir) || dir == filepath.Dir(dir) {
		return
	}
	quoted := scenarios.Quote(dir)
	for _, form := range []string{dir, quoted[1 : len(quoted)-1]} {
		r.hidden = append(r.hidden, hidden{old: form, new: name, folder: true})
	}
}

var secretName = regexp.MustCompile(`(?i)key|token|secret|password|passwd|credential|authorization|cookie`)

// argument hides what the first of some arguments gives away: the value of a
// flag, a variable or a header that names a secret, and credentials in an
// address.
func (r *Redactor) argument(args []string) {
	name, value, joined := strings.Cut(args[0], "=")
	flag := strings.TrimLeft(name, "-")
	switch {
	case secretName.MatchString(name) && joined && !strings.Contains(name, "/"):
		r.secret(value, flag)
	case secretName.MatchString(name) && flag != name && len(args) > 1 && !strings.HasPrefix(args[1], "--"):
		r.secret(args[1], flag)
	}
	for _, text := range []string{args[0], value} {
		r.header(text)
		r.address(text)
	}
}

// header hides the value of a header, and the last word of it: what stands
// behind "Bearer".
func (r *Redactor) header(text string) {
	name, value, ok := strings.Cut(text, ":")
	if !ok || !secretName.MatchString(name) || strings.HasPrefix(value, "//") {
		return
	}
	words := strings.Fields(value)
	if len(words) > 0 {
		r.secret(words[len(words)-1], strings.TrimLeft(name, "-"))
	}
}

// address hides the credentials in an address.
func (r *Redactor) address(text string) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return
	}
	if _, rest, ok := strings.Cut(text, "://"); ok && u.User != nil {
		raw := rest[:strings.LastIndex(rest[:len(rest)-len(afterHost(rest))], "@")]
		r.secret(raw, "credentials")
		if password, ok := u.User.Password(); ok {
			r.secret(password, "credentials")
		}
	}
	for name, values := range u.Query() {
		for _, v := range values {
			if secretName.MatchString(name) {
				r.secret(v, name)
			}
		}
	}
}

// afterHost is an address from its path on.
func afterHost(rest string) string {
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		return rest[i:]
	}
	return ""
}

// String replaces what must not be written.
func (r *Redactor) String(s string) string { return r.upTo(s, math.MaxInt32) }

// upTo replaces what must not be written, until there is more than limit bytes.
func (r *Redactor) upTo(s string, limit int) string {
	if r == nil {
		return s[:min(len(s), limit+1)]
	}
	var b strings.Builder
	plain := 0
	for i := 0; i < len(s) && b.Len()+i-plain <= limit; {
		h, ok := r.at(s, i)
		if !ok {
			i++
			continue
		}
		b.WriteString(s[plain:i])
		b.WriteString(h.new)
		i += len(h.old)
		plain = i
	}
	if rest := limit + 1 - b.Len(); rest > 0 {
		b.WriteString(s[plain:min(len(s), plain+rest)])
	}
	return b.String()
}

// at returns what is hidden that stands at a place.
func (r *Redactor) at(s string, i int) (hidden, bool) {
	for _, h := range r.hidden {
		if h.old[0] == s[i] && strings.HasPrefix(s[i:], h.old) && (!h.folder || isWhole(s, i, i+len(h.old))) {
			return h, true
		}
	}
	return hidden{}, false
}

// isWhole reports whether a folder's path begins and ends where it stands, so
// that /home/me is not found in /home/melissa or in /mnt/home/me.
func isWhole(s string, start, end int) bool {
	if start > 0 && nameByte(s[start-1]) {
		return false
	}
	rest := strings.TrimLeft(s[end:], ".")
	return rest == "" || !nameByte(rest[0])
}

func nameByte(c byte) bool {
	return c == '_' || c == '-' || c >= 0x80 || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
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
	text := r.upTo(readable(b), limit)
	if len(text) <= limit {
		return text, false
	}
	cut := limit
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut], true
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

// URL writes an address without its credentials, its query and its fragment.
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
	u.Fragment, u.RawFragment = "", ""
	return u.String()
}
