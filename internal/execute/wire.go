package execute

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// flight is one frame that was sent, until nothing more is awaited for it.
type flight struct {
	seen oracles.Seen
	// send is its number among the sends of the connection.
	send int
	// owed: a reply with its id must come. What is not owed a reply may still
	// get one.
	owed bool
	// answered: a reply with its id came. over: nothing more can come (HTTP).
	answered, over bool
}

// settled reports whether waiting longer for it makes no sense.
func (f *flight) settled() bool { return f.answered || f.over }

// maxStrays is how many strays of one case are kept; a flood tells nothing new
// after that.
const maxStrays = 16

// wire correlates what comes back on a connection with what was sent.
type wire struct {
	conn  transport.Conn
	http  bool
	sends int
	// open are the flights of the case that is being played.
	open []*flight
	// spent maps the ids of answered flights to their steps.
	spent map[string]string
	// expired maps the ids that were given up to the tools that were called;
	// overdue are those tools whose answers came all the same.
	expired map[string]string
	overdue []string
	// quiet: an earlier frame that was owed nothing was dropped in silence, so
	// an error without an id may be its late answer.
	quiet   bool
	strays  []oracles.Stray
	unkept  int
	scripts map[string]scenarios.Value
	// ended: the connection gave its last frame. broken: it takes no more.
	ended, broken bool
	// reply answers a request of the server.
	reply func(ctx context.Context, id, method string, result scenarios.Value)
}

// put sends the flights as one act that may take no longer than the limit.
func (w *wire) put(ctx context.Context, limit time.Duration, fs ...*flight) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	ms := make([]transport.Message, len(fs))
	for i, f := range fs {
		ms[i] = f.seen.Message
		f.send = w.sends + i
		f.seen.Alone = len(fs) == 1
	}
	w.sends += len(fs)
	w.open = append(w.open, fs...)
	sent, err := w.conn.Send(ctx, ms...)
	for i, f := range fs {
		if i < len(sent) {
			f.seen.Write = sent[i]
		} else {
			f.seen.Write.Err = err
		}
		if f.seen.Write.Err != nil && !w.http {
			f.over = true
			w.broken = w.broken || !f.seen.Write.Stalled
		}
	}
}

// over reports whether nothing can be sent any more.
func (w *wire) over() bool { return w.ended || w.broken }

// await receives until done, or the time is up, or the connection ends. It
// reports whether done became true.
func (w *wire) await(ctx context.Context, limit time.Duration, done func() bool) bool {
	if done() {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for !w.ended && ctx.Err() == nil {
		frame, err := w.conn.Recv(ctx)
		if err != nil {
			w.ended = ctx.Err() == nil
			break
		}
		w.take(ctx, oracles.Answer{Frame: frame, Reply: protocol.Read(frame)})
		if done() {
			return true
		}
	}
	return done()
}

// take gives one frame to the flight it belongs to.
func (w *wire) take(ctx context.Context, a oracles.Answer) {
	f := w.carrier(a.Frame)
	if f != nil && a.Frame.Last {
		f.over = true
	}
	switch {
	case a.Reply.Kind == protocol.Notification:
	case a.Reply.Kind == protocol.ServerRequest:
		w.reply(ctx, a.Reply.ID, a.Reply.Method, w.scripts[a.Reply.Method])
	case a.Frame.Of >= 0 && f == nil:
		w.late(a)
	case f != nil && len(a.Frame.Bytes) == 0:
		f.seen.Answers = append(f.seen.Answers, a)
	default:
		w.match(f, a)
	}
}

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
		w.stray(a, oracles.SecondAnswer, f.seen.Step)
	case f != nil:
		f.answered = true
		w.disown(f)
		f.seen.Answers = append(f.seen.Answers, a)
	case carrier != nil:
		carrier.seen.Answers = append(carrier.seen.Answers, a)
	default:
		w.adopt(a)
	}
}

// disown takes from a flight on a stream what it was given under an id that
// nobody sent: now that its own answer has come, that was none.
func (w *wire) disown(f *flight) {
	if w.http {
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
// carried it, else the oldest that is unanswered, else one that was answered.
func (w *wire) byID(carrier *flight, r oracles.Reply) *flight {
	has := func(f *flight) bool { return f.seen.ID != "" && r.ID != "" && protocol.SameID(f.seen.ID, r.ID) }
	if carrier != nil && has(carrier) {
		return carrier
	}
	var answered *flight
	for _, f := range w.open {
		if !has(f) {
			continue
		}
		if !f.answered {
			return f
		}
		answered = f
	}
	return answered
}

// adopt places a reply whose id is nobody's: with the frame that was alone and
// still unanswered when it came, or among the strays.
func (w *wire) adopt(a oracles.Answer) {
	if step, ok := w.spent[a.Reply.ID]; ok {
		w.stray(a, oracles.SecondAnswer, step)
		return
	}
	if w.outdated(a.Reply.ID) {
		return
	}
	if a.Reply.Kind == protocol.Foreign || a.Reply.Kind == protocol.NotJSON {
		w.stray(a, oracles.NotMessage, "")
		return
	}
	anonymous := a.Reply.ID == "" || a.Reply.ID == "null"
	if f := w.meant(a.Reply, anonymous); f != nil {
		f.seen.Answers = append(f.seen.Answers, a)
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
// malformed frame that holds its id, the only flight that it can be for, or,
// for an error without an id, the oldest malformed frame that has had no answer.
func (w *wire) meant(r oracles.Reply, anonymous bool) *flight {
	if f := w.holding(r.ID); f != nil && !anonymous {
		return f
	}
	if f := w.lone(); f != nil || !anonymous || r.Kind != protocol.Error {
		return f
	}
	for _, f := range w.open {
		if len(f.seen.Answers) == 0 && malformed(f.seen.Sent) {
			return f
		}
	}
	return nil
}

func malformed(step scenarios.Step) bool {
	raw, ok := step.(scenarios.Raw)
	return ok && scenarios.ShapeOf([]byte(raw.Bytes)).Rule != ""
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

func (w *wire) stray(a oracles.Answer, why oracles.StrayKind, step string) {
	if len(w.strays) < maxStrays {
		w.strays = append(w.strays, oracles.Stray{Answer: a, Why: why, Step: step})
		return
	}
	w.unkept += max(1, a.Frame.Lost)
}

// retire ends the flights of a case and returns its strays, and how many more
// there were.
func (w *wire) retire() (strays []oracles.Stray, unkept int) {
	for _, f := range w.open {
		switch {
		case f.answered && f.seen.ID != "":
			w.spent[f.seen.ID] = f.seen.Step
		case f.seen.ID != "":
			w.expired[f.seen.ID] = toolOf(f.seen.Sent)
		}
		if !f.owed && len(f.seen.Answers) == 0 {
			w.quiet = true
		}
	}
	strays, unkept = w.strays, w.unkept
	w.open, w.strays, w.unkept, w.scripts, w.overdue = nil, nil, 0, nil, nil
	return strays, unkept
}
