package limits_test

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/mcpfuzz/mcpfuzz/internal/limits"
	"github.com/mcpfuzz/mcpfuzz/internal/made"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// echo is a call of a made server.
func echo() scenarios.Call {
	return scenarios.Call{Tool: "echo", Args: scenarios.MustValue(`{"text":"hello"}`)}
}

// handler is a made server, fresh.
func handler(name string) http.Handler {
	i := slices.IndexFunc(made.Limited(), func(s made.Site) bool { return s.Name == name })
	return made.Limited()[i].Handler()
}

// looked is what is found of a made server by so many clients with keys.
func looked(t *testing.T, name string, keys int) (a record.Limits) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := serve(t, handler(name))
		var err error
		if a, err = limits.Run(t.Context(), config(t, n, keys, echo())); err != nil {
			t.Fatal(err)
		}
	})
	return a
}

// faults are the names of what is wrong, each with its severity.
func faults(a record.Limits) (list []string) {
	for _, f := range a.Findings {
		list = append(list, strings.TrimPrefix(f.Signature, "limits/")+" "+f.Severity)
	}
	return list
}

func layer(a record.Limits, name string) record.Layer {
	i := slices.IndexFunc(a.Layers, func(l record.Layer) bool { return l.Name == name })
	if i < 0 {
		return record.Layer{}
	}
	return a.Layers[i]
}

// setting is a made server, by how many clients with keys it is looked at, and what is to
// be found.
type setting struct {
	server string
	keys   int
	// layer lets through so many calls at once, and so many a second, "" for none; rate is 0
	// where that is not measured.
	layer  string
	calls  int
	rate   float64
	faults []string
}

func (s setting) name() string { return fmt.Sprintf("%s by %d keys", s.server, s.keys) }

// check holds what was found to what is known: calls at once to the call, rates to a tenth.
func (s setting) check(t *testing.T, a record.Limits) {
	t.Helper()
	l := layer(a, s.layer)
	if s.layer != "" && (l.State != record.LayerLimited || l.Calls != s.calls || math.Abs(l.PerSecond-s.rate) > s.rate/10) {
		t.Errorf("%s: %+v, want %d at once and %.0f a second", s.layer, l, s.calls, s.rate)
	}
	if s.rate > 0 && s.layer != "" && l.Served < 100 && l.Seconds < 20 {
		t.Errorf("%s: measured over %d calls in %.0f s", s.layer, l.Served, l.Seconds)
	}
	if got := faults(a); !slices.Equal(got, s.faults) || a.Cut != "" {
		t.Errorf("faults %v, want %v: %+v", got, s.faults, a)
	}
}

// known are the servers whose settings a release is held to.
func known() []setting {
	return []setting{
		{"per-key", 2, "key", 10, 5, []string{"unaddressed info"}},
		{"per-address", 0, "address", 20, 20, nil},
		{"eight-in-flight", 2, "in flight", 8, 0, []string{"unlimited low"}},
		{"unlimited", 2, "", 0, 0, []string{"unlimited low", "unbounded info"}},
		{"wrong-retry-after", 2, "key", 10, 0.5, []string{"broken-promise low", "unaddressed info"}},
	}
}

// odd are servers that count in other ways, soundly or not, and the same with other keys.
func odd() []setting {
	return []setting{
		{"per-key", 1, "not known for whom", 10, 5, nil},
		{"per-address", 2, "address", 20, 20, []string{"unkeyed info"}},
		{"windows", 2, "key", 30, 3, []string{"unaddressed info"}},
		{"by-the-minute", 0, "address", 30, 0.5, nil},
		{"by-the-hour", 2, "key", 20, 0, nil},
		{"per-session", 2, "session", 10, 5, []string{"escaped low"}},
		{"per-session", 0, "session", 10, 5, []string{"escaped info"}},
		{"for-all", 2, "all clients", 10, 5, []string{"harms-others low"}},
		{"for-all", 0, "all clients", 10, 5, nil},
		{"trusting", 0, "address", 10, 5, []string{"forwarded low"}},
		{"of-all-requests", 0, "address", 20, 10, []string{"silenced info"}},
		{"per-key-and-address", 2, "key and address", 10, 5, []string{"unkeyed info", "unaddressed info"}},
		{"bare", 0, "address", 10, 5, []string{"unclear low"}},
		{"in-words", 0, "address", 10, 5, nil},
		{"one-at-a-time", 0, "not known for whom", 1, 5, nil},
		{"failing", 0, "address", 10, 5, []string{"unclear low"}},
		{"one-key", 2, "address", 10, 5, []string{"unkeyed info"}},
		{"one-address", 2, "not known for whom", 10, 5, nil},
		{"no-proxies", 0, "address", 10, 5, nil},
		{"eight-in-flight", 0, "in flight", 8, 0, []string{"unlimited info"}},
		{"eight-requests", 0, "in flight", 8, 0, []string{"unlimited info"}},
		{"unlimited", 0, "", 0, 0, []string{"unlimited info", "unbounded info"}},
	}
}

func TestKnownLimitsAreFound(t *testing.T) {
	for _, want := range known() {
		t.Run(want.name(), func(t *testing.T) { want.check(t, looked(t, want.server, want.keys)) })
	}
}

func TestOddLimitsAreToldApart(t *testing.T) {
	if testing.Short() {
		t.Skip("the run without -short tells them apart")
	}
	for _, want := range odd() {
		t.Run(want.name(), func(t *testing.T) { want.check(t, looked(t, want.server, want.keys)) })
	}
}

// What was called before counts, too, and is no part of what is measured; and no more is
// sent than may be.
func TestRunsMayFollowEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := serve(t, handler("per-address"))
		cfg := config(t, n, 0, echo())
		for _, most := range []int{50, limits.DefaultMaxCalls} {
			cfg.Budget = budget(t, most)
			a, err := limits.Run(t.Context(), cfg)
			if err != nil || a.Calls > most || (a.Cut != "") != (most == 50) {
				t.Fatalf("of %d calls: %+v, %v", most, a, err)
			}
			if l := layer(a, "address"); most > 50 && (l.Calls != 20 || len(a.Findings) > 0) {
				t.Errorf("behind another run: %+v", a)
			}
		}
	})
}

// What fails now and then, or for good, tells of no limit.
func TestFailuresAreNoLimits(t *testing.T) {
	for _, server := range []string{"flaky", "spent"} {
		if a := looked(t, server, 1); len(a.Findings)+len(a.Layers) > 0 || !strings.Contains(a.Cut, "nothing says") {
			t.Errorf("%s: %+v", server, a)
		}
	}
}
