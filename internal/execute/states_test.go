package execute_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/made"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// short is a deadline for what never comes.
const short = 200 * time.Millisecond

// The cases that are played on made servers.
const (
	oneCall   = "call echo {\"text\": \"hi\"}\n"
	twoCalls  = oneCall + oneCall
	longCall  = "call echo {\"text\": {\"$repeat\": [\"A\", 8388608]}}\n"
	fourCalls = "burst 4\n\tcall echo {\"text\": \"a\"}\n\tcall echo {\"text\": \"b\"}\n"
)

// state is one row of the table: a made server, what is played on it, and what
// must be told of it.
type state struct {
	server, steps, want string
	dial                func(testing.TB, string) transport.Target
	// deadline and probe are short where nothing must come.
	deadline, probe time.Duration
}

// states is the table by which the ends of a call are told apart.
func states() []state {
	return []state{
		{"sound", oneCall, "accepted; alive", child, long, long},
		{"slow", oneCall, "accepted; alive", child, long, long},
		{"unordered", fourCalls, "accepted accepted accepted accepted; alive", child, long, long},
		{"rejects-all", oneCall, "rejected; alive", child, long, long},
		{"faults-all", oneCall, "faulted; alive", child, long, long},
		{"asks", oneCall, "accepted; alive", child, long, long},
		{"silent", oneCall, "dropped; alive", child, short, long},
		{"hangs", oneCall, "hung; no sign of life", child, short, short},
		{"stalls", longCall, "hung, its write stalled; no sign of life", child, short, short},
		{"floods", oneCall, "hung; no sign of life; a flood", child, short, short},
		{"huge", oneCall, "accepted, cut; alive", child, long, long},
		{"foreign-id", oneCall, "garbled; alive", child, short, long},
		{"foreign-id", fourCalls, "dropped dropped dropped dropped; alive; 4 under a foreign id", child, short, long},
		{"answers-twice", oneCall, "accepted; alive; 1 second answer", child, long, long},
		{"noisy", oneCall, "accepted; alive; 1 that is no message", child, long, long},
		{"exits", oneCall, "crashed; exit code 7", child, long, long},
		{"exits", fourCalls, "crashed crashed crashed crashed; exit code 7", child, long, long},
		{"killed", oneCall, "crashed; signal killed", child, long, long},
		{"panics", oneCall, "crashed; exit code 2", child, long, long},
		{"answers-and-exits", oneCall, "accepted; exit code 7", child, long, long},
		{"answers-and-exits", twoCalls, "accepted crashed; exit code 7", child, long, long},
		{"closes", oneCall, "dropped; stream closed", child, long, long},
		{"tears", oneCall, "garbled; stream closed, torn", child, long, long},
		{"tears-and-exits", oneCall, "crashed; exit code 7, torn", child, long, long},
		{"leaves-a-child", oneCall, "crashed; exit code 7, pipe held open", child, long, long},
		{"site", oneCall, "accepted; alive", site, long, long},
		{"site-events", fourCalls, "accepted accepted accepted accepted; alive", site, long, long},
		{"site-silent", oneCall, "dropped; alive", site, short, long},
		{"site-hangs", oneCall, "hung; no sign of life", site, short, short},
		{"site-resets", oneCall, "dropped; alive", site, long, long},
		{"site-tears", oneCall, "garbled; alive", site, long, long},
		{"site-tears-events", oneCall, "garbled; alive", site, long, long},
		{"site-huge", oneCall, "accepted, cut; alive", site, long, long},
		{"site-foreign-id", oneCall, "garbled; alive", site, long, long},
		{"site-fails", oneCall, "faulted; alive", site, long, long},
		{"site-redirects", oneCall, "dropped; alive", site, long, long},
		{"site-forgets", oneCall, "rejected; alive", site, long, long},
		{"sse", oneCall, "accepted; alive", site, long, long},
		{"sse", "notify notifications/initialized\n" + oneCall, "silent accepted; alive", site, long, long},
		{"sse-odd", fourCalls, "accepted accepted accepted accepted; alive", site, long, long},
		{"sse-asks", oneCall, "accepted; alive", site, long, long},
		{"sse-silent", oneCall, "dropped; alive", site, short, long},
		{"sse-stuck", oneCall, "dropped; alive elsewhere", site, short, short},
		{"sse-hangs", oneCall, "hung; no sign of life", site, short, short},
		{"sse-foreign-id", oneCall, "garbled; alive", site, short, long},
		{"sse-answers-twice", oneCall, "accepted; alive; 1 second answer", site, long, long},
		{"sse-closes", oneCall, "dropped; stream closed", site, long, long},
		{"sse-tears", oneCall, "garbled; stream closed, torn", site, long, long},
		{"sse-refuses", oneCall, "rejected; alive", site, long, long},
		{"sse-fails", oneCall, "faulted; alive", site, long, long},
		{"sse-forgets", oneCall, "rejected; alive", site, long, long},
		{"sse-answers-the-post", oneCall, "dropped; alive", site, short, long},
		{"sse-exits", oneCall, "crashed; refused", standing, long, long},
		{"sse-exits", fourCalls, "crashed crashed crashed crashed; exit code 7", startedTarget, long, long},
		{"site-dies", oneCall, "crashed; refused", standing, long, long},
		{"site-tears-and-dies", oneCall, "crashed; refused", standing, long, long},
		{"site-tears-and-dies", oneCall, "crashed; exit code 7", startedTarget, long, long},
		{"site-dies", oneCall, "crashed; exit code 7", startedTarget, long, long},
		{"site-dies", fourCalls, "crashed crashed crashed crashed; exit code 7", startedTarget, long, long},
	}
}

