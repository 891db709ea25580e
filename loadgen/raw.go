package loadgen

import (
	"bufio"
	"container/heap"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// Raw writes the calls of one load as results of vegeta, for its reports and plots: the
// latency is the response time, the code the status of the response, and the error the class
// of a call that did not get what it should. They are written in the order in which they were
// due, as plots need them, so that it holds those of the last timeout. It is safe for
// concurrent use.
type Raw struct {
	url string
	// wait is how long after it was due a call is told of at the latest.
	wait time.Duration

	mu     sync.Mutex
	out    *bufio.Writer
	encode vegeta.Encoder
	held   byDue
	// last is when the last one that was written was due, count how many were, err the first
	// error of writing.
	last  time.Duration
	count uint64
	err   error
}

// toldAfter is how long after its timeout a call is told of at the latest.
const toldAfter = time.Second

// NewRaw writes the calls of a load of that configuration, without what its URL may hide.
func NewRaw(w io.Writer, cfg Config) *Raw {
	r := &Raw{wait: cfg.Timeout + toldAfter, out: bufio.NewWriter(w)}
	r.encode = vegeta.NewEncoder(r.out)
	if at, err := url.Parse(cfg.URL); err == nil {
		at.User, at.RawQuery, at.Fragment = nil, "", ""
		r.url = at.String()
	}
	return r
}

// Add takes a call.
func (r *Raw) Add(e Ended) {
	r.mu.Lock()
	defer r.mu.Unlock()
	heap.Push(&r.held, e)
	for len(r.held) > 0 && r.held[0].Due < e.Done-r.wait {
		r.write(heap.Pop(&r.held).(Ended))
	}
}

// Close writes what is held, and returns the first error of writing.
func (r *Raw) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.held) > 0 {
		r.write(heap.Pop(&r.held).(Ended))
	}
	if err := r.out.Flush(); r.err == nil {
		r.err = err
	}
	return r.err
}

func (r *Raw) write(e Ended) {
	r.last = max(r.last, e.Due) // what is told of too late stands where the file is
	result := vegeta.Result{
		Attack: "mcpfuzz", Seq: r.count, Code: uint16(e.Status), Timestamp: e.Began.Add(r.last), Latency: e.Done - e.Due,
		BytesOut: uint64(e.Out), BytesIn: uint64(e.In), Method: http.MethodPost, URL: r.url,
	}
	if e.Class != OK && e.Class != Denied {
		result.Error = e.Class.String()
	}
	r.count++
	if err := r.encode(&result); r.err == nil {
		r.err = err
	}
}

// byDue is a heap of calls, the first that was due on top.
type byDue []Ended

func (h byDue) Len() int           { return len(h) }
func (h byDue) Less(i, j int) bool { return h[i].Due < h[j].Due }
func (h byDue) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *byDue) Push(x any)        { *h = append(*h, x.(Ended)) }
func (h *byDue) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	*h = (*h)[:last]
	return x
}
