package execute

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// carrier is the open flight whose HTTP response carried the frame.
func (w *wire) carrier(frame transport.Frame) *flight {
	if frame.Of < 0 {
		return nil
	}
	for _, f := range w.open {
		if f.send == frame.Of {
			return f
		}
	}
	return nil
}

// match finds the flight a reply answers: by its id, else by the response that
// carried it, else the only one that can be meant.
func (w *wire) match(carrier *flight, a oracles.Answer) {
	f := w.byID(carrier, a.Reply)
	switch {
	case f != nil && f.answered:
		if raw := w.holding(a.Reply.ID); raw != nil {
			w.give(raw, a) // an id that was answered came again, in a batch say
			return
		}
		w.stray(a, oracles.SecondAnswer, f.seen.Step)
	case f != nil:
		f.answered = true
		w.disown(f)
		f.seen.Answers = append(f.seen.Answers, a)
	case carrier != nil:
		w.give(carrier, a)
	default:
		w.adopt(a)
	}
}

// disown takes from a flight on a stream what it was given under an id that
// nobody sent: now that its own answer has come, that was none.
func (w *wire) disown(f *flight) {
	if w.carried {
		return
	}
	f.seen.Answers = slices.DeleteFunc(f.seen.Answers, func(a oracles.Answer) bool {
		foreign := a.Reply.ID != "" && a.Reply.ID != "null"
		if foreign {
			w.stray(a, oracles.ForeignID, "")
		}
		return foreign
	})
}

// byID returns the open flight that has the reply's id: the one whose response
// carried it, else the oldest that is unanswered and likely to get such a reply, else the
// oldest that is unanswered, else one that was answered.
func (w *wire) byID(carrier *flight, r oracles.Reply) *flight {
	has := func(f *flight) bool { return f.seen.ID != "" && r.ID != "" && protocol.SameID(f.seen.ID, r.ID) }
	if carrier != nil && has(carrier) {
		return carrier
	}
	var unlikely, answered *flight
	for _, f := range w.open {
		switch {
		case !has(f):
		case f.answered:
			answered = f
		case !f.seen.Cancelled && !(r.Kind == protocol.Result && malformed(f.seen.Sent)):
			return f
		case unlikely == nil:
			unlikely = f
		}
	}
	return cmp.Or(unlikely, answered)
}

// adopt places a reply whose id is nobody's: with the frame that was alone and
// still unanswered when it came, or among the strays.
func (w *wire) adopt(a oracles.Answer) {
	if step, ok := w.spent[a.Reply.ID]; ok && w.holding(a.Reply.ID) == nil {
		w.stray(a, oracles.SecondAnswer, step)
		return
	}
	if w.holding(a.Reply.ID) == nil && w.outdated(a.Reply.ID) {
		return
	}
	if a.Reply.Kind == protocol.Foreign || a.Reply.Kind == protocol.NotJSON {
		w.stray(a, oracles.NotMessage, "")
		return
	}
	anonymous := a.Reply.ID == "" || a.Reply.ID == "null"
	if f := w.meant(a.Reply, anonymous); f != nil {
		w.give(f, a)
		// An error without an id is the answer to the only frame that is open:
		// it could not be read. Waiting for another would be in vain, unless it
		// may be for an earlier frame and this one was small enough to be read.
		f.over = f.over || anonymous && a.Reply.Kind == protocol.Error && (!w.quiet || f.seen.Unread(a))
		return
	}
	if anonymous && w.quiet {
		return
	}
	w.stray(a, oracles.ForeignID, "")
}

// meant returns the open flight that a reply under no known id must be for: the
// malformed frame that holds its id, the batch that many are for, what cannot be read
// where it is an error without an id, the only flight that it can be for, or, without an
// id, the oldest that has had no answer and cancels, which is owed none.
func (w *wire) meant(r oracles.Reply, anonymous bool) *flight {
	if f := w.holding(r.ID); f != nil && !anonymous {
		return f
	}
	if r.Kind == protocol.Batch {
		if f := w.first(func(f *flight) bool { return len(f.seen.Answers) == 0 && isBatch(f.seen.Sent) }); f != nil {
			return f
		}
	}
	if anonymous && r.Kind == protocol.Error {
		if f := w.unreadable(oracles.Answer{Reply: r}); f != nil {
			return f
		}
	}
	if f := w.lone(); f != nil || !anonymous {
		return f
	}
	return w.first(func(f *flight) bool {
		_, cancels := f.seen.Sent.(scenarios.Cancel)
		return cancels && len(f.seen.Answers) == 0
	})
}

