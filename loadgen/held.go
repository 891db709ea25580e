package loadgen

import (
	"context"
	"sync"
	"time"

	"github.com/mcpfuzz/mcpfuzz/transport"
)

// held is a stream whose writes are timed. A server that is behind leaves in its pipe what it
// was sent, until a write has to wait for it; what is due meanwhile waits for the server, and
// not for the generator. It is safe for concurrent use.
type held struct {
	transport.Conn
	now func() time.Duration

	mu sync.Mutex
	// waits are the last writes that waited, in turn; n counts all of them.
	waits [heldKept]wait
	n     int
}

// wait is a write that waited for the server.
type wait struct{ began, ended time.Duration }

// leastHeld is how long a write takes that waits, heldKept how many are remembered that do.
const (
	leastHeld = time.Millisecond
	heldKept  = 4096
)

func holding(c transport.Conn, now func() time.Duration) *held { return &held{Conn: c, now: now} }

// Send is that of the stream.
func (h *held) Send(ctx context.Context, ms ...transport.Message) ([]transport.Sent, error) {
	w := wait{began: h.now()}
	sent, err := h.Conn.Send(ctx, ms...)
	if w.ended = h.now(); w.ended-w.began > leastHeld {
		h.mu.Lock()
		h.waits[h.n%heldKept] = w
		h.n++
		h.mu.Unlock()
	}
	return sent, err
}

// sent is when a call was sent that was due then, and was written as soon as the writes before
// it had ended: earlier by what these waited for the server meanwhile.
func (h *held) sent(due, written time.Duration) time.Duration {
	if h == nil || written-due <= leastHeld {
		return written
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	sent := written
	for i := h.n - 1; i >= max(0, h.n-heldKept); i-- {
		w := h.waits[i%heldKept]
		if w.ended <= due {
			break // as those before it
		}
		sent -= max(0, min(w.ended, written)-max(w.began, due))
	}
	return sent
}
