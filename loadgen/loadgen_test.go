package loadgen_test

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/loadgen"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// notes is a server on the SDK with one tool, and counts how it is called.
type notes struct {
	mu    sync.Mutex
	calls int
	ids   map[string]bool
	keys  int
}

type noteArgs struct {
	Text string `json:"text,omitempty"`
}

func (n *notes) server() *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "notes", Version: "1"}, nil)
	mcp.AddTool(s, &mcp.Tool{Name: "note"}, func(context.Context, *mcp.CallToolRequest, noteArgs) (*mcp.CallToolResult, any, error) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.calls++
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "noted"}}}, nil, nil
	})
	return s
}

// forget starts the counts anew.
func (n *notes) forget() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.calls, n.keys, n.ids = 0, 0, map[string]bool{}
}

// watched sees the ids of calls, and the header that all requests must carry.
func (n *notes) watched(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		n.mu.Lock()
		if m := messageOf(body); m.Method == "tools/call" {
			n.ids[string(m.ID)] = true
			if r.Header.Get("X-Key") == "k" {
				n.keys++
			}
		}
		n.mu.Unlock()
		next.ServeHTTP(w, r)
	})
}

func TestLoadOfAServerOnTheSDK(t *testing.T) {
	for _, test := range []struct {
		name, protocol string
		opts           mcp.StreamableHTTPOptions
	}{
		{"sessions, event streams", "2025-11-25", mcp.StreamableHTTPOptions{}},
		{"sessions, JSON", "2025-11-25", mcp.StreamableHTTPOptions{JSONResponse: true}},
		{"stateless, event streams", "2026-07-28", mcp.StreamableHTTPOptions{Stateless: true}},
		{"stateless, JSON", "2026-07-28", mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true}},
		{"stateless in the old era", "2025-06-18", mcp.StreamableHTTPOptions{Stateless: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := &notes{ids: map[string]bool{}}
			s := n.server()
			web := httptest.NewServer(n.watched(mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return s }, &test.opts)))
			defer web.Close()
			ready, err := campaign.Prepare(t.Context(), campaign.Config{
				Target: transport.HTTP(web.URL, transport.HTTPOptions{}), Protocols: []string{test.protocol}, Headers: []string{"X-Key: k"},
				Callable: func(scenarios.Tool) (bool, string) { return true, "" }, Now: time.Now,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer ready.Close()
			n.forget()

			cfg := load(web.URL)
			cfg.Session, cfg.Calls = ready.Session, ready.Calls
			r := run(t, cfg)
			check(t, r, map[string]int{"ok": 40, "accepted": 40})
			n.mu.Lock()
			defer n.mu.Unlock()
			if n.calls != 40 || len(n.ids) != 40 || n.keys != 40 {
				t.Errorf("the server saw %d calls with %d ids, %d of them with the header; want 40 of each", n.calls, len(n.ids), n.keys)
			}
			if r.Offered != 200 || r.Achieved <= 0 || r.Achieved > r.Offered || r.Calls() != 40 || r.Prompts != 10 {
				t.Errorf("offered %v, achieved %v, %d calls in %d prompts; want 200 offered, no more achieved, 40 in 10", r.Offered, r.Achieved, r.Calls(), r.Prompts)
			}
			if l := r.Response; l.At(50) <= 0 || l.At(50) > l.At(90) || l.At(90) > l.At(99) || l.At(99) > l.Max() || l.Count() != 40 {
				t.Errorf("the response times %v, %v, %v, %v do not rise, or are not of 40 calls", l.At(50), l.At(90), l.At(99), l.Max())
			}
		})
	}
}

