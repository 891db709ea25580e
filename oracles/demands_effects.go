package oracles

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Mark is a text that stands nowhere until a call writes it.
func Mark(n uint64) string { return fmt.Sprintf("mcpfuzz-mark-%06x", n&0xffffff) }

// marks finds them.
var marks = regexp.MustCompile(`mcpfuzz-mark-[0-9a-f]{6}`)

// effectDemands are those of what must have no effect.
func effectDemands() []demand {
	return []demand{{rule: "ENV-08", posed: callsUnasked, broken: leftMark}}
}

// callsUnasked reports whether a frame is a call without an id, behind others that
// show what there was before it.
func callsUnasked(f frame) bool {
	n, ok := f.step.(scenarios.Notify)
	name, _ := n.Params.At("/name")
	text, _ := name.Text()
	return ok && n.Method == "tools/call" && !strings.HasPrefix(text, foreignName) && len(f.before) > 1
}

// leftMark finds the mark of a call without an id in what is read behind it, more
// often than it stood there before. Read is twice before, so that what changes by
// itself proves nothing; what names the tool may be a log of what came.
func leftMark(o Observation, s Seen) (string, Severity) {
	n, _ := s.Sent.(scenarios.Notify)
	mark := marks.FindString(n.Params.String())
	name, _ := n.Params.At("/name")
	tool, _ := name.Text()
	at := slices.IndexFunc(o.Seen, func(other Seen) bool { return other.Step == s.Step })
	before, stable := 0, 0
	for i, read := range o.Seen {
		a, ok := read.answer()
		if mark == "" || tool == "" || !ok || !read.Owed() || OutcomeOf(o, read) != Accepted || a.Frame.Cut || sentHolds(read, mark) {
			continue
		}
		text := string(a.Reply.Body)
		switch count := strings.Count(text, mark); {
		case i < at && (stable == 0 || count == before):
			before, stable = count, stable+1
		case i < at:
			return "", SeverityUnset
		case stable > 1 && count > before && !strings.Contains(text, tool):
			return "was run: what it wrote can be read behind it", SeverityUnset
		}
	}
	return "", SeverityUnset
}
