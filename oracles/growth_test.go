package oracles_test

import (
	"fmt"
	"math"
	"slices"
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

// holding is the same observation of calls after each of which the server had held at
// most so many bytes.
func holding(o oracles.Observation, bytes ...int64) oracles.Observation {
	for i := range o.Seen {
		o.Seen[i].Peak = bytes[i]
	}
	return o
}

// half are lengths that grow by half, as the generator's long ones do.
func half(first, last int64) []int64 {
	var list []int64
	for n := first; n <= last; n = n * 3 / 2 {
		list = append(list, n)
	}
	return list
}

const mib = 1 << 20

func TestMemoryOutOfProportionIsToldByTheFitOfASeries(t *testing.T) {
	// held is what a process of 20 MiB holds after a call, of which 25 MiB more are
	// free in its heap at first.
	held := func(grown float64) int64 { return 20*mib + int64(max(0, grown-25*mib)) }
	mibs := func(list ...int64) func(int, float64) int64 {
		return func(i int, _ float64) int64 { return list[i] * mib }
	}
	square := func(n float64) float64 { return n * n }
	for _, tc := range []struct {
		name, want  string
		first, last int64
		after       func(i int, n float64) int64
	}{
		{"quadratic", "power 2.", 256, 5000, func(_ int, n float64) int64 { return 20*mib + int64(8*square(n)) }},
		{"quadratic, where much was free", "power 2.", 256, 15000, func(_ int, n float64) int64 { return held(8 * square(n)) }},
		{"a tenth of a byte for each pair", "power 2.0", 256, 1 << 18, func(_ int, n float64) int64 { return 20*mib + int64(square(n)/10) }},
		{"linear", "", 256, 1 << 18, func(_ int, n float64) int64 { return 20*mib + int64(2000*n) }},
		{"linear, where much was free", "", 256, 1 << 18, func(_ int, n float64) int64 { return held(2000 * n) }},
		{"linear, where almost as much was free", "", 256, 1 << 18, func(_ int, n float64) int64 { return held(640 * n) }},
		{"sorts, where much was free", "", 256, 1 << 18, func(_ int, n float64) int64 { return held(40 * n * math.Log2(n)) }},
		{"a collected heap", "", 256, 1 << 18, func(i int, n float64) int64 { return held(640 * n * float64(1+i/16)) }},
		{"much was sent, and many copies are held", "", mib, 24 * mib, func(_ int, n float64) int64 { return 20*mib + int64(square(n)/mib) }},
		{"a heap that leaps", "", 1 << 10, 1 << 14, mibs(20, 25, 26, 27, 28, 80, 180)},
		{"one call that leaps", "", 1 << 10, 1 << 14, mibs(20, 25, 26, 27, 28, 29, 300)},
		{"too little to matter", "", 256, 3000, func(_ int, n float64) int64 { return 20*mib + int64(8*square(n)) }},
		{"too few calls", "", 1 << 12, 1 << 14, func(_ int, n float64) int64 { return 20*mib + int64(8*square(n)) }},
		{"given back, where that is seen", "", 1 << 10, 1 << 14, mibs(20, 25, 40, 70, 140, 30, 40)},
		{"not seen", "", 256, 5000, func(int, float64) int64 { return 0 }},
	} {
		lengths := half(tc.first, tc.last)
		bytes := make([]int64, len(lengths))
		for i, n := range lengths {
			bytes[i] = tc.after(i, float64(n))
		}
		got := ""
		for _, f := range oracles.Judge(&oracles.Context{}, holding(calledWith(lengths, make([]int, len(lengths))...), bytes...)) {
			if f.Oracle == "swelling" {
				got = f.Message
			}
		}
		if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
			t.Errorf("%s: found %q, want %q", tc.name, got, tc.want)
		}
	}
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

// Requests are held to each other where they say what was done to them: addresses of
// different things are no series, however their lengths happen to rise.
func TestRequestsThatGrowAreASeries(t *testing.T) {
	lengths, ms := []int64{300, 310, 320, 330, 340, 350}, []int{1, 1, 30, 300, 3000, 30000}
	for _, tc := range []struct {
		name, method string
		mutants      []string
		found        bool
	}{
		{"an address grows", "resources/read", []string{"growing@/id"}, true},
		{"what is to be completed grows", "completion/complete", []string{"growing@/argument/value"}, true},
		{"addresses of different things", "resources/read", []string{""}, false},
		{"two things grow in turn", "resources/read", []string{"growing@/a", "growing@/b"}, false},
		{"what no user asks for", "tools/list", []string{"growing@/cursor"}, false},
	} {
		o := calledWith(lengths, ms...)
		for i := range o.Seen {
			uri := scenarios.Str(strings.Repeat(",", int(lengths[i])))
			o.Seen[i].Sent = scenarios.Request{
				Attrs: scenarios.Attrs{Mutant: tc.mutants[i%len(tc.mutants)]}, Method: tc.method,
				Params: scenarios.Obj(scenarios.Member{Key: "uri", Value: uri}),
			}
		}
		found := slices.ContainsFunc(oracles.Judge(&oracles.Context{}, o), func(f oracles.Finding) bool { return f.Oracle == "disproportion" })
		if found != tc.found {
			t.Errorf("%s: found %t, want %t", tc.name, found, tc.found)
		}
	}
}

func TestASeriesIsHeldToProportion(t *testing.T) {
	call := func(tool string, n int64) scenarios.Step {
		return scenarios.Call{Tool: tool, Args: scenarios.Obj(scenarios.Member{Key: "a", Value: scenarios.Repeat(scenarios.Str("x"), n)})}
	}
	series := []scenarios.Step{call("t", 1), call("t", 2), call("t", 3), call("t", 4), call("t", 5), call("t", 6)}
	open := scenarios.Open{}
	for _, tc := range []struct {
		name             string
		steps            []scenarios.Step
		h5, eof, weighed bool
	}{
		{"a session of its own and a series", slices.Insert(slices.Clone(series), 0, scenarios.Step(open)), true, false, true},
		{"a series", series, true, false, false},
		{"too short to weigh", []scenarios.Step{open, series[0], series[1], series[2], series[3], series[4]}, true, false, false},
		{"too short", []scenarios.Step{open, series[0], series[1]}, false, false, false},
		{"of two tools", []scenarios.Step{open, series[0], call("u", 2), series[2]}, false, false, false},
		{"does not grow", []scenarios.Step{open, series[0], series[2], series[2]}, false, false, false},
		{"nothing but a session", []scenarios.Step{open}, false, true, false},
		{"nothing", nil, false, false, false},
	} {
		c := scenarios.Case{Name: "x", Steps: tc.steps}
		posed := oracles.Poses(&oracles.Context{}, c, oracles.Setting{Revision: protocol.Modern})
		if slices.Contains(posed, "H5") != tc.h5 || slices.Contains(posed, "LIFE-04") != tc.eof || oracles.Weighed(c) != tc.weighed {
			t.Errorf("%s: poses %v, is weighed: %t", tc.name, posed, oracles.Weighed(c))
		}
	}
	for n, want := range map[int]bool{2: false, 3: true} {
		if ids := oracles.Exercised(&oracles.Context{}, calledWith(half(256, 2000)[:n], 1, 1, 1)); slices.Contains(ids, "H5") != want {
			t.Errorf("%d calls put %v to the test", n, ids)
		}
	}
}