func TestOutcomesOfBadAnswers(t *testing.T) {
	const note = `{"jsonrpc":"2.0","method":"notifications/progress"}`
	status := func(code int, header ...string) func(http.ResponseWriter, string, int) {
		return func(w http.ResponseWriter, _ string, _ int) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(code)
		}
	}
	for _, test := range []struct {
		name string
		// answer is given the id of the call, and how many came before it.
		answer  func(w http.ResponseWriter, id string, before int)
		want    map[string]int
		problem string
	}{
		{"sound", func(w http.ResponseWriter, id string, _ int) { sendJSON(w, result(id)) }, map[string]int{"ok": 40, "accepted": 40}, ""},
		{"sound, after a notification", func(w http.ResponseWriter, id string, _ int) { sendEvents(w, note, result(id)) }, map[string]int{"ok": 40, "accepted": 40}, ""},
		{"the id of another call", func(w http.ResponseWriter, id string, _ int) { sendJSON(w, result(id+"0")) }, map[string]int{"wrong": 40, "garbled": 40}, "garbled: HTTP status 200"},
		{"the id of the first call", func(w http.ResponseWriter, _ string, _ int) { sendJSON(w, result("1000000001")) }, map[string]int{"ok": 1, "wrong": 39, "accepted": 1, "garbled": 39}, "garbled: "},
		{"no id", func(w http.ResponseWriter, _ string, _ int) { sendJSON(w, result("null")) }, map[string]int{"wrong": 40, "garbled": 40}, "garbled: "},
		{"twice the same answer", func(w http.ResponseWriter, id string, _ int) { sendEvents(w, result(id), result(id)) }, map[string]int{"wrong": 40, "garbled": 40}, "garbled: "},
		{"a refusal", func(w http.ResponseWriter, id string, _ int) {
			sendJSON(w, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"isError":true,"content":[{"type":"text","text":"not now"}]}}`, id))
		}, map[string]int{"tool_error": 40, "rejected": 40}, `rejected: HTTP status 200 OK, "not now"`},
		{"an internal error now and then", func(w http.ResponseWriter, id string, before int) {
			if before%4 != 3 {
				sendJSON(w, result(id))
				return
			}
			sendJSON(w, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":-32603,"message":"oh"}}`, id))
		}, map[string]int{"ok": 30, "rpc_error": 10, "accepted": 30, "faulted": 10}, `faulted: HTTP status 200 OK, "oh"`},
		{"500", status(500), map[string]int{"rpc_error": 40, "faulted": 40}, "faulted: HTTP status 500"},
		{"503", status(503), map[string]int{"reject_bare": 40, "faulted": 40}, "faulted: HTTP status 503"},
		{"503, to come again", status(503, "Retry-After", "1"), map[string]int{"reject_clean": 40, "rejected": 40}, "rejected: HTTP status 503"},
		{"429", status(429), map[string]int{"reject_bare": 40, "rejected": 40}, "rejected: HTTP status 429"},
		{"202", status(202), map[string]int{"reset": 40, "dropped": 40}, "dropped: HTTP status 202"},
		{"a redirect", status(307, "Location", "/elsewhere"), map[string]int{"reset": 40, "dropped": 40}, "dropped: HTTP status 307"},
		{"an empty event stream", func(w http.ResponseWriter, _ string, _ int) { sendEvents(w) }, map[string]int{"reset": 40, "dropped": 40}, "dropped: "},
		{"a page", func(w http.ResponseWriter, _ string, _ int) { fmt.Fprint(w, "<html>hello</html>") }, map[string]int{"wrong": 40, "garbled": 40}, `garbled: HTTP status 200 OK, "<html>hello</html>"`},
		{"half an answer", func(w http.ResponseWriter, id string, _ int) { cutOff(w, result(id)) }, map[string]int{"reset": 40, "garbled": 40}, "garbled: the connection ended in the middle of the answer"},
		{"a connection that is closed", func(http.ResponseWriter, string, int) { panic(http.ErrAbortHandler) }, map[string]int{"reset": 40, "dropped": 40}, "dropped: the connection ended"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			before := 0
			web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				mu.Lock()
				n := before
				before++
				mu.Unlock()
				test.answer(w, string(messageOf(body).ID), n)
			}))
			defer web.Close()
			r := run(t, load(web.URL+"/mcp#part"))
			check(t, r, test.want)
			if !strings.HasPrefix(r.Problem, test.problem) || (test.problem == "") != (r.Problem == "") {
				t.Errorf("the first that was not accepted is %q, want %q", r.Problem, test.problem)
			}
			mu.Lock()
			defer mu.Unlock()
			if before != 40 {
				t.Errorf("the server was asked %d times, want 40", before)
			}
		})
	}
}

func TestNobodyListens(t *testing.T) {
	web := httptest.NewServer(http.NotFoundHandler())
	web.Close()
	r := run(t, load("http://me:hidden@"+web.Listener.Addr().String()))
	check(t, r, map[string]int{"refused": 40, "crashed": 40})
	if r.Achieved > 0 {
		t.Errorf("%v calls a second are said to have been sent", r.Achieved)
	}
	if !strings.HasSuffix(r.Problem, "connection refused") || strings.Contains(r.Problem, "hidden") {
		t.Errorf("the problem is %q", r.Problem)
	}
}

func TestNoAnswerInTime(t *testing.T) {
	t.Parallel()
	web := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // the end of the connection shows only then
		<-r.Context().Done()
	}))
	defer web.Close()
	cfg := load(web.URL)
	cfg.Deadline, cfg.Timeout = time.Second, 2*time.Second // a call that is so late is not sent
	r := run(t, cfg)
	check(t, r, map[string]int{"timeout": 40, "dropped": 40})
	if r.Response.At(1) < cfg.Timeout {
		t.Errorf("some calls count with no more than %v, within the timeout", r.Response.At(1))
	}
}

