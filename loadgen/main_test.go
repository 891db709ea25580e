package loadgen_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/loadgen"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

type message struct {
	ID     json.RawMessage
	Method string
}

func messageOf(body []byte) message {
	var m message
	_ = json.Unmarshal(body, &m)
	return m
}

// load is 10 prompts of 4 calls over 0.2 seconds.
func load(url string) loadgen.Config {
	rev, _ := protocol.Lookup("2025-11-25")
	return loadgen.Config{
		URL: url, Connections: 64, Deadline: 10 * time.Second, Timeout: 10 * time.Second, MaxRate: loadgen.DefaultMaxRate,
		Plan: loadgen.Schedule{
			Pacer: vegeta.ConstantPacer{Freq: 50, Per: time.Second}, FanOut: loadgen.FanOut{Fixed: 4},
			For: 200 * time.Millisecond, MaxCalls: loadgen.DefaultMaxCalls,
		},
		Session: protocol.Session{Revision: rev, Version: rev.Name, HTTP: true},
		Calls:   []scenarios.Call{{Tool: "note"}},
	}
}

func run(t *testing.T, cfg loadgen.Config) loadgen.Result {
	t.Helper()
	r, err := loadgen.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// ends counts the calls of a load by class and outcome, those that there are.
func ends(r loadgen.Result) map[string]int {
	counts := map[string]int{}
	for _, row := range loadgen.Classes() {
		if n := r.Classes[row.Class]; n > 0 {
			counts[row.Name] = int(n)
		}
	}
	for word, n := range r.Outcomes {
		if n > 0 {
			counts[oracles.Outcome(word).String()] = int(n)
		}
	}
	return counts
}

func check(t *testing.T, r loadgen.Result, want map[string]int) {
	t.Helper()
	if got := ends(r); !maps.Equal(got, want) {
		t.Errorf("the calls ended %v, want %v; the first that was not accepted: %s", got, want, r.Problem)
	}
}

// result is an answer that a server gives to a call.
func result(id string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"content":[]}}`, id)
}

func sendJSON(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, text)
}

func sendEvents(w http.ResponseWriter, texts ...string) {
	w.Header().Set("Content-Type", "text/event-stream")
	for _, text := range texts {
		fmt.Fprintf(w, "event: message\ndata: %s\n\n", text)
	}
}

// cutOff answers with half of what it announces.
func cutOff(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", fmt.Sprint(len(text)))
	fmt.Fprint(w, text[:len(text)/2])
}
