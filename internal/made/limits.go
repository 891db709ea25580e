package made

import (
	"io"
	"math"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Limited returns the made servers that bound how often they are called, or do not, with
// settings that are known.
func Limited() []Site {
	return []Site{
		{Name: "per-key", Doc: "Each key has 10 calls at once and 5 a second.", Handler: limited(byKey, bucket(5, 10), tooMany)},
		{Name: "per-address", Doc: "Each address has 20 calls at once and 20 a second.", Handler: limited(byAddress, bucket(20, 20), tooMany)},
		{Name: "eight-in-flight", Doc: "Is at work on 8 calls at once.", Handler: inFlight(8)},
		{Name: "eight-requests", Doc: "Is at work on 8 requests at once, of whatever kind.", Handler: inFlightAtTheDoor(8)},
		{Name: "unlimited", Doc: "Serves whatever comes, in its time.", Handler: inFlight(math.MaxInt32)},
		{Name: "wrong-retry-after", Doc: "Each key has 10 calls in 20 s, and is told to come again in one.", Handler: limited(byKey, window(10, 20*time.Second), tooManyFor(time.Second))},
		{Name: "windows", Doc: "Each key has 30 calls in 10 s.", Handler: limited(byKey, window(30, 10*time.Second), tooMany)},
		{Name: "by-the-minute", Doc: "Each address has 30 calls in a minute.", Handler: limited(byAddress, window(30, time.Minute), tooMany)},
		{Name: "by-the-hour", Doc: "Each key has 20 calls in an hour.", Handler: limited(byKey, window(20, time.Hour), tooMany)},
		{Name: "per-session", Doc: "Each session has 10 calls at once and 5 a second.", Handler: limited(bySession, bucket(5, 10), tooMany)},
		{Name: "for-all", Doc: "All clients together have 10 calls at once and 5 a second.", Handler: limited(byNothing, bucket(5, 10), tooMany)},
		{Name: "trusting", Doc: "Each address that a client says it forwards for has 10 calls at once and 5 a second.", Handler: limited(byClaim, bucket(5, 10), tooMany)},
		{Name: "of-all-requests", Doc: "Each address has 20 requests at once and 10 a second, of whatever kind.", Handler: limitedAtTheDoor(byAddress, bucket(10, 20))},
		{Name: "per-key-and-address", Doc: "Each key has 10 calls at once and 5 a second from each address.", Handler: limited(byBoth, bucket(5, 10), tooMany)},
		{Name: "bare", Doc: "Each address has 10 calls at once and 5 a second, and is not told when to come again.", Handler: limited(byAddress, bucket(5, 10), tooManyAtAll)},
		{Name: "in-words", Doc: "Each address has 10 calls at once and 5 a second, and is told so by a JSON-RPC error.", Handler: limited(byAddress, bucket(5, 10), tooManyInWords)},
		{Name: "one-at-a-time", Doc: "Each address has a call every 200 ms.", Handler: limited(byAddress, bucket(5, 1), tooMany)},
		{Name: "failing", Doc: "Each address has 10 calls at once and 5 a second, and an internal error beyond that.", Handler: limited(byAddress, bucket(5, 10), tooManyToWork)},
		{Name: "one-key", Doc: "Each address has 10 calls at once and 5 a second, of the first key that calls alone.", Handler: firstAlone(byKey, limited(byAddress, bucket(5, 10), tooMany))},
		{Name: "one-address", Doc: "Each key has 10 calls at once and 5 a second, from the first address that calls alone.", Handler: firstAlone(byAddress, limited(byKey, bucket(5, 10), tooMany))},
		{Name: "no-proxies", Doc: "Each address has 10 calls at once and 5 a second, and nobody may say that it forwards.", Handler: firstAlone(byForwarding, limited(byAddress, bucket(5, 10), tooMany))},
		{Name: "flaky", Doc: "Fails on every twentieth call.", Handler: limited(byNothing, eachTwentieth, tooManyToWork)},
		{Name: "spent", Doc: "Serves 30 calls, and fails on all others.", Handler: limited(byNothing, window(30, 1000*time.Hour), tooManyToWork)},
	}
}

// Whose calls are counted together.

func byKey(req *http.Request) string     { return req.Header.Get("Authorization") }
func bySession(req *http.Request) string { return req.Header.Get(sessionHeader) }
func byNothing(*http.Request) string     { return "" }
func byBoth(req *http.Request) string    { return byKey(req) + " " + byAddress(req) }

func byForwarding(req *http.Request) string { return req.Header.Get("X-Forwarded-For") }

func byAddress(req *http.Request) string {
	host, _, err := net.SplitHostPort(req.RemoteAddr)
	if err != nil {
		return req.RemoteAddr
	}
	return host
}

func byClaim(req *http.Request) string {
	if claim := req.Header.Get("X-Forwarded-For"); claim != "" {
		return claim
	}
	return byAddress(req)
}

// meter lets a call through, or tells when the next one may come.
type meter interface {
	take(now time.Time) (wait time.Duration)
}

// bucket fills by so many calls a second, and holds so many.
func bucket(perSecond, size float64) func() meter {
	return func() meter { return &aBucket{perSecond: perSecond, size: size, left: size} }
}

type aBucket struct {
	perSecond, size, left float64
	last                  time.Time
}

func (b *aBucket) take(now time.Time) time.Duration {
	if !b.last.IsZero() {
		b.left = min(b.size, b.left+b.perSecond*now.Sub(b.last).Seconds())
	}
	b.last = now
	const rounding = 1e-9
	if b.left < 1-rounding {
		return time.Duration((1 - b.left) / b.perSecond * float64(time.Second))
	}
	b.left--
	return 0
}

// window lets through so many calls from the first one on until it is over.
func window(most int, length time.Duration) func() meter {
	return func() meter { return &aWindow{most: most, length: length} }
}

type aWindow struct {
	most, taken int
	length      time.Duration
	ends        time.Time
}

func (w *aWindow) take(now time.Time) time.Duration {
	if !now.Before(w.ends) {
		w.ends, w.taken = now.Add(w.length), 0
	}
	if w.taken == w.most {
		return w.ends.Sub(now)
	}
	w.taken++
	return 0
}

// eachTwentieth lets all calls but every twentieth through.
func eachTwentieth() meter { return new(aCount) }

type aCount int

func (c *aCount) take(time.Time) time.Duration {
	const every = 20
	if *c++; *c%every == 0 {
		return 1
	}
	return 0
}

// meters are one for each whose calls are counted.
type meters struct {
	fresh func() meter

	mu sync.Mutex
	of map[string]meter
}

func newMeters(fresh func() meter) *meters { return &meters{fresh: fresh, of: map[string]meter{}} }

func (m *meters) take(who string) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.of[who] == nil {
		m.of[who] = m.fresh()
	}
	return m.of[who].take(time.Now())
}

