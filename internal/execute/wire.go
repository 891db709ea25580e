package execute

import (
	"context"
	"net/http"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/identity"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// flight is one frame that was sent, until nothing more is awaited for it.
type flight struct {
	seen oracles.Seen
	// as is the client that sent it, and key what its key was then.
	as  identity.Who
	key string
	// send is its number among the sends of the connection.
	send int
	// owed: a reply with its id must come. What is not owed a reply may still
	// get one.
	owed bool
	// answered: a reply with its id came. over: nothing more can come (HTTP).
	// taken: the server has it, and answers elsewhere if at all (HTTP+SSE).
	answered, over, taken bool
	// abandon closes the connection that it was sent on; nil where no step does.
	abandon chan struct{}
	// resuming: what comes now is the rest of a stream that was asked for.
	resuming bool
}

// settled reports whether waiting longer for it makes no sense.
func (f *flight) settled() bool { return f.answered || f.over || f.taken && !f.owed }

// maxStrays is how many strays of one case are kept; a flood tells nothing new
// after that.
const maxStrays = 16

// underway is what is kept of the case that is being played.
type underway struct {
	// open are its flights.
	open   []*flight
	strays []oracles.Stray
	unkept int
	// told is what the server said of its own accord.
	told    []oracles.Answer
	scripts map[string]scenarios.Value
	// overdue are the tools of earlier cases whose answers came all the same.
	overdue []string
}

// wire correlates what comes back on a connection with what was sent.
type wire struct {
	conn transport.Conn
	http bool
	// carried: what answers a frame comes in the response to it (streamable HTTP).
	carried bool
	sends   int
	underway
	// settled is the revision of the session that was opened last, "" before that.
	settled string
	// spent maps the ids of answered flights to their steps.
	spent map[string]string
	// expired maps the ids that were given up to the tools that were called.
	expired map[string]string
	// quiet: an earlier frame that was owed nothing was dropped in silence, so
	// an error without an id may be its late answer.
	quiet bool
	// ended: the connection gave its last frame. broken: it takes no more.
	ended, broken bool
	// resume asks for the rest of an event stream.
	resume func(event string) transport.Message
	// reply answers a request of the server.
	reply func(ctx context.Context, id, method string, result scenarios.Value)
}

// put sends the flights as one act that may take no longer than the limit.
func (w *wire) put(ctx context.Context, limit time.Duration, fs ...*flight) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	w.putUntil(ctx, fs...)
}

// putUntil sends the flights as one act that ends with the context.
func (w *wire) putUntil(ctx context.Context, fs ...*flight) {
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
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return w.awaitUntil(ctx, done)
}

// awaitUntil receives until done, or the context or the connection ends. It reports
// whether done became true.
func (w *wire) awaitUntil(ctx context.Context, done func() bool) bool {
	if done() {
		return true
	}
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
	if w.receipt(f, a.Frame) {
		return
	}
	if f != nil && f.seen.Abandoned {
		f.over = f.over || a.Frame.Last
		return // what still came is how the connection was closed
	}
	refused := f != nil && f.resuming && a.Frame.Status >= http.StatusBadRequest
	if f != nil && a.Frame.Last {
		f.over = refused || !w.resumed(ctx, f, a.Frame)
	}
	if f != nil && !a.Frame.Last && len(a.Frame.Bytes) == 0 && a.Frame.Lost == 0 {
		w.begun(f, a)
		return
	}
	if refused {
		return // that the rest is refused is no answer to the request
	}
	switch {
	case a.Reply.Kind == protocol.Notification:
		w.tell(a)
	case a.Reply.Kind == protocol.ServerRequest:
		w.tell(a)
		w.reply(ctx, a.Reply.ID, a.Reply.Method, w.scripts[a.Reply.Method])
	case a.Frame.Of >= 0 && f == nil:
		w.late(a)
	case f != nil && len(a.Frame.Bytes) == 0:
		w.give(f, a)
	default:
		w.match(f, a)
	}
}

// begun notes that an event stream was opened: for who asked for nothing else,
// that is the answer.
func (w *wire) begun(f *flight, a oracles.Answer) {
	if !f.owed {
		f.over = true
		w.give(f, a)
	}
}

// receipt reports whether a frame says no more than that another was taken, whose
// answer comes on the event stream.
func (w *wire) receipt(f *flight, frame transport.Frame) bool {
	if w.carried || frame.Of < 0 || frame.Status/100 != 2 {
		return false
	}
	if f != nil {
		f.taken = true
	}
	return true
}

// leastRetry is how long a server that ended a stream is left alone at least; one
// that ends every stream must not be asked without a pause.
const leastRetry = 100 * time.Millisecond

// resumed reports whether the rest of a response was asked for: a server may end
// an event stream before it has answered, and be asked again.
func (w *wire) resumed(ctx context.Context, f *flight, last transport.Frame) bool {
	if last.Resume == "" || !f.owed || f.answered {
		return false
	}
	if !sleep(ctx, max(last.Retry, leastRetry)) {
		return false
	}
	f.send, f.resuming = w.sends, true
	w.sends++
	_, err := w.conn.Send(ctx, w.resume(last.Resume))
	return err == nil
}

// give adds a frame that may be an answer to a flight, to the same bound.
func (w *wire) give(f *flight, a oracles.Answer) {
	if len(f.seen.Answers) < maxStrays {
		f.seen.Answers = append(f.seen.Answers, a)
		return
	}
	w.unkept += max(1, a.Frame.Lost)
}

// tell keeps what the server said of its own accord.
func (w *wire) tell(a oracles.Answer) {
	if len(w.told) < oracles.MostTold {
		w.told = append(w.told, a)
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
	w.underway = underway{}
	return strays, unkept
}

// aside does something outside the case that is under way, and keeps what is known
// of that.
func (w *wire) aside(do func()) {
	kept := w.underway
	do()
	w.underway = kept
}
