package transport

import (
	"io"
	"sync"
)

// ring keeps the last bytes that were written to it. It is safe for concurrent
// use.
type ring struct {
	mu   sync.Mutex
	keep int
	b    []byte
}

// Write keeps the tail of p.
func (r *ring) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.b = append(r.b, p...)
	if over := len(r.b) - r.keep; over > 0 {
		r.b = append(r.b[:0], r.b[over:]...)
	}
	return len(p), nil
}

// take returns what is kept and forgets it.
func (r *ring) take() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	b := r.b
	r.b = nil
	return b
}

// drain copies a stream into the ring until it ends.
func (r *ring) drain(from io.Reader) {
	// A stream that cannot be read further has said all that it will.
	_, _ = io.Copy(r, from)
}
