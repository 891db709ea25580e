package execute

import (
	"errors"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// SentBytes returns the first limit bytes of the frame that was sent at a step;
// the first frame of the case when the step names none.
func SentBytes(o oracles.Observation, step string, limit int) []byte {
	s, ok := at(o, step)
	if !ok || s.Message.Body == nil {
		return nil
	}
	w := &head{limit: limit + 1}
	// errEnough is the only error a body gives that was sent before.
	_, _ = s.Message.Body.WriteTo(w)
	return w.b
}

// ReceivedBytes returns what came for a step: its answers, one a line, or the
// strays of the case.
func ReceivedBytes(o oracles.Observation, step string) []byte {
	var b []byte
	if s, ok := at(o, step); ok {
		for _, a := range s.Answers {
			b = appendLine(b, a.Frame.Bytes)
		}
	}
	for _, s := range slices.Concat(o.Early, o.Strays) {
		b = appendLine(b, s.Frame.Bytes)
	}
	return append(b, o.State.Torn...)
}

func appendLine(b, line []byte) []byte {
	if len(line) == 0 {
		return b
	}
	return append(append(b, line...), '\n')
}

func at(o oracles.Observation, step string) (oracles.Seen, bool) {
	for _, s := range o.Seen {
		if s.Step == step {
			return s, true
		}
	}
	if len(o.Seen) == 0 {
		return oracles.Seen{}, false
	}
	return o.Seen[0], true
}

// head keeps the first bytes that are written to it and then refuses more.
type head struct {
	b     []byte
	limit int
}

var errEnough = errors.New("enough")

func (h *head) Write(p []byte) (int, error) {
	n := min(len(p), h.limit-len(h.b))
	h.b = append(h.b, p[:n]...)
	if n < len(p) {
		return n, errEnough
	}
	return n, nil
}
