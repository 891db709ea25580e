package transport

import (
	"bufio"
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// stream sends and receives lines over a pair of byte streams.
type stream struct {
	in  io.WriteCloser
	out io.Reader
	q   *queue
	// buffer is kept between sends, which do not overlap: a new one for each
	// would cost more than most messages do.
	buffer *bufio.Writer
	// ended is closed when the last byte was read; torn is set before.
	ended chan struct{}
	torn  []byte
	// written is what was really written.
	written atomic.Int64

	closing sync.Once
}

// newStream starts to read lines from out.
func newStream(in io.WriteCloser, out io.Reader, limits Limits) *stream {
	s := &stream{
		in: in, out: out, q: newQueue(limits.Queue), ended: make(chan struct{}),
		buffer: bufio.NewWriterSize(nil, writeBuffer),
	}
	go func() {
		defer s.q.end()
		defer close(s.ended)
		s.torn = readLines(out, limits.Frame, s.q.put)
	}()
	return s
}

// over reports whether the peer has ended its stream.
func (s *stream) over() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

func (s *stream) recv(ctx context.Context) (Frame, error) { return s.q.get(ctx) }

// DropIdle has nothing to close: a stream is one connection.
func (s *stream) DropIdle() {}

// closeInput ends our side of the stream.
func (s *stream) closeInput() { s.closing.Do(func() { s.in.Close() }) }

// writeBuffer is large enough that a burst of ordinary calls is one write.
const writeBuffer = 256 << 10

// send writes the messages, all in one write where they fit the buffer, and
// tells of each whether it went out whole.
func (s *stream) send(ctx context.Context, ms []Message) ([]Sent, error) {
	stop := s.writeUntil(ctx)
	defer stop()
	w := s.buffer
	w.Reset(counting{s.in, &s.written})
	ends, start := make([]int64, len(ms)), time.Now()
	total := s.written.Load()
	var err error
	for i, m := range ms {
		var n int64
		if err == nil {
			n, err = m.Body.WriteTo(w)
		}
		if err == nil {
			_, err = w.WriteString(m.End)
		}
		total += n + int64(len(m.End))
		ends[i] = total
	}
	if err == nil {
		err = w.Flush()
	}
	sent := make([]Sent, len(ms))
	for i := range sent {
		sent[i].Start = start
		if err == nil || ends[i] <= s.written.Load() {
			sent[i].End = time.Now()
			continue
		}
		sent[i].Err, sent[i].Stalled = err, stalled(ctx, err)
	}
	return sent, err
}

// stalled reports whether a write failed because its time was up.
func stalled(ctx context.Context, err error) bool {
	return errors.Is(context.Cause(ctx), context.DeadlineExceeded) && !IsReset(err)
}

// writeUntil makes writes fail when the context ends.
func (s *stream) writeUntil(ctx context.Context) (stop func()) {
	d, ok := s.in.(interface{ SetWriteDeadline(time.Time) error })
	if !ok || d.SetWriteDeadline(time.Time{}) != nil {
		// Nothing but closing it ends a write on such a stream.
		cancel := context.AfterFunc(ctx, s.closeInput)
		return func() { cancel() }
	}
	ran := make(chan struct{})
	cancel := context.AfterFunc(ctx, func() {
		defer close(ran)
		_ = d.SetWriteDeadline(time.Unix(1, 0)) // it could be set a moment ago
	})
	return func() {
		// A deadline that is set late would end the next send.
		if !cancel() {
			<-ran
		}
	}
}

// piece is how much is written before it is counted: as much as a pipe holds.
const piece = 64 << 10

// counting counts what was really written.
type counting struct {
	w io.Writer
	n *atomic.Int64
}

func (c counting) Write(p []byte) (int, error) {
	written := 0
	for written < len(p) {
		n, err := c.w.Write(p[written:min(written+piece, len(p))])
		written += n
		c.n.Add(int64(n))
		if err != nil {
			return written, err
		}
	}
	return written, nil
}