// unreadable returns the oldest open flight of which a server may not be able to read the
// id: of those without an answer one that is malformed, one whose request is so large or so
// odd, or one that asks for nothing; else a malformed one, which may be read as several.
func (w *wire) unreadable(a oracles.Answer) *flight {
	silent := func(f *flight) bool { return len(f.seen.Answers) == 0 && f.seen.Step != probeStep }
	return cmp.Or(
		w.first(func(f *flight) bool { return silent(f) && malformed(f.seen.Sent) }),
		w.first(func(f *flight) bool { return silent(f) && f.seen.Unread(a) }),
		w.first(func(f *flight) bool { return silent(f) && asksNothing(f.seen) }),
		w.first(func(f *flight) bool { return malformed(f.seen.Sent) }),
	)
}

// first returns the oldest open flight that is so, nil where none is.
func (w *wire) first(is func(*flight) bool) *flight {
	if i := slices.IndexFunc(w.open, is); i >= 0 {
		return w.open[i]
	}
	return nil
}

// asksNothing reports whether raw bytes are no message, or a response, or a request has an
// id that none has, or a notification one at all.
func asksNothing(s oracles.Seen) bool {
	switch step := s.Sent.(type) {
	case scenarios.Raw:
		return scenarios.ShapeOf([]byte(step.Bytes)).Method == ""
	case scenarios.Call, scenarios.Request:
		return !s.Owed()
	case scenarios.Notify:
		return step.ID != ""
	}
	return false
}

func malformed(step scenarios.Step) bool {
	raw, ok := step.(scenarios.Raw)
	return ok && scenarios.ShapeOf([]byte(raw.Bytes)).Rule != ""
}

func isBatch(step scenarios.Step) bool {
	raw, ok := step.(scenarios.Raw)
	return ok && scenarios.ShapeOf([]byte(raw.Bytes)).Batch
}

// idle reports whether a malformed frame asks for no tool, however it is read.
func idle(step scenarios.Step) bool {
	raw, ok := step.(scenarios.Raw)
	return ok && malformed(step) && !strings.Contains(strings.ToLower(raw.Bytes), "call")
}

// holding returns the oldest open flight of raw bytes among which the id stands,
// those without an answer first.
func (w *wire) holding(id string) *flight {
	var found *flight
	for _, f := range w.open {
		raw, ok := f.seen.Sent.(scenarios.Raw)
		if !ok || f.seen.ID != "" || !strings.Contains(raw.Bytes, id) {
			continue
		}
		if len(f.seen.Answers) == 0 {
			return f
		}
		found = f
	}
	return found
}

// lone returns the one open flight, probes aside, that has no reply with its id
// yet; of several the one that nothing came for.
func (w *wire) lone() *flight {
	var open, waiting []*flight
	for _, f := range w.open {
		if f.answered || f.seen.Step == probeStep {
			continue
		}
		open = append(open, f)
		if len(f.seen.Answers) == 0 {
			waiting = append(waiting, f)
		}
	}
	switch {
	case len(open) == 1:
		return open[0]
	case len(waiting) == 1:
		return waiting[0]
	}
	return nil
}

// outdated reports whether the request of that id was given up in an earlier
// case, and notes the tool.
func (w *wire) outdated(id string) bool {
	tool, ok := w.expired[id]
	if ok && tool != "" {
		w.overdue = append(w.overdue, tool)
	}
	return ok
}

func toolOf(step scenarios.Step) string {
	call, _ := step.(scenarios.Call)
	return call.Tool
}

// late handles a frame of a response whose case is over.
func (w *wire) late(a oracles.Answer) {
	if w.outdated(a.Reply.ID) {
		return
	}
	if step, ok := w.spent[a.Reply.ID]; ok && a.Reply.ID != "" {
		w.stray(a, oracles.SecondAnswer, step)
	}
}
