package loadgen

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// stream is a connection on which many calls are in flight: standard input and output,
// or a pipe in memory. What is fired while a write is under way goes out with the next,
// in one piece.
type stream struct {
	*engine
	conn    transport.Conn
	session protocol.Session
	// more says that something waits to be written.
	more chan struct{}
	// first is the first id of the load; what answers a lower one answers a load before.
	first int64

	mu sync.Mutex
	// flying are the calls in flight by id, waiting those of them that are not written,
	// out the bytes of these.
	flying  map[int64]*slot
	waiting []*slot
	out     []byte
	// expired are the calls whose answers, which may still come, were given up.
	expired map[int64]bool
	ended   bool
}

// mostExpired bounds what is remembered of calls that were given up. Beyond it replies to
// no call cannot be told from those that are late.
const mostExpired = 100_000

// slot is a lane of a stream.
type slot struct {
	*stream
	number int
	free   func(lane, finished)
	judge  *judge
	id     int64
	text   [idWidth]byte
	flight flight
}

func newStream(e *engine, conn transport.Conn, session protocol.Session) *stream {
	return &stream{
		engine: e, conn: conn, session: session, more: make(chan struct{}, 1), first: e.ids.Load() + firstID + 1,
		flying: map[int64]*slot{}, expired: map[int64]bool{},
	}
}

// lane makes a lane of the stream.
func (s *stream) lane(number int, _ bool, free func(lane, finished)) lane {
	return &slot{stream: s, number: number, free: free, judge: newJudge(s.now, &s.problem, s.answer)}
}

// flush sends what was fired.
func (s *stream) flush() {
	select {
	case s.more <- struct{}{}:
	default:
	}
}

func (l *slot) fire(f shot) {
	s := l.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	s.under.Add(1)
	l.id = s.ids.Add(1) + firstID
	writeID(l.text[:], l.id)
	l.flight = flight{shot: f}
	s.flying[l.id] = l
	s.waiting = append(s.waiting, l)
	s.out = s.work.templates[f.template].request(s.out, l.id)
}

// check gives up the call; its answer may come for all that.
func (l *slot) check(now time.Duration) {
	s := l.stream
	s.mu.Lock()
	late := s.flying[l.id] == l && now-l.flight.due > s.limits.timeout
	if late {
		s.drop(l)
		if len(s.expired) < mostExpired {
			s.expired[l.id] = true
		}
	}
	s.mu.Unlock()
	if late {
		l.begin()
		l.finish(l.judge.end(endedByTime), now)
	}
}

// close ends the stream for good. A call that is under way is not counted.
func (l *slot) close() {
	s := l.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	if s.flying[l.id] == l {
		delete(s.flying, l.id)
		s.under.Done()
	}
}

// begin starts to judge the call.
func (l *slot) begin() {
	l.judge.begin(l.text[:], 0, l.work.templates[l.flight.template].kind > 0)
}

func (l *slot) finish(v verdict, done time.Duration) {
	f := l.flight
	ended := l.count(l.number, f.shot, f.sent, done, v)
	l.free(l, ended)
	l.under.Done()
}

// write sends what is fired until the context ends. That it cannot be sent shows in the
// answers that do not come.
func (s *stream) write(ctx context.Context) {
	sending, stop := lingering(ctx)
	defer stop()
	var spare []byte
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.more:
		}
		s.mu.Lock()
		out := s.out
		s.out = spare[:0]
		now := s.now()
		for _, l := range s.waiting {
			l.flight.sent = now
		}
		s.waiting = s.waiting[:0]
		s.mu.Unlock()
		if len(out) > 0 {
			_, _ = s.conn.Send(sending, transport.Message{Body: raw(out), Size: int64(len(out))})
		}
		spare = out
	}
}

// lingering is a context that ends a moment after another. All calls may be answered before
// the write of the last returns, and on some streams nothing but closing them ends a write.
func lingering(ctx context.Context) (context.Context, context.CancelFunc) {
	const moment = 100 * time.Millisecond
	later, cancel := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() { time.AfterFunc(moment, cancel) })
	return later, cancel
}

// raw is a body of these bytes.
type raw []byte

func (r raw) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(r)
	return int64(n), err
}

// read judges what comes until the stream or the context ends.
func (s *stream) read(ctx context.Context) {
	for {
		f, err := s.conn.Recv(ctx)
		if err != nil {
			if errors.Is(err, io.EOF) {
				s.lost()
			}
			return
		}
		s.receive(f)
	}
}

// receive judges a message.
func (s *stream) receive(f transport.Frame) {
	if g, ok := protocol.Glimpse(f.Bytes); ok && !f.Cut {
		n, ordinary := readID(g.ID)
		if !ordinary {
			n = s.find(string(g.ID))
		}
		if l := s.landed(n); l != nil {
			l.begin()
			l.judge.ordinary(g, f.Bytes)
			l.finish(l.judge.end(endingUnset), s.now())
		}
		return
	}
	r := protocol.Read(f)
	switch r.Kind {
	case protocol.Notification:
	case protocol.ServerRequest:
		s.answer(r)
	default:
		if l := s.landed(s.find(r.First().ID)); l != nil {
			l.begin()
			l.judge.odd(r, f)
			l.finish(l.judge.end(endingUnset), s.now())
		}
	}
}

// landed takes the call of an id out of those in flight; nil where there is none.
func (s *stream) landed(id int64) *slot {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.flying[id]
	switch {
	case l != nil:
		s.drop(l)
	case s.expired[id]:
		delete(s.expired, id)
	case firstID < id && id < s.first:
	case len(s.expired) < mostExpired:
		s.strays.Add(1)
	}
	return l
}

// drop takes a call out of those in flight, and of those that are still to be written, whose
// bytes go out for all that. The stream must be locked.
func (s *stream) drop(l *slot) {
	delete(s.flying, l.id)
	if l.flight.sent == 0 {
		s.waiting = slices.DeleteFunc(s.waiting, func(w *slot) bool { return w == l })
	}
}

// find is the call in flight that an id is of, however it is written; 0 for none.
func (s *stream) find(id string) int64 {
	if n, ok := readID([]byte(id)); ok {
		return n
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := range s.flying {
		if protocol.SameID(strconv.FormatInt(n, 10), id) {
			return n
		}
	}
	return 0
}

// lost ends all calls: the stream has ended under them.
func (s *stream) lost() {
	s.over.Store(true)
	s.mu.Lock()
	s.ended = true
	left := make([]*slot, 0, len(s.flying))
	for _, l := range s.flying {
		left = append(left, l)
	}
	clear(s.flying)
	s.mu.Unlock()
	slices.SortFunc(left, func(a, b *slot) int { return int(a.id - b.id) })
	for _, l := range left {
		l.begin()
		v := l.judge.end(endedByPeer)
		if s.conn.State().Phase == transport.Exited {
			v.outcome = oracles.Crashed
		}
		l.finish(v, s.now())
	}
}

// answer answers a request of the server.
func (s *stream) answer(r protocol.Reply) {
	m := s.session.Reply(r.ID, r.Method, scenarios.Value{})
	var text bytes.Buffer
	_, _ = m.Body.WriteTo(&text) // it cannot fail
	s.mu.Lock()
	s.out = append(append(s.out, text.Bytes()...), m.End...)
	s.mu.Unlock()
	s.flush()
}
