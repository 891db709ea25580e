package limits_test

import (
	"bytes"
	"io"
	"math"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"

	"golang.org/x/time/rate"

	"github.com/mcpfuzz/mcpfuzz/internal/limits"
)

// metered lets calls through to a server as a limiter says.
func metered(l *rate.Limiter, to http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return // the client is gone
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
		if bytes.Contains(body, []byte("tools/call")) {
			r := l.Reserve()
			if d := r.Delay(); d > 0 {
				r.Cancel()
				w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(d.Seconds()))))
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
		}
		to.ServeHTTP(w, req)
	})
}

// Slow limits and fast ones, small and large, of a server whose calls take their time.
func TestRatesAndBursts(t *testing.T) {
	for _, want := range []struct {
		rate  float64
		burst int
		// bound: it cannot be waited for, or is nearly as fast as calls are made.
		bound bool
	}{{0.3, 30, true}, {0.7, 7, false}, {3, 1, false}, {3, 30, false}, {12.5, 2, false}, {17, 7, false}, {45, 120, false}, {90, 7, true}} {
		synctest.Test(t, func(t *testing.T) {
			l := rate.NewLimiter(rate.Limit(want.rate), want.burst)
			a, err := limits.Run(t.Context(), config(t, serve(t, metered(l, handler("unlimited"))), 1, echo()))
			got := layer(a, "not known for whom")
			if err != nil || got.Calls != want.burst || (got.AtLeast || got.AtMost) != want.bound || math.Abs(got.PerSecond-want.rate) > want.rate/10 {
				t.Errorf("%v a second, %d at once: %+v, %v", want.rate, want.burst, a, err)
			}
		})
	}
}
