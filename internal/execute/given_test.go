package execute_test

import (
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Who takes longer than a deadline to read what it is sent, or is given little of a
// processor, lives; who does neither does not.
func TestWhoIsStillAtWorkLives(t *testing.T) {
	for _, tc := range []struct {
		server string
		size   int64
		alive  bool
	}{{"sluggish", 1 << 20, true}, {"starved", 1, true}, {"hangs", 1, false}} {
		t.Run(tc.server, func(t *testing.T) {
			t.Parallel()
			set := settings(t, "2025-11-25")
			set.Deadline, set.Probe, set.Opening = 150*time.Millisecond, 150*time.Millisecond, long
			s, err := execute.Dial(t.Context(), child(t, tc.server), set)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Kill()
			call := scenarios.Call{Tool: "act", Args: scenarios.Obj(scenarios.Member{Key: "label", Value: scenarios.Repeat(scenarios.Str("A"), tc.size)})}
			o := s.Play(t.Context(), scenarios.Case{Steps: []scenarios.Step{call}}, nil, 5)
			answered := len(o.Seen[0].Answers) > 0
			if o.Probe.Alive != tc.alive || answered != tc.alive || o.Seen[0].Write.Stalled {
				t.Errorf("alive %v, answered %v, stalled %v; want alive and answered %v", o.Probe.Alive, answered, o.Seen[0].Write.Stalled, tc.alive)
			}
		})
	}
}
