package oracles

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Mark is a text that stands nowhere until a call writes it.
func Mark(n uint64) string { return fmt.Sprintf("mcpfuzz-mark-%06x", n&0xffffff) }

// marks finds them.
var marks = regexp.MustCompile(`mcpfuzz-mark-[0-9a-f]{6}`)

// MarkIn is the first mark in a value, "" for none.
func MarkIn(v scenarios.Value) string { return marks.FindString(v.String()) }

// Remarked is a value whose marks are others, told by a number: what one play of a case
// writes is then not taken for what another has written, on a server that both use.
func Remarked(v scenarios.Value, n uint64) scenarios.Value {
	text := v.String()
	if !marks.MatchString(text) {
		return v
	}
	text = marks.ReplaceAllStringFunc(text, func(mark string) string {
		old, _ := strconv.ParseUint(mark[len(mark)-6:], 16, 64)
		return Mark(old + n*stride)
	})
	return scenarios.MustValue(text)
}

// stride is odd, so that no two of 2^24 numbers in a row make the same mark.
const stride = 0x9e3779

// effectDemands are those of what must have no effect.
func effectDemands() []demand {
	return []demand{
		{
			rule:  "ENV-08",
			posed: callsUnasked,
			broken: func(o Observation, s Seen) (string, Severity) {
				if !o.leftMark(s) {
					return "", SeverityUnset
				}
				return "was run: what it wrote can be read behind it", SeverityUnset
			},
		},
		{
			// Which tools say that they only read is told by the catalogue; wrote judges.
			rule: "TOOL-14",
			posed: func(f frame) bool {
				params, call := calling(f.step)
				return call && owed(f.step) && len(f.before) > 1 && marked.MatchString(params.String())
			},
		},
	}
}

// marked is what stands in a call that carries a mark, or will.
var marked = regexp.MustCompile(marks.String() + `|"marked-[0-9]/`)

// calling are the params of a request, or notification, that calls a tool.
func calling(step scenarios.Step) (scenarios.Value, bool) {
	switch step := step.(type) {
	case scenarios.Request:
		return step.Params, step.Method == "tools/call"
	case scenarios.Notify:
		return step.Params, step.Method == "tools/call"
	}
	return scenarios.Value{}, false
}

// callsUnasked reports whether a frame is a call without an id, behind others that
// show what there was before it.
func callsUnasked(f frame) bool {
	params, call := calling(f.step)
	return call && !owed(f.step) && !strings.HasPrefix(nameOf(params), foreignName) && len(f.before) > 1
}

// wrote finds tools that say that they only read, and leave what they were given
// where another tool reads it.
func wrote(ctx *Context, o Observation) []Finding {
	for _, s := range o.Seen {
		params, call := calling(s.Sent)
		if tool, _ := ctx.Catalog.Tool(nameOf(params)); !call || !s.Owed() || !tool.IsReadOnly() || !o.leftMark(s) {
			continue
		}
		f := finding(ctx, o, s, "wrote", "TOOL-14",
			fmt.Sprintf("%.40q says that it only reads, and what it was given can be read behind it", nameOf(params)))
		f.Tool = nameOf(params)
		f.Signature = signature(f.Oracle, f.Tool, f.Mutant)
		return []Finding{f}
	}
	return nil
}

// leftMark reports whether the mark in a call stands in the answer to a call behind
// it more often than in the answers to the same one before. That is made twice, so
// that what changes by itself proves nothing; what names the tool may be a log of what
// came, and what another frame brings, too, may be of that, unless it is the same.
func (o Observation) leftMark(s Seen) bool {
	params, _ := calling(s.Sent)
	mark, tool := marks.FindString(params.String()), nameOf(params)
	at := slices.IndexFunc(o.Seen, func(other Seen) bool { return other.Step == s.Step })
	return mark != "" && tool != "" && slices.ContainsFunc(o.Seen[at+1:], func(later Seen) bool {
		var counts []int
		for _, text := range o.answersLike(later, o.Seen[:at]) {
			counts = append(counts, strings.Count(text, mark))
		}
		now := o.answersLike(later, []Seen{later})
		alone := !slices.ContainsFunc(o.beside(s, later), func(other Seen) bool {
			return strings.Contains(given(other.Sent), mark) && (s.Owed() != other.Owed() || !o.sameCall(s, other))
		})
		return alone && len(counts) > 1 && len(slices.Compact(counts)) == 1 && len(now) == 1 &&
			strings.Count(now[0], mark) > counts[0] && !strings.Contains(now[0], tool)
	})
}

// answersLike are the answers to those calls that are the same as one that works.
func (o Observation) answersLike(s Seen, sent []Seen) []string {
	var texts []string
	for _, other := range sent {
		if a, _ := other.answer(); o.sameCall(s, other) && OutcomeOf(o, other) == Accepted && !a.Frame.Cut {
			texts = append(texts, string(a.Reply.Body))
		}
	}
	return texts
}

// writing is what stands in the call that writes a mark, or will.
var writing = regexp.MustCompile(marks.String() + `|"writer/`)

// writesMark reports whether a step is a call that writes a mark.
func writesMark(step scenarios.Step) bool {
	params, call := calling(step)
	return call && writing.MatchString(params.String())
}

// writer is the place among what was sent of the first call that has written a mark, -1
// where none has.
func (o Observation) writer() int {
	return slices.IndexFunc(o.Seen, func(s Seen) bool { return writesMark(s.Sent) && OutcomeOf(o, s) == Accepted })
}

// shows is how often the mark of a call that writes stands in each answer, among some,
// to the same call as one that reads. What names the tool may be a log of what came, and
// is left out.
func (o Observation) shows(reader, writer Seen, among []Seen) []int {
	params, _ := calling(writer.Sent)
	mark, tool := marks.FindString(params.String()), nameOf(params)
	var counts []int
	for _, text := range o.answersLike(reader, among) {
		if !strings.Contains(text, tool) {
			counts = append(counts, strings.Count(text, mark))
		}
	}
	return counts
}
