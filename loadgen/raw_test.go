package loadgen_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/mcpfuzz/mcpfuzz/loadgen"
)

// decoded reads results as vegeta does, and holds them to what its plots need: numbers without
// a gap, and times that do not go back.
func decoded(t *testing.T, b *bytes.Buffer) []vegeta.Result {
	t.Helper()
	var list []vegeta.Result
	decode := vegeta.NewDecoder(b)
	for {
		var r vegeta.Result
		err := decode(&r)
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		if n := len(list); r.Seq != uint64(n) || n > 0 && r.Timestamp.Before(list[n-1].Timestamp) {
			t.Fatalf("result %d has the number %d and the time %v", n, r.Seq, r.Timestamp)
		}
		list = append(list, r)
	}
}

func TestVegetaReadsTheCallsOfALoad(t *testing.T) {
	n := 0
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if n++; n%4 == 0 {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		sendJSON(w, result(string(messageOf(body).ID)))
	}))
	defer web.Close()
	cfg := load("http://me:hidden@" + web.Listener.Addr().String() + "/mcp?key=hidden")
	cfg.Plan.Pacer, cfg.Plan.FanOut.Fixed, cfg.Plan.MaxCalls, cfg.Agents = nil, 1, 20, 1
	cfg.Plan.For = time.Hour
	var b bytes.Buffer
	raw := loadgen.NewRaw(&b, cfg)
	cfg.Each = raw.Add
	r := run(t, cfg)
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	var m vegeta.Metrics
	for _, x := range decoded(t, &b) {
		if x.URL != web.URL+"/mcp" || x.Method != http.MethodPost || x.BytesOut == 0 || (x.BytesIn == 0) != (x.Code == 429) {
			t.Errorf("%s %s, %d bytes out, %d in", x.Method, x.URL, x.BytesOut, x.BytesIn)
		}
		m.Add(&x)
	}
	m.Close()
	if m.Requests != 20 || m.StatusCodes["200"] != 15 || m.StatusCodes["429"] != 5 || len(m.Errors) != 1 || m.Errors[0] != "reject_bare" {
		t.Errorf("vegeta counts %d calls, %v, errors %v; want 15 with 200, 5 with 429, reject_bare", m.Requests, m.StatusCodes, m.Errors)
	}
	if m.Latencies.Max <= 0 || m.Latencies.Max < r.Response.Max()*99/100 || m.Latencies.Max > r.Response.Max() {
		t.Errorf("the longest time is %v, that of the report %v", m.Latencies.Max, r.Response.Max())
	}
}

func TestRawResultsStandInTheOrderInWhichTheyWereDue(t *testing.T) {
	var b bytes.Buffer
	cfg := load("http://127.0.0.1/")
	raw := loadgen.NewRaw(&b, cfg)
	began := time.Unix(1000, 0)
	for _, call := range [][2]int{{3, 4}, {1, 5}, {2, 6}, {0, 7}, {30, 31}, {5, 32}, {40, 41}} {
		raw.Add(loadgen.Ended{Began: began, Due: time.Duration(call[0]) * time.Second, Done: time.Duration(call[1]) * time.Second, Class: loadgen.OK})
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	list := decoded(t, &b)
	if len(list) != 7 || !list[0].Timestamp.Equal(began) || !list[6].Timestamp.Equal(began.Add(40*time.Second)) || list[0].Latency != 7*time.Second {
		t.Errorf("the results are %v", list)
	}
	// One was told of 27 seconds after it was due, which the timeout of 10 forbids.
	if list[3].Latency != time.Second || list[4].Latency != 27*time.Second {
		t.Errorf("the results are %v", list)
	}
}

// stuck takes nothing.
type stuck struct{}

func (stuck) Write([]byte) (int, error) { return 0, errors.New("the disk is full") }

func TestRawTellsThatItCannotBeWritten(t *testing.T) {
	raw := loadgen.NewRaw(stuck{}, load("http://127.0.0.1/"))
	raw.Add(loadgen.Ended{Class: loadgen.OK})
	if err := raw.Close(); err == nil {
		t.Error("what was not written is taken for written")
	}
}

// Vegeta's Attacker and the engine send the same, and the same is told of it.
func TestVegetaSendsTheSameLoad(t *testing.T) {
	answers := func() *httptest.Server {
		n := 0
		var mu sync.Mutex
		return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			mu.Lock()
			n++
			turn := n % 5
			mu.Unlock()
			id := string(messageOf(body).ID)
			switch {
			case r.Header.Get("X-Key") != "k" || r.URL.Path != "/mcp":
				w.WriteHeader(http.StatusForbidden)
			case turn == 0:
				w.Header().Set("Retry-After", "1")
				w.WriteHeader(http.StatusServiceUnavailable)
			case turn == 1:
				sendEvents(w, result(id))
			case turn == 2:
				sendJSON(w, result(id+"0"))
			case turn == 3:
				panic(http.ErrAbortHandler)
			default:
				sendJSON(w, result(id))
			}
		}))
	}
	var told [2]loadgen.Result
	for i := range told {
		web := answers()
		cfg := load(web.URL + "/mcp")
		cfg.Session.Headers = []string{"X-Key: k"}
		cfg.Vegeta = i == 1
		told[i] = run(t, cfg)
		web.Close()
		check(t, told[i], map[string]int{"ok": 16, "accepted": 16, "reject_clean": 8, "rejected": 8, "wrong": 8, "reset": 8, "garbled": 8, "dropped": 8})
	}
	if a, b := told[0], told[1]; a.Digest != b.Digest || a.Offered != b.Offered || a.Prompts != b.Prompts || b.Response.Count() != 40 || b.Lag.Count() != 40 {
		t.Errorf("the schedules differ: %.12s and %.12s, %v and %v calls/s", a.Digest, b.Digest, a.Offered, b.Offered)
	}
}

func TestVegetaFindsNobody(t *testing.T) {
	web := httptest.NewServer(http.NotFoundHandler())
	web.Close()
	cfg := load(web.URL)
	cfg.Vegeta = true
	check(t, run(t, cfg), map[string]int{"refused": 40, "crashed": 40})
}

func TestVegetaWaitsNoLongerThanTheTimeout(t *testing.T) {
	release := make(chan struct{})
	web := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	cfg := load(web.URL)
	cfg.Vegeta, cfg.Plan.MaxCalls = true, 4
	cfg.Plan.For, cfg.Deadline, cfg.Timeout = 10*time.Millisecond, 10*time.Millisecond, 20*time.Millisecond
	check(t, run(t, cfg), map[string]int{"timeout": 4, "dropped": 4})
	close(release)
	web.Close()
}

func TestTheContextEndsALoadThroughVegeta(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sendJSON(w, result(string(messageOf(body).ID)))
	}))
	defer web.Close()
	cfg := load(web.URL)
	cfg.Vegeta, cfg.Plan.FanOut.Fixed, cfg.Plan.For = true, 1, time.Hour
	cfg.Plan.Pacer = vegeta.ConstantPacer{Freq: 1000, Per: time.Second}
	var told atomic.Int64
	cfg.Each = func(loadgen.Ended) {
		if told.Add(1) == 20 {
			cancel()
		}
	}
	r, err := loadgen.Run(ctx, cfg)
	if err != nil || r.Classes[loadgen.OK] < 20 || r.Calls() != r.Classes[loadgen.OK] || r.Took >= time.Hour {
		t.Errorf("%v calls in %v, error %v", ends(r), r.Took, err)
	}
}
