package record

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// word is one word of a command line, in pieces.
type word []piece

// String is the word as it is written.
func (w word) String() string {
	var b strings.Builder
	for _, p := range w {
		b.WriteString(p.String())
	}
	return b.String()
}

// shell is the word as a POSIX shell takes it: what must not be written is a
// variable in double quotes.
func (w word) shell() string {
	var b strings.Builder
	for _, p := range w {
		switch {
		case p.name != "":
			b.WriteString(`"$` + p.name + `"`)
		case p.text != "" || len(w) == 1:
			b.WriteString(shellQuote(p.text))
		}
	}
	return b.String()
}

// Line writes a command line for people to read. A nil Redactor changes
// nothing.
func (r *Redactor) Line(args []string) string {
	return r.join(args, word.String)
}

// Shell writes a command line that works when it is pasted into a POSIX shell
// in which the variables of its secrets are set.
func (r *Redactor) Shell(args []string) string {
	return r.join(args, word.shell)
}

func (r *Redactor) join(args []string, write func(word) string) string {
	texts := make([]string, len(args))
	for i := range args {
		texts[i] = write(r.word(args, i))
	}
	return strings.Join(texts, " ")
}

// word is args[i] in pieces: secret by its place, or by its value.
func (r *Redactor) word(args []string, i int) word {
	if r == nil {
		return word{{text: args[i]}}
	}
	k := r.known.Load()
	if slices.Contains(r.plain, args[i]) {
		return k.pieces(piece{text: args[i]})
	}
	var w word
	for _, p := range secretsIn(args, i) {
		if p.name == "" {
			w = append(w, k.pieces(p)...)
			continue
		}
		if name, known := k.names[p.text]; known {
			p.name = name
		}
		w = append(w, p)
	}
	return w
}

// AddSecrets adds, by name, the secrets that a command line holds by their
// place: values of flags, variables and headers whose names tell of a key, a
// token or a secret, and the credentials and the query of URLs. A name that is
// taken by another value gets a number.
func AddSecrets(secrets map[string]string, args []string) {
	for i := range args {
		for _, p := range secretsIn(args, i) {
			if p.name != "" {
				addSecret(secrets, p.name, p.text)
			}
			if _, password, ok := strings.Cut(p.text, ":"); ok && p.name == credentials {
				addSecret(secrets, "PASSWORD", password)
			}
		}
	}
}

func addSecret(secrets map[string]string, base, value string) {
	name := base
	for n := 2; ; n++ {
		old, taken := secrets[name]
		if !taken || old == value {
			secrets[name] = value
			return
		}
		name = base + "_" + strconv.Itoa(n)
	}
}

// IsSecretName reports whether the name of a flag, a variable or a header tells
// that its value is a secret.
func IsSecretName(name string) bool { return secretName.MatchString(name) }

var (
	secretName = regexp.MustCompile(`(?i)key|token|secret|passw|passphrase|credential|authorization|cookie`)
	assignment = regexp.MustCompile(`^(-*[A-Za-z_][A-Za-z0-9_.-]*=)(.+)$`)
	headerLine = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9-]*: *)(.+)$`)
	// address finds URLs: their start, credentials, host and path, and query.
	address = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)(?:([^/?#\s]+)@)?[^?#\s,]*(?:\?([^#\s]+))?`)
)

// The names of what a URL hides.
const (
	credentials = "CREDENTIALS"
	query       = "QUERY"
)

// secretsIn is args[i] in pieces, with a name for each that its place makes a
// secret.
func secretsIn(args []string, i int) []piece {
	arg := args[i]
	if i > 0 && isFlag(args[i-1]) && !strings.Contains(args[i-1], "=") && IsSecretName(args[i-1]) && !isFlag(arg) {
		return []piece{{text: arg, name: variableOf(args[i-1])}}
	}
	for _, form := range []*regexp.Regexp{assignment, headerLine} {
		m := form.FindStringSubmatch(arg)
		if m != nil && IsSecretName(m[1]) && !strings.Contains(m[2], "${") {
			return []piece{{text: m[1]}, {text: m[2], name: variableOf(m[1])}}
		}
	}
	return secretsInURLs(arg)
}

// isFlag reports whether a word is a flag rather than its value; a value may
// start with a dash too.
func isFlag(arg string) bool {
	return strings.HasPrefix(arg, "--") || strings.HasPrefix(arg, "-") && len(arg) == 2
}

// secretsInURLs parts a text at the credentials and the queries of its URLs.
func secretsInURLs(arg string) []piece {
	var list []piece
	done := 0
	for _, m := range address.FindAllStringSubmatchIndex(arg, -1) {
		for _, hidden := range []struct {
			group int
			name  string
		}{{2, credentials}, {3, query}} {
			start, end := m[2*hidden.group], m[2*hidden.group+1]
			if start < 0 {
				continue
			}
			list = append(list, piece{text: arg[done:start]}, piece{text: arg[start:end], name: hidden.name})
			done = end
		}
	}
	return append(list, piece{text: arg[done:]})
}

var notInName = regexp.MustCompile(`[^A-Z0-9]+`)

// variableOf makes the name of a shell variable of the name of a flag or a
// header.
func variableOf(name string) string {
	return strings.Trim(notInName.ReplaceAllString(strings.ToUpper(name), "_"), "_")
}

// forms are the ways in which a value may be written: as it is, and as JSON, a
// quoted string, a part of a URL, and base64 write it.
func forms(value string) []string {
	plain := []string{value}
	if decoded, err := url.PathUnescape(value); err == nil {
		plain = append(plain, decoded)
	}
	var list []string
	for _, v := range plain {
		quoted := strconv.Quote(v)
		list = append(list, v, quoted[1:len(quoted)-1], inJSON(v), inASCII(inJSON(v)), inASCII(escapeHTML.Replace(inJSON(v))),
			escapeHTML.Replace(inJSON(v)), strings.ReplaceAll(inJSON(v), "/", `\/`),
			url.QueryEscape(v), url.PathEscape(v), base64.StdEncoding.EncodeToString([]byte(v)), base64.RawURLEncoding.EncodeToString([]byte(v)))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// escapeHTML writes what some JSON encoders escape for HTML.
var escapeHTML = strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`)

// inJSON is the text inside a JSON string.
func inJSON(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(s) != nil {
		return s
	}
	return strings.TrimSuffix(strings.TrimPrefix(b.String(), `"`), "\"\n")
}

// inASCII writes all that is not ASCII as \uNNNN, as Python's encoder does.
func inASCII(s string) string {
	var b strings.Builder
	for _, c := range s {
		if c < 0x80 {
			b.WriteRune(c)
			continue
		}
		for _, unit := range utf16.Encode([]rune{c}) {
			b.WriteString(`\u` + strconv.FormatInt(int64(unit)+0x10000, 16)[1:])
		}
	}
	return b.String()
}

// shellQuote quotes a text for a POSIX shell where it needs it.
func shellQuote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("@%+=:,./_-", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