// The calls of a prompt are in flight together: a server that answers none
// before all have come answers all.
func TestTheCallsOfAPromptGoOutAtOnce(t *testing.T) {
	const fanOut = 8
	var mu sync.Mutex
	waiting, all := 0, make(chan struct{})
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		waiting++
		mine := all
		if waiting == fanOut {
			close(all)
			waiting, all = 0, make(chan struct{})
		}
		mu.Unlock()
		select {
		case <-mine:
			sendJSON(w, result(string(messageOf(body).ID)))
		case <-r.Context().Done():
		}
	}))
	defer web.Close()
	cfg := load(web.URL)
	cfg.Plan.Pacer = vegeta.ConstantPacer{Freq: 20, Per: time.Second}
	cfg.Plan.FanOut.Fixed, cfg.Plan.For = fanOut, 150*time.Millisecond
	r := run(t, cfg)
	check(t, r, map[string]int{"ok": 3 * fanOut, "accepted": 3 * fanOut})
}

func TestTheContextEndsALoad(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var mu sync.Mutex
	asked := 0
	served := make(chan struct{})
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		asked++
		n := asked
		mu.Unlock()
		switch {
		case n <= 5:
			sendJSON(w, result(string(messageOf(body).ID)))
		case n == 6: // is under way when it ends
			<-served
			cancel()
			fallthrough
		default:
			<-r.Context().Done()
		}
	}))
	defer web.Close()
	cfg := load(web.URL)
	cfg.Plan.FanOut.Fixed, cfg.Plan.For, cfg.Deadline, cfg.Timeout = 1, time.Hour, time.Hour, time.Hour
	var ended atomic.Int64
	cfg.Each = func(loadgen.Ended) {
		if ended.Add(1) == 5 {
			close(served)
		}
	}
	r, err := loadgen.Run(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	check(t, r, map[string]int{"ok": 5, "accepted": 5})
	if r.Took >= time.Hour || r.Problem != "" {
		t.Errorf("it took %v, want less than an hour; the first that was not accepted: %q", r.Took, r.Problem)
	}
}

func TestWhatIsNoLoad(t *testing.T) {
	const needs = "a load needs "
	for _, test := range []struct {
		name   string
		change func(*loadgen.Config)
		want   string
	}{
		{"no rate", func(c *loadgen.Config) { c.Plan.Pacer = loadgen.Poisson{} }, needs + "a rate"},
		{"no agent", func(c *loadgen.Config) { c.Plan.Pacer = nil }, needs + "a rate"},
		{"no fan-out", func(c *loadgen.Config) { c.Plan.FanOut.Fixed = 0 }, needs + "a fan-out"},
		{"no time", func(c *loadgen.Config) { c.Plan.For = 0 }, needs + "a time"},
		{"no deadline", func(c *loadgen.Config) { c.Deadline = 0 }, needs + "a time"},
		{"a timeout before the deadline", func(c *loadgen.Config) { c.Timeout = c.Deadline - 1 }, needs + "a time"},
		{"no connection", func(c *loadgen.Config) { c.Connections = 0 }, needs + "a connection"},
		{"follow-ups without end", func(c *loadgen.Config) { c.Plan.FollowUps = 1 }, "the share of prompts"},
		{"follow-ups of a closed load", func(c *loadgen.Config) { c.Plan.FollowUps, c.Plan.Pacer, c.Agents = 0.5, nil, 1 }, "only to an open load"},
		{"vegeta, closed", func(c *loadgen.Config) { c.Vegeta, c.Plan.Pacer, c.Agents = true, nil, 1 }, "vegeta sends open loads"},
		{"no call", func(c *loadgen.Config) { c.Calls = nil }, needs + "a call that works"},
		{"too fast", func(c *loadgen.Config) { c.Plan.FanOut.Fixed = 1 << 31 }, "the load is of up to 107374182400 calls a second"},
		{"too much", func(c *loadgen.Config) { c.Plan.For = 24 * time.Hour }, "the load is of more than --max-calls 5000000"},
		{"too many connections", func(c *loadgen.Config) { c.Connections = math.MaxInt32 }, "the load may need 2147483647 connections"},
		{"too many agents", func(c *loadgen.Config) { c.Plan.Pacer, c.Agents = nil, math.MaxInt/4+1 }, "the load may need 9223372036854775808 connections"},
		{"a bound that is no number", func(c *loadgen.Config) { c.MaxRate = math.NaN() }, "the load is of up to 200 calls a second, more than"},
		{"a bound below 0", func(c *loadgen.Config) { c.MaxRate = -1 }, "the load is of up to 200 calls a second, more than"},
	} {
		cfg := load("http://127.0.0.1:1/")
		test.change(&cfg)
		_, err := loadgen.Run(t.Context(), cfg)
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
	}
}
