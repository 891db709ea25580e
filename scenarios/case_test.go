package scenarios_test

import (
	"testing"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

func TestCaseSizeIsThatOfWhatIsSent(t *testing.T) {
	call := scenarios.Call{Tool: "t", Args: scenarios.MustValue(`{"a":{"$repeat":["A",100]}}`)} // {"a":"AA..."}
	ping := scenarios.Request{Method: "ping", Params: scenarios.MustValue(`{"b":1}`)}
	for _, tc := range []struct {
		name  string
		steps []scenarios.Step
		size  int64
	}{
		{"nothing", nil, 0},
		{"no arguments", []scenarios.Step{scenarios.Call{Tool: "t"}}, 0},
		{"an expression", []scenarios.Step{call}, 108},
		{"two", []scenarios.Step{call, ping}, 115},
		{"raw bytes", []scenarios.Step{scenarios.Raw{Bytes: "{}\n"}}, 3},
		{"a burst, its lines in turn", []scenarios.Step{scenarios.Burst{N: 3, Lines: []scenarios.Step{call, ping}}}, 223},
		{"what sends no value", []scenarios.Step{scenarios.Open{}, scenarios.Pause{}, scenarios.Cancel{Of: 1}}, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := (scenarios.Case{Steps: tc.steps}).Size(); got != tc.size {
				t.Errorf("got %d, want %d", got, tc.size)
			}
		})
	}
}
