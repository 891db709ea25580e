package loadgen

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
)

// hits is the schedule of a load, call by call, as the Attacker of vegeta takes it: a Pacer
// and a Targeter. The fragment of a target's URL, which is not sent, is the id of the call, by
// which its result is known again.
type hits struct {
	*engine
	next    func() (Prompt, bool)
	url     url.URL
	headers []http.Header

	mu sync.Mutex
	// began is when the attack did, since the load did, and ended when its last call was due.
	// Left are the calls of the prompt at hand, due those that are due and have no target,
	// flying those that have one.
	began, ended time.Duration
	begun        bool
	left, due    []shot
	flying       map[int64]shot
}

// attack sends the calls through the Attacker of vegeta. It returns how long prompts were
// started.
func (e *engine) attack(ctx context.Context, cfg Config) (time.Duration, error) {
	h := &hits{engine: e, flying: map[int64]shot{}}
	if err := h.read(cfg.URL); err != nil {
		return 0, err
	}
	next, stop := iter.Pull(cfg.Plan.Prompts())
	defer func() { // the Pacer may be asked once more
		h.mu.Lock()
		defer h.mu.Unlock()
		stop()
	}()
	h.next = next
	attacker := vegeta.NewAttacker(
		vegeta.TLSConfig(new(tls.Config)), vegeta.HTTP2(true), vegeta.Redirects(vegeta.NoFollow), vegeta.Timeout(cfg.Timeout),
		vegeta.Workers(uint64(min(cfg.Plan.most(), cfg.Connections))), vegeta.MaxWorkers(uint64(cfg.Connections)),
		vegeta.Connections(cfg.Connections), vegeta.MaxBody(mostBody),
	)
	results := attacker.Attack(h.target, h, 0, "")
	j := newJudge(e.now, &e.problem, func(protocol.Reply) {})
	for {
		select {
		case <-ctx.Done():
			attacker.Stop()
			go func() {
				for range results { // nobody waits for what is under way
				}
			}()
			return e.now(), nil
		case r, more := <-results:
			if !more {
				return max(h.ended, cfg.Plan.For), nil
			}
			h.judge(j, r)
		}
	}
}

// read reads the heads of the calls.
func (h *hits) read(address string) error {
	at, err := url.Parse(address)
	if err != nil {
		return err
	}
	h.url = *at
	h.url.User = nil // a head says it
	for _, t := range h.work.templates {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(t.bytes)))
		if err != nil {
			return err
		}
		h.headers = append(h.headers, r.Header)
	}
	return nil
}

// Pace waits for the next call.
func (h *hits) Pace(elapsed time.Duration, _ uint64) (time.Duration, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.begun {
		h.began, h.begun = h.now()-elapsed, true
	}
	if len(h.left) == 0 && !h.prompt() {
		h.ended = h.now()
		return 0, true
	}
	f := h.left[0]
	h.left, h.due = h.left[1:], append(h.due, f)
	return max(f.due-h.began-elapsed, 0), false
}

// prompt takes the next prompt, and reports whether there is one.
func (h *hits) prompt() bool {
	p, ok := h.next()
	if !ok {
		return false
	}
	for _, template := range h.plan.fires(p.Number, h.work.right, nil) {
		h.left = append(h.left, shot{template: template, due: h.began + p.At})
	}
	h.prompts.Add(1)
	return true
}

// Rate is that of the schedule, in calls.
func (h *hits) Rate(elapsed time.Duration) float64 {
	width, _ := h.plan.Traffic.width()
	return h.plan.Pacer.Rate(elapsed) * h.plan.FanOut.mean() * width
}

// target is the call that is due.
func (h *hits) target(to *vegeta.Target) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	f := h.due[0]
	h.due = h.due[1:]
	id := h.ids.Add(1) + firstID
	h.flying[id] = f
	t, at := h.work.templates[f.template], h.url
	at.Fragment = strconv.FormatInt(id, 10)
	whole := t.request(nil, id)
	*to = vegeta.Target{Method: http.MethodPost, URL: at.String(), Header: h.headers[f.template], Body: whole[len(whole)-t.body:]}
	return nil
}

// judge judges a result.
func (h *hits) judge(j *judge, r *vegeta.Result) {
	_, text, _ := strings.Cut(r.URL, "#")
	id, _ := strconv.ParseInt(text, 10, 64) // it is ours
	h.mu.Lock()
	f := h.flying[id]
	delete(h.flying, id)
	h.mu.Unlock()
	t := h.work.templates[f.template]
	j.begin([]byte(text), t.body, t.kind > 0)
	how := endingOf(r)
	if how == endingUnset {
		j.respond(headOfResult(r))
		j.take(r.Body)
	}
	sent := r.Timestamp.Sub(h.start)
	h.count(0, f, sent, sent+r.Latency, j.end(how))
}

// endingOf is how a response ended. Vegeta tells that in words alone.
func endingOf(r *vegeta.Result) ending {
	switch {
	case r.Code > 0:
		return endingUnset
	case strings.Contains(r.Error, "connection refused"):
		return endedUndialled
	case strings.Contains(r.Error, "Client.Timeout"):
		return endedByTime
	}
	return endedByPeer
}

func headOfResult(r *vegeta.Result) head {
	events, _, _ := strings.Cut(r.Headers.Get("Content-Type"), ";")
	return head{
		status: int(r.Code), length: -1, retryAfter: r.Headers.Get("Retry-After"),
		events: strings.EqualFold(strings.TrimSpace(events), "text/event-stream"),
	}
}