// refuser refuses a call that may come again after that time.
type refuser func(w http.ResponseWriter, req *http.Request, r request, wait time.Duration)

// limited is a server that counts calls.
func limited(whose func(*http.Request) string, fresh func() meter, refuse refuser) func() http.Handler {
	return func() http.Handler {
		m := newMeters(fresh)
		return newSite(func(w http.ResponseWriter, req *http.Request, r request) {
			if wait := m.take(whose(req)); wait > 0 {
				refuse(w, req, r, wait)
				return
			}
			asJSON(w, req, r)
		})
	}
}

// firstAlone lets those alone in who come as the first one does.
func firstAlone(whose func(*http.Request) string, then func() http.Handler) func() http.Handler {
	return func() http.Handler {
		var once sync.Once
		var first string
		h := then()
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			once.Do(func() { first = whose(req) })
			if whose(req) != first {
				http.Error(w, "you may not come in", http.StatusForbidden)
				return
			}
			h.ServeHTTP(w, req)
		})
	}
}

// limitedAtTheDoor counts all requests, before it looks at what they are.
func limitedAtTheDoor(whose func(*http.Request) string, fresh func() meter) func() http.Handler {
	return func() http.Handler {
		m, site := newMeters(fresh), newSite(asJSON)
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if wait := m.take(whose(req)); wait > 0 {
				tooMany(w, req, request{}, wait)
				return
			}
			site.ServeHTTP(w, req)
		})
	}
}

func tooMany(w http.ResponseWriter, req *http.Request, r request, wait time.Duration) {
	tooManyFor(wait)(w, req, r, wait)
}

// tooManyFor says whatever the time is to come again in that much.
func tooManyFor(said time.Duration) refuser {
	return func(w http.ResponseWriter, _ *http.Request, _ request, _ time.Duration) {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(said.Seconds()))))
		w.WriteHeader(http.StatusTooManyRequests)
	}
}

func tooManyAtAll(w http.ResponseWriter, _ *http.Request, _ request, _ time.Duration) {
	w.WriteHeader(http.StatusTooManyRequests)
}

func tooManyInWords(w http.ResponseWriter, _ *http.Request, r request, _ time.Duration) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, failure(r.id, -32000, "rate limit exceeded, try again later"))
}

func tooManyToWork(w http.ResponseWriter, _ *http.Request, r request, _ time.Duration) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, failure(r.id, codeInternal, "something broke"))
}

// seats are how many things are done at once. It is safe for concurrent use.
type seats struct {
	mu          sync.Mutex
	most, taken int
}

// sit takes a seat, or reports that there is none.
func (s *seats) sit() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken >= s.most {
		return false
	}
	s.taken++
	return true
}

func (s *seats) rise() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
}

// inFlight is a server whose calls take time, so many of them at once.
func inFlight(most int) func() http.Handler {
	return func() http.Handler {
		s := &seats{most: most}
		return newSite(func(w http.ResponseWriter, req *http.Request, r request) {
			if !s.sit() {
				tooMany(w, req, r, time.Second)
				return
			}
			defer s.rise()
			slowly(w, req, r)
		})
	}
}

// inFlightAtTheDoor counts all requests, before it looks at what they are.
func inFlightAtTheDoor(most int) func() http.Handler {
	return func() http.Handler {
		s, site := &seats{most: most}, newSite(slowly)
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if !s.sit() {
				tooMany(w, req, request{}, time.Second)
				return
			}
			defer s.rise()
			site.ServeHTTP(w, req)
		})
	}
}

func slowly(w http.ResponseWriter, req *http.Request, r request) {
	time.Sleep(Work)
	asJSON(w, req, r)
}
