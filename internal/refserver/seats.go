package refserver

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// seats are the connections that addresses have open. It is safe for concurrent use.
type seats struct {
	// most is how many there are for each address, or for all of them together; 0 for any.
	most     int
	together bool

	mu    sync.Mutex
	taken map[net.Conn]string
	count map[string]int
}

func newSeats(most int, together bool) *seats {
	return &seats{most: most, together: together, taken: map[net.Conn]string{}, count: map[string]int{}}
}

// seatless is what the context of a connection says that found no seat.
type seatless struct{}

// take gives a connection that was just made a seat where its address has one left: before
// it sends anything, since one that says nothing is open, too.
func (s *seats) take(ctx context.Context, conn net.Conn) context.Context {
	whose := ""
	if !s.together {
		whose = hostOf(conn.RemoteAddr().String())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.most > 0 && s.count[whose] >= s.most {
		return context.WithValue(ctx, seatless{}, true)
	}
	s.taken[conn] = whose
	s.count[whose]++
	return ctx
}

// leave makes the seat of a connection free that is closed.
func (s *seats) leave(conn net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	whose, seated := s.taken[conn]
	if !seated || state != http.StateClosed && state != http.StateHijacked {
		return
	}
	delete(s.taken, conn)
	if s.count[whose]--; s.count[whose] == 0 {
		delete(s.count, whose)
	}
}

// guard refuses what comes without a seat, and closes the connection.
func (s *seats) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Context().Value(seatless{}) == nil {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Connection", "close")
		turnedAway(w, "connections", time.Second)
	})
}
