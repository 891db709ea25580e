package transport

import (
	"bufio"
	"bytes"
	"io"
	"time"
)

// tailSize is how much of the end of a cut frame is kept: an answer's id may
// stand there.
const tailSize = 512

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

// gather collects one frame in bounded memory: its head, its size, and when it
// is cut the last bytes of it.
type gather struct {
	limit int64
	head  []byte
	tail  []byte
	size  int64
}

func (g *gather) add(p []byte) {
	g.size += int64(len(p))
	room := int(g.limit) - len(g.head)
	if len(p) <= room {
		g.head = append(g.head, p...)
		return
	}
	g.head = append(g.head, p[:room]...)
	g.tail = append(g.tail, p[room:]...)
	if over := len(g.tail) - tailSize; over > 0 {
		g.tail = append(g.tail[:0], g.tail[over:]...)
	}
}

func (g *gather) frame(of int, at time.Time) Frame {
	return Frame{Of: of, Bytes: g.head, Size: g.size, Cut: g.size > int64(len(g.head)), Tail: g.tail, At: at}
}

// readLines hands every line to put, without its end, and returns the bytes
// after the last newline.
func readLines(r io.Reader, limit int64, put func(Frame)) (torn []byte) {
	c := &clocked{r: r}
	lines := bufio.NewReaderSize(c, 64<<10)
	g := gather{limit: limit}
	for {
		chunk, err := lines.ReadSlice('\n')
		ended := err == nil
		if ended {
			chunk = bytes.TrimSuffix(chunk[:len(chunk)-1], []byte("\r"))
		}
		g.add(chunk)
		switch {
		case ended:
			put(g.frame(-1, c.at))
			g = gather{limit: limit}
		case err != bufio.ErrBufferFull:
			return g.head
		}
	}
}
