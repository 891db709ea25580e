package made

import (
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Workers and Work are those of the servers that are loaded: so many calls at a time, each
// for so long.
const (
	Workers = 4
	Work    = 10 * time.Millisecond
)

// Loaded returns the made servers whose manners show under load; the verdict on each is its
// name.
func Loaded() []Site {
	return []Site{
		{Name: "sheds", Doc: "Lets 20 calls wait for a worker, and refuses others with 429.", Handler: working(bounded)},
		{Name: "queues", Doc: "Lets all calls wait, serves any of them next, and lets go those who hang up.", Handler: working(anyNext)},
		{Name: "collapses", Doc: "Serves all calls in turn, also those of clients that hung up long ago.", Handler: working(inTurn)},
		{Name: "crashes", Doc: "Ends with exit code 7 when 100 calls wait.", Handler: working(bursting), Alone: true},
		{Name: "corrupts", Doc: "Answers under the id of the call that came last.", Handler: mixing},
	}
}

// desk hands out workers in turn.
type desk struct {
	workers chan struct{}
	waiting atomic.Int64
}

func newDesk() *desk { return &desk{workers: make(chan struct{}, Workers)} }

// wait waits for a worker, and returns how to give it back.
func (d *desk) wait() (done func()) {
	d.waiting.Add(1)
	d.workers <- struct{}{}
	d.waiting.Add(-1)
	return func() { <-d.workers }
}

// admission waits for a worker on behalf of a call, and returns how to give it back; nil
// where the call gets none, and needs no more of an answer.
type admission func(d *desk, w http.ResponseWriter, req *http.Request) (done func())

// working is a server whose calls cost work.
func working(admit admission) func() http.Handler {
	return func() http.Handler {
		d := newDesk()
		return newSite(func(w http.ResponseWriter, req *http.Request, r request) {
			done := admit(d, w, req)
			if done == nil {
				return
			}
			time.Sleep(Work)
			done()
			asJSON(w, req, r)
		})
	}
}

func inTurn(d *desk, _ http.ResponseWriter, _ *http.Request) func() { return d.wait() }

func bounded(d *desk, w http.ResponseWriter, _ *http.Request) func() {
	const most = 20
	if d.waiting.Load() >= most {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
		return nil
	}
	return d.wait()
}

func bursting(d *desk, _ http.ResponseWriter, _ *http.Request) func() {
	const most = 100
	if d.waiting.Load() >= most {
		end(End{Code: 7})
	}
	return d.wait()
}

// anyNext has those who wait look for a free worker again and again, each in its own time.
func anyNext(d *desk, _ http.ResponseWriter, req *http.Request) func() {
	for {
		select {
		case d.workers <- struct{}{}:
			return func() { <-d.workers }
		case <-req.Context().Done():
			return nil
		default:
			time.Sleep(time.Duration(rand.Int64N(int64(Work / 2))))
		}
	}
}

// mixing keeps the id of the call that it works for where the next call overwrites it.
func mixing() http.Handler {
	var mu sync.Mutex
	var last request
	d := newDesk()
	return newSite(func(w http.ResponseWriter, req *http.Request, r request) {
		mu.Lock()
		last = r
		mu.Unlock()
		done := d.wait()
		time.Sleep(Work)
		done()
		mu.Lock()
		answered := last
		mu.Unlock()
		asJSON(w, req, answered)
	})
}
