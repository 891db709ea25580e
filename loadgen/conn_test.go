package loadgen_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/loadgen"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// closed is a closed load of some agents that send so many calls.
func closed(url string, agents int, calls int64) loadgen.Config {
	cfg := load(url)
	cfg.Plan.Pacer, cfg.Plan.FanOut.Fixed, cfg.Plan.For, cfg.Plan.MaxCalls, cfg.Agents = nil, 1, time.Hour, calls, agents
	return cfg
}

// counted answers calls with what the number of each says, and counts the connections.
func counted(t *testing.T, answer func(w http.ResponseWriter, id string, n int64)) (url string, dials *atomic.Int64) {
	t.Helper()
	var calls atomic.Int64
	dials = new(atomic.Int64)
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		answer(w, string(messageOf(body).ID), calls.Add(1)-1)
	}))
	web.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			dials.Add(1)
		}
	}
	web.Start()
	t.Cleanup(web.Close)
	return web.URL, dials
}

func TestConnectionsAreKept(t *testing.T) {
	url, dials := counted(t, func(w http.ResponseWriter, id string, _ int64) { sendJSON(w, result(id)) })
	check(t, run(t, closed(url, 4, 200)), map[string]int{"ok": 200, "accepted": 200})
	if n := dials.Load(); n != 4 {
		t.Errorf("4 agents opened %d connections", n)
	}
}

// A server that ends a connection with each answer, and says so, is right.
func TestConnectionsThatEnd(t *testing.T) {
	url, dials := counted(t, func(w http.ResponseWriter, id string, _ int64) {
		w.Header().Set("Connection", "close")
		sendJSON(w, result(id))
	})
	check(t, run(t, closed(url, 4, 40)), map[string]int{"ok": 40, "accepted": 40})
	if n := dials.Load(); n != 40 {
		t.Errorf("40 calls opened %d connections", n)
	}
}

// One that ends a connection which idles for long is right, too, even where a call comes
// at that moment.
func TestAnIdleConnectionThatEnds(t *testing.T) {
	t.Parallel()
	url, _ := counted(t, func(w http.ResponseWriter, id string, n int64) {
		if n == 1 {
			panic(http.ErrAbortHandler) // as if it had ended before
		}
		sendJSON(w, result(id))
	})
	cfg := load(url)
	cfg.Plan.FanOut.Fixed, cfg.Plan.For = 1, 1500*time.Millisecond
	cfg.Plan.Pacer = loadgen.Bursts{Size: 1, Every: 1200 * time.Millisecond}
	check(t, run(t, cfg), map[string]int{"ok": 2, "accepted": 2})
}

// The counts of a load are those of the server, exactly.
func TestTheCountsAreThoseOfTheServer(t *testing.T) {
	ways := []struct {
		class, outcome string
		answer         func(w http.ResponseWriter, id string)
	}{
		{"ok", "accepted", func(w http.ResponseWriter, id string) { sendJSON(w, result(id)) }},
		{"reject_clean", "rejected", func(w http.ResponseWriter, _ string) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		}},
		{"reject_bare", "rejected", func(w http.ResponseWriter, _ string) { w.WriteHeader(http.StatusTooManyRequests) }},
		{"reset", "dropped", func(http.ResponseWriter, string) { panic(http.ErrAbortHandler) }},
		{"wrong", "garbled", func(w http.ResponseWriter, id string) { sendJSON(w, result(id+"0")) }},
		{"rpc_error", "faulted", func(w http.ResponseWriter, _ string) { w.WriteHeader(http.StatusInternalServerError) }},
	}
	want := map[string]int{}
	counts := make([]atomic.Int64, len(ways))
	url, _ := counted(t, func(w http.ResponseWriter, id string, n int64) {
		way := int(n*n+n/7) % len(ways)
		counts[way].Add(1)
		ways[way].answer(w, id)
	})
	r := run(t, closed(url, 8, 1000))
	for i, way := range ways {
		want[way.class] += int(counts[i].Load())
		want[way.outcome] += int(counts[i].Load())
	}
	check(t, r, want)
}

// A stream that stays open behind the answer holds its agent up no longer than a moment.
func TestAnEventStreamThatDoesNotEnd(t *testing.T) {
	t.Parallel()
	url, _ := counted(t, func(w http.ResponseWriter, id string, n int64) {
		sendEvents(w, result(id))
		w.(http.Flusher).Flush()
		if n == 0 {
			time.Sleep(time.Second) // longer than it is waited for
		}
	})
	r := run(t, closed(url, 1, 5))
	check(t, r, map[string]int{"ok": 5, "accepted": 5})
	if longest := r.Response.Max(); longest >= time.Second {
		t.Errorf("an answer on a stream that stays open counts with %v", longest)
	}
}

// What is answered without end, or byte by byte, ends in time.
func TestAnswersThatDoNotEnd(t *testing.T) {
	for name, answer := range map[string]func(w http.ResponseWriter, id string, n int64){
		"without end": func(w http.ResponseWriter, _ string, _ int64) {
			w.Header().Set("Content-Type", "application/json")
			for {
				if _, err := io.WriteString(w, `{"jsonrpc":"2.0","result":{"content":[{"text":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA`); err != nil {
					return
				}
			}
		},
		"byte by byte": func(w http.ResponseWriter, id string, _ int64) {
			for _, b := range []byte(result(id)) {
				if _, err := w.Write([]byte{b}); err != nil {
					return
				}
				w.(http.Flusher).Flush()
				time.Sleep(10 * time.Millisecond)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			url, _ := counted(t, answer)
			cfg := closed(url, 2, 4)
			cfg.Deadline, cfg.Timeout = 50*time.Millisecond, 100*time.Millisecond
			check(t, run(t, cfg), map[string]int{"timeout": 4, "dropped": 4})
		})
	}
}

