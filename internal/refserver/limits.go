package refserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rate is how often something may be done: so often a second, and so often at once. The
// zero Rate is no bound.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Limits bound how often the server is called over HTTP. The zero Limits bound nothing.
type Limits struct {
	// Key is for each client that has a key, Address for each address, whoever calls.
	Key, Address Rate
	// InFlight is how many calls are worked on at once, Connections how many each address
	// has, 0 for any.
	InFlight, Connections int
}

// ParseRate reads PER_SECOND/AT_ONCE, as in 5/10.
func ParseRate(text string) (Rate, error) {
	often, many, _ := strings.Cut(text, "/")
	perSecond, err := strconv.ParseFloat(often, 64)
	burst, burstErr := strconv.Atoi(many)
	if err != nil || burstErr != nil || !(perSecond > 0) || burst < 1 {
		return Rate{}, fmt.Errorf("%q: want calls a second and calls at once, like 5/10", text)
	}
	return Rate{perSecond, burst}, nil
}

// meter counts what each of some does. It is safe for concurrent use.
type meter struct {
	rate Rate

	mu sync.Mutex
	by map[string]*rate.Limiter
}

func newMeter(r Rate) *meter { return &meter{rate: r, by: map[string]*rate.Limiter{}} }

// of is the limiter of one of them. Where there are too many to be remembered all begin
// anew.
func (m *meter) of(who string) *rate.Limiter {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.by[who]
	if l == nil {
		if len(m.by) >= maxRemembered {
			clear(m.by)
		}
		l = rate.NewLimiter(rate.Limit(m.rate.PerSecond), m.rate.Burst)
		m.by[who] = l
	}
	return l
}

// take counts some calls at once, or tells how long it is until they may come.
func (m *meter) take(who string, calls int) (wait time.Duration) {
	if m.rate == (Rate{}) {
		return 0
	}
	l := m.of(who)
	if calls > m.rate.Burst {
		return time.Duration(float64(calls) / m.rate.PerSecond * float64(time.Second)) // never at once
	}
	r := l.ReserveN(time.Now(), calls)
	if wait = r.Delay(); wait > 0 {
		r.Cancel()
	}
	return wait
}

// door is where the three layers stand.
type door struct {
	keys, addresses *meter
	// flying holds a token for each call that is worked on, nil for no bound.
	flying chan struct{}
}

func newDoor(l Limits) *door {
	d := &door{keys: newMeter(l.Key), addresses: newMeter(l.Address)}
	if l.InFlight > 0 {
		d.flying = make(chan struct{}, l.InFlight)
	}
	return d
}

// admitted holds a message to the three layers, and returns what is to be done when it was
// worked on; false where it was refused. Signs of life are let through, so that nobody takes
// a server that refuses for one that is gone.
func (s *Server) admitted(w http.ResponseWriter, r *http.Request, frame []byte) (done func(), ok bool) {
	e := readEnvelope(unpadded(frame))
	if e.method == "ping" || e.method == "server/discover" {
		return func() {}, true
	}
	calls := callsIn(frame, e)
	if !s.off["address-rate"] && turnedAway(w, "calls", s.door.addresses.take(addressOf(r), max(calls, 1))) {
		return nil, false
	}
	if calls == 0 {
		return func() {}, true
	}
	if client := s.caller(r); client != "" && !s.off["key-rate"] && turnedAway(w, "calls", s.door.keys.take(client, calls)) {
		return nil, false
	}
	return s.seated(w)
}

// seated waits for nothing: a call finds a place, or is refused.
func (s *Server) seated(w http.ResponseWriter) (done func(), ok bool) {
	if s.door.flying == nil || s.off["in-flight"] {
		return func() {}, true
	}
	select {
	case s.door.flying <- struct{}{}:
		return func() { <-s.door.flying }, true
	default:
		return nil, !turnedAway(w, "calls", time.Second)
	}
}

// turnedAway refuses what there is too much of, and says when it may come again (RFC 6585,
// 4).
func turnedAway(w http.ResponseWriter, what string, wait time.Duration) bool {
	if wait <= 0 {
		return false
	}
	seconds := strconv.Itoa(int(math.Ceil(wait.Seconds())))
	w.Header().Set("Retry-After", seconds)
	http.Error(w, "too many "+what+"; come again in "+seconds+" s", http.StatusTooManyRequests)
	return true
}

// addressOf is the address that a request comes from, whatever it says of itself.
func addressOf(r *http.Request) string { return hostOf(r.RemoteAddr) }

// hostOf is an address without the port.
func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return host
}

// callsIn counts the calls of tools in a message: those of a batch are one each.
func callsIn(frame []byte, e envelope) int {
	if e.method == "tools/call" {
		return 1
	}
	var items []json.RawMessage
	if !bytes.HasPrefix(unpadded(frame), []byte("[")) || json.Unmarshal(frame, &items) != nil {
		return 0
	}
	n := 0
	for _, item := range items {
		if readEnvelope(item).method == "tools/call" {
			n++
		}
	}
	return n
}
