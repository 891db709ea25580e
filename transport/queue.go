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

// frameCost is what one frame costs beside its bytes.
const frameCost = 256

func newQueue(limit int64) *queue {
	return &queue{limit: limit, more: make(chan struct{}, 1)}
}

// put adds a frame; beyond the limit only its size is kept, together with that
// of others that came too fast.
func (q *queue) put(f Frame) {
	q.mu.Lock()
	defer q.mu.Unlock()
	cost := int64(len(f.Bytes)) + frameCost
	last := len(q.frames) - 1
	switch {
	case q.bytes+cost <= q.limit || f.Last:
		q.bytes += cost
		q.frames = append(q.frames, f)
	case last >= 0 && q.frames[last].Lost > 0:
		q.frames[last].Lost++
		q.frames[last].Size += f.Size
	default:
		q.frames = append(q.frames, Frame{Of: f.Of, Size: f.Size, Cut: true, Lost: 1, At: f.At})
	}
	q.signal()
}

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
		q.bytes -= int64(len(f.Bytes)) + frameCost
	}
	return f, true, false
}
