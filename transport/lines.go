package transport

import (
	"bufio"
	"bytes"
	"io"
	"time"
)

// headSize and tailSize are how much of the two ends of a cut frame is kept: an
// answer's id may stand at either.
const (
	headSize = 64 << 10
	tailSize = 512
)

// clocked notes when the last read returned, before anything is decoded.
type clocked struct {
	r  io.Reader
	at time.Time
}

func (c *clocked) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.at = time.Now()
	return n, err
}

// Gather collects one frame in bounded memory: the whole of it up to the
// limit, and beyond that its two ends.
type Gather struct {
	// Limit is the size up to which all is kept.
	Limit int64
	size  int64
	cut   bool
	bytes []byte
	tail  []byte
}

// Add takes the next bytes of the frame.
func (g *Gather) Add(p []byte) {
	g.size += int64(len(p))
	switch {
	case g.cut:
		g.keepTail(p)
	case g.size <= g.Limit:
		g.bytes = append(g.bytes, p...)
	default:
		g.cut = true
		g.bytes = append(g.bytes, p...)
		g.keepTail(g.bytes)
		g.bytes = bytes.Clone(g.bytes[:min(len(g.bytes), headSize, int(g.Limit))])
	}
}

func (g *Gather) keepTail(p []byte) {
	g.tail = append(g.tail, p[max(0, len(p)-tailSize):]...)
	g.tail = append(g.tail[:0], g.tail[max(0, len(g.tail)-tailSize):]...)
}

// Size is how many bytes the frame has by now.
func (g *Gather) Size() int64 { return g.size }

// Whole are the bytes of the frame, which are those of the Gather; it reports false where
// that does not keep them all.
func (g *Gather) Whole() ([]byte, bool) { return g.bytes, !g.cut }

// Reset starts another frame, in the memory of this one where that is not much.
func (g *Gather) Reset() {
	if cap(g.bytes) > headSize {
		g.bytes = nil
	}
	g.bytes, g.tail, g.size, g.cut = g.bytes[:0], g.tail[:0], 0, false
}

// Frame is what was collected. Its bytes are those of the Gather, which the next Reset
// gives to another frame.
func (g *Gather) Frame(of int, at time.Time) Frame {
	return Frame{Of: of, Bytes: g.bytes, Size: g.size, Cut: g.cut, Tail: g.tail, At: at}
}

// readLines hands every line to put, without its end, and returns the bytes
// after the last newline.
func readLines(r io.Reader, limit int64, put func(Frame)) (torn []byte) {
	c := &clocked{r: r}
	lines := bufio.NewReaderSize(c, 64<<10)
	g := Gather{Limit: limit}
	for {
		chunk, err := lines.ReadSlice('\n')
		ended := err == nil
		g.Add(bytes.TrimSuffix(chunk, []byte("\n")))
		switch {
		case ended:
			put(g.Frame(-1, c.at))
			g = Gather{Limit: limit}
		case err != bufio.ErrBufferFull:
			return g.bytes
		}
	}
}
