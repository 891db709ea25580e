package oracles

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// nonce is what each call of a burst carries in a place of its own.
var nonce = regexp.MustCompile(`nonce-[0-9a-f]{6}-\d+-end`)

// crossTalk finds answers that hold what another call was given. Only tools
// whose control repeats that argument are judged.
func crossTalk(ctx *Context, o Observation) []Finding {
	given := map[string]bool{}
	for _, s := range o.Seen {
		if n := nonceOf(s); n != "" {
			given[n] = true
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
		for _, other := range nonce.FindAllString(text, -1) {
			if given[other] {
				return []Finding{finding(ctx, o, s, "cross-talk", "TOOL-12",
					fmt.Sprintf("the answer to %s does not hold the value that it was given but that of another call", describe(s)))}
			}
		}
	}
	return nil
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
