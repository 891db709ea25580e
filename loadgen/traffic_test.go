package loadgen_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/loadgen"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// strictTools lists one tool, of whose calls strict knows which are right.
const strictTools = `{"tools":[{"name":"note","inputSchema":{"type":"object","properties":{"text":{"type":"string"},"size":{"type":"integer"}},"required":["text","size"],"additionalProperties":false}}]}`

// strict is a server that refuses the calls that break the schema of its tool, some of them in
// another way, and counts what it did.
type strict struct {
	faults bool

	mu                       sync.Mutex
	served, refused, faulted int
}

func (s *strict) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var call struct {
		ID     json.RawMessage
		Params struct {
			Name      string
			Arguments map[string]any
		}
	}
	// Where the arguments are no object there are none.
	_ = json.Unmarshal(body, &call)
	_, isText := call.Params.Arguments["text"].(string)
	size, isSize := call.Params.Arguments["size"].(float64)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case call.Params.Name == "note" && isText && isSize && size == float64(int(size)) && len(call.Params.Arguments) == 2:
		s.served++
		sendJSON(w, result(string(call.ID)))
	case s.faults && s.refused%3 == 2:
		s.refused++
		s.faulted++
		sendJSON(w, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":-32603,"message":"oh"}}`, call.ID))
	default:
		s.refused++
		sendJSON(w, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":-32602,"message":"no"}}`, call.ID))
	}
}

// prone are models that get half of their calls wrong.
func prone() generators.Profile {
	return generators.Profile{
		Name: "prone",
		Rates: []generators.Rate{
			{Class: "P1", Percent: 20}, {Class: "P2", Percent: 15}, {Class: "N1", Percent: 5}, {Class: "L2", Percent: 5},
		},
		Loops: []generators.Loop{
			{Rate: generators.Rate{Class: "L3", Percent: 50}, Lengths: []int{5}},
			{Rate: generators.Rate{Class: "L4", Percent: 50}, Lengths: []int{2}},
		},
	}
}

func mistaken(t *testing.T, seed uint64, p generators.Profile, cfg loadgen.Config) loadgen.Config {
	t.Helper()
	catalog, err := scenarios.ParseCatalog([]byte(strictTools))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Calls = []scenarios.Call{{Tool: "note", Args: scenarios.MustValue(`{"text":"a","size":1}`)}}
	cfg.Plan.Traffic, err = loadgen.NewTraffic(seed, p, loadgen.Offer{
		Catalog: catalog, Callable: func(scenarios.Tool) bool { return true },
		Known: func(scenarios.Ref) (scenarios.Value, bool) { return scenarios.Value{}, false },
	})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// What is told of mistakes is what the server did with them, call by call.
func TestMistakesAreCountedAsTheServerCountsThem(t *testing.T) {
	for _, agents := range []int{0, 3} {
		for _, faults := range []bool{false, true} {
			s := &strict{faults: faults}
			web := httptest.NewServer(s)
			cfg := mistaken(t, 1, prone(), load(web.URL))
			cfg.Plan.Pacer = loadgen.Bursts{Size: 300, Every: time.Second}
			cfg.Agents, cfg.Plan.For, cfg.Plan.MaxCalls, cfg.Plan.FanOut.Fixed = agents, time.Second, 2000, 2
			if agents > 0 {
				cfg.Plan.Pacer = nil
			}
			r := run(t, cfg)
			web.Close()
			l := r.Record(cfg)
			var right, refused, accepted, broke, wrong int64
			for _, m := range l.Mistakes {
				if m.Class == "" {
					right = m.Calls
				} else if m.Want == "reject" {
					wrong += m.Calls
				}
				refused, accepted, broke = refused+m.Refused, accepted+m.Accepted, broke+m.Broke
			}
			got, want := [3]int{int(accepted), int(refused), int(broke)}, [3]int{s.served, s.refused - s.faulted, s.faulted}
			if got != want || refused+broke != wrong || right == 0 || l.Followed == 0 || (broke > 0) != faults {
				t.Errorf("%d agents: accepted, refused and broke are %v, want %v; %d were wrong, %d right, %d followed", agents, got, want, wrong, right, l.Followed)
			}
			denied, calls := r.Classes[loadgen.Denied], r.Calls()
			if int(denied) != want[1] || int(calls) != s.served+s.refused || (r.Problem != "") != faults {
				t.Errorf("%d calls, %d of them denied, the problem is %q; want %d and %d", calls, denied, r.Problem, s.served+s.refused, want[1])
			}
			for _, x := range []struct {
				metric string
				holds  bool
			}{{"refused>=1", !faults}, {"ok>=1", !faults}, {"broke<=0", !faults}, {"broke<0.5", true}, {"dirty<=0", true}} {
				e, err := loadgen.ParseExpectation(x.metric)
				if err != nil {
					t.Fatal(err)
				}
				if j := e.Judge(l); j.Held != x.holds {
					t.Errorf("faults %v: %s is said to be %v, measured %s", faults, x.metric, j.Held, j.Measured)
				}
			}
		}
	}
}

// Loops go on as long as they are refused, and no longer.
func TestALoopEndsWhenItIsServed(t *testing.T) {
	loops := generators.Profile{Name: "stuck", Rates: []generators.Rate{{Class: "L3", Percent: 5}}}
	for _, test := range []struct {
		name     string
		answer   func(http.ResponseWriter, string)
		followed bool
	}{
		{"a server that refuses", func(w http.ResponseWriter, id string) {
			sendJSON(w, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":-32602,"message":"no"}}`, id))
		}, true},
		{"a server that takes everything", func(w http.ResponseWriter, id string) { sendJSON(w, result(id)) }, false},
	} {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			test.answer(w, string(messageOf(body).ID))
		}))
		cfg := mistaken(t, 1, loops, load(web.URL))
		cfg.Plan.For = time.Second
		cfg.Plan.MaxCalls = 300
		cfg.Plan.Pacer, cfg.Agents, cfg.Plan.FanOut.Fixed = nil, 2, 1
		r := run(t, cfg)
		web.Close()
		if (r.Followed > 0) != test.followed || r.Calls() != r.Prompts+r.Followed || r.Calls() > 300 {
			t.Errorf("%s: %d calls of %d prompts, %d of them followed", test.name, r.Calls(), r.Prompts, r.Followed)
		}
	}
}

func TestTrafficFollowsFromItsSeed(t *testing.T) {
	digest := func(seed uint64, p generators.Profile) string {
		return mistaken(t, seed, p, load("http://127.0.0.1:1/")).Plan.Digest(100, 1)
	}
	other := prone()
	other.Rates = other.Rates[:1]
	if d := digest(1, prone()); d != digest(1, prone()) || d == digest(2, prone()) || d == digest(1, other) {
		t.Error("the digest does not name the mistakes")
	}
}

func TestNoToolNoMistake(t *testing.T) {
	catalog, err := scenarios.ParseCatalog([]byte(strictTools))
	if err != nil {
		t.Fatal(err)
	}
	_, err = loadgen.NewTraffic(1, prone(), loadgen.Offer{Catalog: catalog, Callable: func(scenarios.Tool) bool { return false }})
	if err == nil {
		t.Error("mistakes are made of no tool")
	}
}