func startedTarget(t testing.TB, name string) transport.Target {
	target, _ := started(t, name)
	return target
}

func TestStatesAreToldApart(t *testing.T) {
	for i, row := range states() {
		t.Run(fmt.Sprintf("%d %s", i, row.server), func(t *testing.T) {
			t.Parallel()
			if got := told(play(t, row)); got != row.want {
				t.Errorf("told %q, want %q", got, row.want)
			}
		})
	}
}

// play plays a row's case on a session of its own.
func play(t testing.TB, row state) oracles.Observation {
	t.Helper()
	set := settings(t, protocol.Legacy)
	set.Probe = row.probe
	s, err := execute.Dial(t.Context(), row.dial(t, row.server), set)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c := parse(t, row.steps)
	c.Deadline = row.deadline
	return s.Play(t.Context(), c, nil, 0)
}

func parse(t testing.TB, steps string) scenarios.Case {
	t.Helper()
	c, err := scenarios.Parse([]byte("-- scenario --\nformat: mcpfuzz/1\nname: made\n-- steps --\n" + steps))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// told says in words what was seen: of each call, of the connection, of strays.
func told(o oracles.Observation) string {
	var calls []string
	for _, s := range o.Seen {
		calls = append(calls, toldOf(o, s))
	}
	parts := []string{strings.Join(calls, " "), toldEnd(o)}
	for kind, name := range []string{
		oracles.SecondAnswer: "%d second answer", oracles.ForeignID: "%d under a foreign id", oracles.NotMessage: "%d that is no message",
	} {
		n := o.Unkept
		for _, stray := range o.Strays {
			if int(stray.Why) == kind {
				n += max(1, stray.Frame.Lost)
			}
		}
		switch {
		case n > 1000 && kind == int(oracles.NotMessage):
			parts = append(parts, "a flood")
		case n > o.Unkept:
			parts = append(parts, fmt.Sprintf(name, n))
		}
	}
	if o.CannotRun != "" {
		parts = append(parts, "cannot run: "+o.CannotRun)
	}
	return strings.Join(parts, "; ")
}

func toldOf(o oracles.Observation, s oracles.Seen) string {
	word := oracles.OutcomeOf(o, s).String()
	if s.Write.Stalled {
		word += ", its write stalled"
	}
	for _, a := range s.Answers {
		if a.Frame.Cut {
			word += ", cut"
		}
	}
	return word
}

// toldEnd says how the connection and its process stood at the end.
func toldEnd(o oracles.Observation) string {
	word := map[transport.Phase]string{transport.Closed: "stream closed", transport.Refused: "refused"}[o.State.Phase]
	switch {
	case o.State.Exit != nil:
		word = o.State.Exit.String()
	case o.State.Phase == transport.Open && o.Probe.Alive:
		word = "alive"
	case o.State.Phase == transport.Open && o.Probe.Elsewhere:
		word = "alive elsewhere"
	case o.State.Phase == transport.Open:
		word = "no sign of life"
	}
	if o.State.HeldOpen {
		word += ", pipe held open"
	}
	if len(o.State.Torn) > 0 {
		word += ", torn"
	}
	return word
}

// TestEveryMadeServerIsInTheTable holds the table complete.
func TestEveryMadeServerIsInTheTable(t *testing.T) {
	in := map[string]bool{
		"eats": true, // ended by the memory limit, which is transport's
		"deaf": true, // opens no session
	}
	for _, row := range states() {
		in[row.server] = true
	}
	for _, s := range made.Servers() {
		if !in[s.Name] {
			t.Errorf("the made server %q is in no row", s.Name)
		}
	}
	for _, s := range slices.Concat(made.Sites(), made.EventSites()) {
		if !in[s.Name] {
			t.Errorf("the made site %q is in no row", s.Name)
		}
	}
}
