package oracles

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// nonce is what each call of a burst carries in a place of its own.
var nonce = regexp.MustCompile(`nonce-[0-9a-f]{6}-\d+-end`)

// crossTalk finds answers that hold what another call was given. Only tools
// whose control repeats that argument are judged.
func crossTalk(ctx *Context, o Observation) []Finding {
	given := map[string]Seen{}
	for _, s := range o.Seen {
		if n := nonceOf(s); n != "" {
			given[n] = s
		}
	}
	for _, s := range o.Seen {
		own := nonceOf(s)
		a, ok := s.answer()
		if own == "" || !ok || OutcomeOf(o, s) != Accepted || !repeats(ctx, s) {
			continue
		}
		text := string(a.Reply.Body)
		if strings.Contains(text, own) {
			continue
		}
		for _, n := range nonce.FindAllString(text, -1) {
			if other, known := given[n]; known && !strings.Contains(argsOf(s).String(), n) && (!nameOneThing(s, other) || other.holds(own)) {
				return []Finding{finding(ctx, o, s, "cross-talk", "TOOL-12",
					fmt.Sprintf("the answer to %s does not hold the value that it was given but that of another call", describe(s)))}
			}
		}
	}
	return nil
}

// argsOf are the arguments of a call, the zero Value for what is none.
func argsOf(s Seen) scenarios.Value {
	call, _ := s.Sent.(scenarios.Call)
	return call.Args
}

// holds reports whether a text stands in the answer to a frame.
func (s Seen) holds(text string) bool {
	a, _ := s.answer()
	return strings.Contains(string(a.Reply.Body), text)
}

// naming are the last words of the names of arguments that say which thing is meant.
var naming = []string{"id", "key", "name", "path", "file", "filename", "uri", "url", "slug"}

// nameOneThing reports whether two calls name one thing that both may change: each may well
// be shown what the other has made of it, but not both.
func nameOneThing(a, b Seen) bool {
	return slices.ContainsFunc(argsOf(a).Members(), func(m scenarios.Member) bool {
		words := scenarios.Words(m.Key)
		names := len(words) > 0 && slices.Contains(naming, strings.ToLower(words[len(words)-1]))
		return names && m.Value.Equal(argsOf(b).Member(m.Key))
	})
}

// nonceOf is the nonce that a call carries, "" for none.
func nonceOf(s Seen) string {
	call, ok := s.Sent.(scenarios.Call)
	if !ok || s.Alone || s.Message.Size > maxSentText {
		return ""
	}
	return nonce.FindString(call.Args.String())
}

// repeats reports whether the tool's answer repeats the argument that carries
// the nonce, as its control shows.
func repeats(ctx *Context, s Seen) bool {
	call := s.Sent.(scenarios.Call)
	control, ok := ctx.Controls[call.Tool]
	if !ok {
		return false
	}
	for _, m := range call.Args.Members() {
		if text, is := m.Value.Text(); is && nonce.MatchString(text) {
			v, _ := control.Call.Args.At(scenarios.Pointer("", m.Key))
			shown, is := v.Text()
			return is && len(shown) > 2 && strings.Contains(control.Text, shown)
		}
	}
	return false
}

// maxSentText is how much of what was sent is looked at.
const maxSentText = 64 << 10

// sentText is the start of the frame that was sent.
func sentText(s Seen) []byte {
	if s.Message.Body == nil {
		return nil
	}
	w := &prefix{}
	// errFull ends the writing early; a body gives no other error.
	_, _ = s.Message.Body.WriteTo(w)
	return w.Bytes()
}

// prefix keeps the first bytes that are written.
type prefix struct{ bytes.Buffer }

var errFull = errors.New("enough")

func (p *prefix) Write(b []byte) (int, error) {
	room := maxSentText - p.Len()
	if len(b) > room {
		p.Buffer.Write(b[:room])
		return room, errFull
	}
	return p.Buffer.Write(b)
}
