package made

import (
	"context"
	"crypto/sha256"
	"io"
	"time"
)

// Lateness is how long the server that is late takes for a call.
const Lateness = 500 * time.Millisecond

// late does the work of a call aside, and goes on with other messages.
func late(h handler) handler {
	return func(ctx context.Context, w *wire, r request) error {
		if r.method != "tools/call" || r.id == "" {
			return h(ctx, w, r)
		}
		// Nobody may be there any more.
		time.AfterFunc(Lateness, func() { _ = h(ctx, w, r) })
		return nil
	}
}

// serial takes so long for each call that the signs of life behind it are late, too.
func serial(h handler) handler {
	return func(ctx context.Context, w *wire, r request) error {
		if r.method == "tools/call" && r.id != "" {
			time.Sleep(3 * Lateness)
		}
		return h(ctx, w, r)
	}
}

// sluggish takes a quarter of a second for each 64 KiB that it reads.
func sluggish(ctx context.Context, in io.Reader, out io.Writer) error {
	return act("label", fresh(says))(ctx, sluggishly{in}, out)
}

type sluggishly struct{ r io.Reader }

func (s sluggishly) Read(p []byte) (int, error) {
	n, err := s.r.Read(p[:min(len(p), 4<<10)])
	time.Sleep(time.Duration(n) * time.Second / (256 << 10))
	return n, err
}

// The work of a call on a busy machine: so many turns on a processor of that length, and
// how long others have it between two.
const (
	turns    = 25
	turn     = 8 * time.Millisecond
	ofOthers = 7 * turn
)

// starved is serial on a machine of which others have nearly all.
func starved(h handler) handler {
	return func(ctx context.Context, w *wire, r request) error {
		if r.method == "tools/call" && r.id != "" {
			for range turns {
				toil(turn)
				time.Sleep(ofOthers)
			}
		}
		return h(ctx, w, r)
	}
}

// toil keeps a processor busy for that long.
func toil(d time.Duration) {
	for start := time.Now(); time.Since(start) < d; {
		sha256.Sum256(make([]byte, 1<<10))
	}
}
