package transport

import (
	"context"
	"io"
	"sync"
)

// queue holds frames until they are received, in bounded memory. It never
// blocks the side that puts: a server that is not read from would stall, and
// the stall would be ours.
type queue struct {
	mu     sync.Mutex
	frames []Frame
	bytes  int64
	limit  int64
	closed bool
	// more has room for one signal that something changed.
	more chan struct{}
}

// frameCost is what one frame costs beside its bytes: itself, and its place in
// a list that grows by copying.
const frameCost = 512

func newQueue(limit int64) *queue {
	return &queue{limit: limit, more: make(chan struct{}, 1)}
}

// put adds a frame; beyond the limit only its size is kept, together with that
// of others that came too fast. The end of a response is kept in any case, but
// for its bytes.
func (q *queue) put(f Frame) {
	q.mu.Lock()
	defer q.mu.Unlock()
	defer q.signal()
	if q.bytes+f.cost() <= q.limit || f.Last && len(f.Bytes) == 0 {
		q.bytes += f.cost()
		q.frames = append(q.frames, f)
		return
	}
	f.Bytes, f.Tail, f.Cut, f.Lost = nil, nil, true, 1
	if n := len(q.frames); n > 0 && q.frames[n-1].takes(f) {
		q.frames[n-1].Lost++
		q.frames[n-1].Size += f.Size
		return
	}
	q.frames = append(q.frames, f)
}

// takes reports whether an entry for lost frames can stand for one more.
func (f Frame) takes(lost Frame) bool {
	return f.Lost > 0 && !f.Last && !lost.Last && f.Of == lost.Of
}

func (f Frame) cost() int64 { return int64(len(f.Bytes)) + frameCost }

// end says that nothing more will come.
func (q *queue) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.signal()
}

func (q *queue) signal() {
	select {
	case q.more <- struct{}{}:
	default:
	}
}

// get returns the next frame, io.EOF after the last, or the context's error.
func (q *queue) get(ctx context.Context) (Frame, error) {
	for {
		f, ok, closed := q.next()
		switch {
		case ok:
			return f, nil
		case closed:
			return Frame{}, io.EOF
		}
		select {
		case <-q.more:
		case <-ctx.Done():
			return Frame{}, ctx.Err()
		}
	}
}

func (q *queue) next() (f Frame, ok, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.frames) == 0 {
		if q.closed {
			q.signal()
		}
		return Frame{}, false, q.closed
	}
	f = q.frames[0]
	q.frames[0] = Frame{}
	q.frames = q.frames[1:]
	if f.Lost == 0 {
		q.bytes -= f.cost()
	}
	return f, true, false
}
