package oracles_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// calledWith are calls with texts of such lengths, of which each took so many
// milliseconds.
func calledWith(lengths []int64, ms ...int) oracles.Observation {
	o := oracles.Observation{Revision: protocol.Legacy}
	start := time.Unix(0, 0)
	for i, n := range lengths {
		frame := transport.Frame{Of: -1, Bytes: []byte(`{"jsonrpc":"2.0","id":1,"result":{"content":[]}}`), At: start.Add(time.Duration(ms[i]) * time.Millisecond)}
		o.Seen = append(o.Seen, oracles.Seen{
			Step: fmt.Sprint(i + 1), ID: "1", Alone: true, Message: transport.Message{Size: n}, Write: transport.Sent{Start: start, End: start},
			Sent:    scenarios.Call{Tool: "t", Args: scenarios.Obj(scenarios.Member{Key: "a", Value: scenarios.Repeat(scenarios.Str("x"), n)})},
			Answers: []oracles.Answer{{Frame: frame, Reply: protocol.Read(frame)}},
		})
	}
	return o
}

func TestTimeOutOfProportionIsToldByTheFitOfASeries(t *testing.T) {
	doubling := []int64{1 << 10, 2 << 10, 4 << 10, 8 << 10, 16 << 10, 32 << 10}
	for _, tc := range []struct {
		name, want string
		lengths    []int64
		ms         []int
	}{
		{"quadratic", "power 2.0", doubling, []int{1, 4, 25, 100, 400, 1600}},
		{"explodes", "power 77", []int64{300, 310, 320, 330, 340, 350}, []int{1, 1, 30, 300, 3000, 30000}},
		{"linear", "", doubling, []int{20, 40, 80, 160, 320, 640}},
		{"sorts", "", doubling, []int{20, 45, 95, 200, 425, 900}},
		{"one slow call", "", doubling, []int{1, 1, 1, 1, 1, 5000}},
		{"one slow call behind two", "", doubling, []int{1, 1, 1, 30, 33, 5000}},
		{"slow from the start", "", doubling, []int{900, 910, 905, 920, 915, 930}},
		{"too fast to matter", "", doubling, []int{1, 1, 2, 8, 32, 128}},
		{"falls back", "", doubling, []int{30, 120, 480, 20, 80, 320}},
	} {
		found := oracles.Judge(&oracles.Context{}, calledWith(tc.lengths, tc.ms...))
		got := ""
		for _, f := range found {
			if f.Oracle == "disproportion" {
				got = f.Message
			}
		}
		if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
			t.Errorf("%s: found %q, want %q", tc.name, got, tc.want)
		}
	}
}
