package limits_test

import (
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

func TestKnownLimitsAreFound(t *testing.T) {
	for _, test := range []struct {
		server string
		keys   int
		layer  string
		calls  int
		rate   float64
		faults []string
	}{
		{"per-key", 2, "key", 10, 5, []string{"unaddressed info"}},
		{"per-key", 1, "", 10, 5, nil},
		{"per-address", 0, "address", 20, 20, nil},
		{"per-address", 2, "address", 20, 20, []string{"unkeyed low"}},
		{"windows", 2, "key", 30, 3, []string{"unaddressed info"}},
		{"wrong-retry-after", 2, "key", 10, 0.5, []string{"broken-promise low", "unaddressed info"}},
		{"per-session", 2, "session", 10, 5, []string{"escaped low"}},
		{"per-session", 0, "session", 10, 5, []string{"escaped info"}},
		{"for-all", 2, "all clients", 10, 5, []string{"harms-others low"}},
		{"for-all", 0, "all clients", 10, 5, nil},
		{"trusting", 0, "address", 10, 5, []string{"forwarded low"}},
		{"per-key-and-address", 2, "key and address", 10, 5, []string{"unkeyed low", "unaddressed info"}},
		{"bare", 0, "address", 10, 5, []string{"unclear low"}},
		{"in-words", 0, "address", 10, 5, nil},
		{"one-at-a-time", 0, "not known for whom", 1, 5, nil},
		{"failing", 0, "address", 10, 5, []string{"unclear low"}},
		{"eight-in-flight", 2, "in flight", 8, 0, []string{"unlimited low"}},
		{"eight-in-flight", 0, "in flight", 8, 0, []string{"unlimited info"}},
		{"unlimited", 2, "", 0, 0, []string{"unlimited low", "unbounded info"}},
		{"unlimited", 0, "", 0, 0, []string{"unlimited info", "unbounded info"}},
	} {
		t.Run(test.server, func(t *testing.T) {
			a := looked(t, test.server, test.keys)
			l := layer(a, test.layer)
			if test.layer != "" && (l.State != record.LayerLimited || l.Calls != test.calls || math.Abs(l.PerSecond-test.rate) > test.rate/10) {
				t.Errorf("%s: %+v, want %d at once and %.0f a second", test.layer, l, test.calls, test.rate)
			}
			if got := faults(a); !slices.Equal(got, test.faults) || a.Cut != "" {
				t.Errorf("faults %v, want %v: %+v", got, test.faults, a)
			}
		})
	}
}

// What was called before counts, too, and is no part of what is measured; and no more is
// sent than may be.
func TestRunsMayFollowEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := serve(t, handler("per-address"))
		cfg := config(t, n, 0, echo())
		for _, most := range []int{50, limits.DefaultMaxCalls} {
			cfg.MaxCalls = most
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