func TestALateAnswer(t *testing.T) {
	url, _ := counted(t, func(w http.ResponseWriter, id string, _ int64) {
		time.Sleep(20 * time.Millisecond)
		sendJSON(w, result(id))
	})
	cfg := closed(url, 2, 4)
	cfg.Deadline = 5 * time.Millisecond
	check(t, run(t, cfg), map[string]int{"late": 4, "accepted": 4})
}

// What finds no connection free waits, and its time counts; what waits too long was never
// sent, which is no fault of the server.
func TestTheBoundOfConnections(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	url, _ := counted(t, func(http.ResponseWriter, string, int64) { <-release })
	defer close(release)
	cfg := load(url)
	cfg.Connections, cfg.Deadline, cfg.Timeout = 2, time.Second, time.Second
	cfg.Plan.Pacer, cfg.Plan.FanOut.Fixed, cfg.Plan.For = loadgen.Bursts{Size: 1, Every: time.Hour}, 6, 10*time.Millisecond
	r := run(t, cfg)
	check(t, r, map[string]int{"timeout": 2, "dropped": 2, "unsent": 4})
	if got := r.Limited(); got != "66.7 % of the calls were not sent, since all connections were taken" {
		t.Errorf("the load is said to be limited thus: %q", got)
	}
}

// A server that asks its client something first is answered.
func TestAServerThatAsks(t *testing.T) {
	s := mcp.NewServer(&mcp.Implementation{Name: "asks", Version: "1"}, nil)
	mcp.AddTool(s, &mcp.Tool{Name: "note"}, func(ctx context.Context, r *mcp.CallToolRequest, _ noteArgs) (*mcp.CallToolResult, any, error) {
		if err := r.Session.Ping(ctx, nil); err != nil {
			return nil, nil, fmt.Errorf("ask the client: %w", err)
		}
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "noted"}}}, nil, nil
	})
	web := httptest.NewServer(mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return s }, nil))
	defer web.Close()
	ready, err := campaign.Prepare(t.Context(), campaign.Config{
		Target: transport.HTTP(web.URL, transport.HTTPOptions{}), Protocols: []string{"2025-11-25"},
		Callable: func(scenarios.Tool) (bool, string) { return true, "" }, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer ready.Close()
	cfg := closed(web.URL, 2, 20)
	cfg.Session, cfg.Calls = ready.Session, ready.Calls
	check(t, run(t, cfg), map[string]int{"ok": 20, "accepted": 20})
}

// A server may end an event stream before the answer and be asked for the rest.
func TestAnEventStreamInParts(t *testing.T) {
	for _, closes := range []bool{false, true} {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if closes {
				w.Header().Set("Connection", "close")
			}
			w.Header().Set("Content-Type", "text/event-stream")
			switch last := r.Header.Get("Last-Event-ID"); {
			case r.Method == http.MethodPost:
				fmt.Fprintf(w, "id: %s.1\nretry: 1\ndata:\n\n", messageOf(body).ID)
			case strings.HasSuffix(last, ".1"):
				fmt.Fprintf(w, "id: %s2\n: more will come\n\n", strings.TrimSuffix(last, "1"))
			default:
				sendEvents(w, result(strings.TrimSuffix(last, ".2")))
			}
		}))
		defer web.Close()
		check(t, run(t, closed(web.URL, 2, 20)), map[string]int{"ok": 20, "accepted": 20})
	}
}

// One that ends it and lets nobody ask, or is not there any more, loses the answer.
func TestAnEventStreamWithoutARest(t *testing.T) {
	url, _ := counted(t, func(w http.ResponseWriter, id string, _ int64) {
		if id == "" {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "id: 1\ndata:\n\n")
	})
	check(t, run(t, closed(url, 2, 20)), map[string]int{"reset": 20, "dropped": 20})

	var web *httptest.Server
	web = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		web.Listener.Close()
		w.Header().Set("Connection", "close")
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "id: 1\ndata:\n\n")
	}))
	defer web.Close()
	check(t, run(t, closed(web.URL, 1, 1)), map[string]int{"reset": 1, "dropped": 1})
}

// Requests that no connection takes at once are sent for all that, and given up where
// nobody reads them.
func TestLargeRequests(t *testing.T) {
	for _, test := range []struct {
		reads bool
		size  int
		want  map[string]int
	}{
		{true, 100_000, map[string]int{"ok": 4, "accepted": 4}},
		{false, 8 << 20, map[string]int{"timeout": 2, "dropped": 2}},
	} {
		end := make(chan struct{})
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !test.reads {
				<-end
				return
			}
			body, _ := io.ReadAll(r.Body)
			sendJSON(w, result(string(messageOf(body).ID)))
		}))
		cfg := closed(web.URL, 2, 4)
		cfg.Calls = []scenarios.Call{{Tool: "note", Args: scenarios.MustValue(fmt.Sprintf(`{"text":{"$repeat":["A",%d]}}`, test.size))}}
		if !test.reads {
			cfg.Deadline, cfg.Timeout, cfg.Plan.MaxCalls = 100*time.Millisecond, 200*time.Millisecond, 2
		}
		check(t, run(t, cfg), test.want)
		close(end)
		web.Close()
	}
}
