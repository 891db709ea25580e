package scenarios

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/tools/txtar"
)

// formatName is the first line of every scenario. A reader refuses a higher
// number and reads every lower one.
const (
	formatName    = "mcpfuzz/"
	formatVersion = 1
)

// Format writes a case in its text form. For a case that is valid (see
// Case.Check), Parse gives it back.
func Format(c Case) []byte {
	a := txtar.Archive{Comment: []byte(c.Note)}
	add := func(name string, lines []string) {
		a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(strings.Join(lines, "\n") + "\n")})
	}
	if c.Note != "" {
		a.Comment = []byte(c.Note + "\n\n")
	}
	add("scenario", header(c))
	var steps []string
	for _, s := range c.Steps {
		steps = append(steps, formatStep(s))
	}
	add("steps", steps)
	if m := c.Finding; m != nil {
		add("finding", []string{"signature: " + word(m.Signature), "step: " + m.Step})
	}
	return txtar.Format(&a)
}

// header are the lines of the scenario section.
func header(c Case) []string {
	lines := []string{"format: " + formatName + strconv.Itoa(formatVersion), "name: " + c.Name}
	if c.Protocol != "" {
		lines = append(lines, "protocol: "+c.Protocol)
	}
	if c.Deadline != 0 {
		lines = append(lines, "deadline: "+c.Deadline.String())
	}
	if o := c.Origin; o != (Origin{}) {
		lines = append(lines, fmt.Sprintf("origin: %d %d %s", o.Seed, o.Index, word(o.Class)))
	}
	return lines
}

func formatStep(step Step) string {
	switch s := step.(type) {
	case Call:
		return line("call "+word(s.Tool), s.Attrs, s.Args.String())
	case Request:
		return line("request "+word(s.Method), s.Attrs, s.Params.String())
	case Notify:
		return line("notify "+word(s.Method), s.Attrs, s.Params.String())
	case Burst:
		text := line("burst "+strconv.Itoa(s.N), s.Attrs, "")
		for _, l := range s.Lines {
			text += "\n\t" + formatStep(l)
		}
		return text
	case Raw:
		return line("raw", s.Attrs, strconv.Quote(s.Bytes))
	case Open:
		return line("open", s.Attrs, "")
	case Answer:
		return line("answer "+word(s.Method), Attrs{}, s.Result.String())
	case Cancel:
		return "cancel " + strconv.Itoa(s.Of)
	case Revoke:
		return "revoke " + word(s.Name)
	case Disconnect:
		return "disconnect " + strconv.Itoa(s.Of)
	case Fetch:
		return line("fetch "+strconv.Itoa(s.Of), s.Attrs, "")
	case Pause:
		return "pause " + s.For.String()
	case Gen:
		return fmt.Sprintf("gen %s %d", word(s.Class), s.N)
	}
	panic(fmt.Sprintf("scenarios: no text form for %T", step))
}

// line joins the parts of a step that are there.
func line(head string, a Attrs, tail string) string {
	parts := append([]string{head}, a.words()...)
	if tail != "" {
		parts = append(parts, tail)
	}
	return strings.Join(parts, " ")
}

// words are the attributes as they stand in a line.
func (a Attrs) words() []string {
	var list []string
	add := func(key, value string) {
		if value != "" {
			list = append(list, key+"="+word(value))
		}
	}
	add("want", a.Want.String())
	add("mutant", a.Mutant)
	add("as", a.As)
	add("session", a.Session)
	add("id", a.ID)
	for _, h := range a.Headers {
		list = append(list, "header="+word(h))
	}
	add("verb", a.Verb)
	add("handshake", a.Handshake)
	add("protocol", a.Protocol)
	for _, c := range a.Can {
		list = append(list, "can="+word(c))
	}
	add("retry", a.Retry.String())
	return list
}

// word writes a name as it is where it can stand so, else quoted as in Go.
func word(s string) string {
	if isWord(s) {
		return s
	}
	return strconv.Quote(s)
}

// isWord reports whether a name can stand without quotes.
func isWord(s string) bool {
	for i := range len(s) {
		if !wordByte(s[i]) {
			return false
		}
	}
	return s != ""
}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		strings.IndexByte("_-./:@$+~", c) >= 0
}
