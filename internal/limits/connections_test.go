package limits_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/mcpfuzz/mcpfuzz/internal/limits"
	"github.com/mcpfuzz/mcpfuzz/internal/made"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// hung is what has a listener take so many connections by the door of that name.
func hung(name string, most int) func(net.Listener) net.Listener {
	i := slices.IndexFunc(made.Doors(), func(d made.Door) bool { return d.Name == name })
	return func(l net.Listener) net.Listener { return made.Doors()[i].Hang(l, most) }
}

// doorway is a made server behind a door, and what is to be found of its connections.
type doorway struct {
	door   string
	most   int
	state  string
	calls  int
	why    string
	faults []string
}

func (d doorway) check(t *testing.T, a record.Limits) {
	t.Helper()
	l := layer(a, "connections")
	if l.State != d.state || l.Calls != d.calls || !strings.Contains(l.Why, d.why) {
		t.Errorf("%+v, want %s at %d, %s", l, d.state, d.calls, d.why)
	}
	if got := faults(a); !slices.Equal(got, d.faults) || a.Cut != "" {
		t.Errorf("faults %v, want %v: %+v", got, d.faults, a)
	}
}

// doorways are doors whose number is known, and others that have none.
func doorways() []doorway {
	const forAll, forEach = "; for all addresses together", "; for each address"
	crowded := []string{"crowded low"}
	return []doorway{
		{"refusing", 16, record.LayerLimited, 16, "one more is answered by HTTP 503 and when to come again" + forAll, crowded},
		{"refusing", 63, record.LayerLimited, 63, "HTTP 503", crowded},
		{"refusing", 80, record.LayerNone, 64, "when all were there", nil},
		{"failing", 16, record.LayerLimited, 16, "one more is answered by HTTP 500" + forAll, []string{"crowded low", "full-as-failed low"}},
		{"hanging-up", 16, record.LayerLimited, 16, "one more is closed without an answer" + forAll, crowded},
		{"ignoring", 16, record.LayerLimited, 16, "one more is left without an answer, and a new one is served", crowded},
		{"queueing", 16, record.LayerLimited, 16, "one more waits until another is closed" + forAll, crowded},
		{"replacing", 16, record.LayerLimited, 16, "for one more the oldest is closed" + forAll, nil},
		{"refusing-each", 16, record.LayerLimited, 16, "HTTP 503 and when to come again" + forEach, nil},
		{"replacing-each", 16, record.LayerLimited, 16, "for one more the oldest is closed" + forEach, nil},
		{"impatient", 0, record.LayerUnknown, 0, "connections were closed after", nil},
	}
}

func TestConnectionsAreCounted(t *testing.T) {
	for _, want := range doorways() {
		t.Run(fmt.Sprintf("%s %d", want.door, want.most), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := serveBehind(t, handler("per-key"), hung(want.door, want.most))
				a, err := limits.Run(t.Context(), config(t, n, 1, echo()))
				if err != nil {
					t.Fatal(err)
				}
				want.check(t, a)
			})
		})
	}
}

// What answers and closes, or lets nothing through in time, tells of no number; and a limit
// of all requests is not taken for one of connections.
func TestConnectionsThatTellNothing(t *testing.T) {
	open := handler("per-key")
	closing := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Connection", "close")
		open.ServeHTTP(w, req)
	})
	for _, tc := range []struct {
		name, state, why string
		http.Handler
		keys int
	}{
		{"closing", record.LayerUnknown, "none of 64 connections served a second request", closing, 0},
		{"by-the-hour", record.LayerUnknown, "lets none through in time", handler("by-the-hour"), 1},
		{"of-all-requests", record.LayerNone, "", handler("of-all-requests"), 0},
		{"unlimited", record.LayerNone, "", handler("unlimited"), 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			a, err := limits.Run(t.Context(), config(t, serve(t, tc.Handler), tc.keys, echo()))
			if err != nil {
				t.Fatal(err)
			}
			if l := layer(a, "connections"); l.State != tc.state || !strings.Contains(l.Why, tc.why) {
				t.Errorf("%s: %+v, want %s, %s", tc.name, l, tc.state, tc.why)
			}
		})
	}
}

// Connections are bounded by what may still be sent, and no more is sent.
func TestConnectionsKeepTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := config(t, serve(t, handler("unlimited")), 0, echo())
		const most, shown = 500, 64
		cfg.Budget = budget(t, most)
		a, err := limits.Run(t.Context(), cfg)
		if l := layer(a, "connections"); err != nil || a.Calls > most || a.Cut != "" || l.State != record.LayerNone || l.Calls >= shown || l.Calls < 2 {
			t.Errorf("%+v, %v", a, err)
		}
	})
}

// A server that ends while connections are held is told as gone, not as one of which too
// little was seen.
func TestConnectionsTellOfAServerThatEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, opened := serve(t, handler("unlimited")), 0
		cfg := config(t, n, 0, echo())
		cfg.Lone = func(from netip.Addr) transport.Target {
			const last = 20
			if opened++; opened == last {
				n.server.Close()
			}
			return n.lone(from)
		}
		a, err := limits.Run(t.Context(), cfg)
		if l := layer(a, "connections"); err != nil || l.State != record.LayerUnknown || !strings.Contains(a.Cut, "the server ended") {
			t.Errorf("%+v, %v", a, err)
		}
	})
}

// What fails at the second address for a reason of this machine tells nothing of whom the
// limit is for.
func TestConnectionsThatFailHereTellNothing(t *testing.T) {
	for _, door := range []string{"refusing", "replacing"} {
		synctest.Test(t, func(t *testing.T) {
			const most = 16
			n := serveBehind(t, handler("per-key"), hung(door, most))
			cfg := config(t, n, 1, echo())
			cfg.Lone = func(from netip.Addr) transport.Target {
				if from == cfg.Addresses[0] {
					return n.lone(from)
				}
				broken := func(context.Context, netip.Addr) (net.Conn, error) {
					return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.EADDRNOTAVAIL}
				}
				return transport.HTTP("http://127.0.0.1/mcp", transport.HTTPOptions{Lone: true, Reach: transport.Reach{From: from, Dial: broken}})
			}
			a, err := limits.Run(t.Context(), cfg)
			if l := layer(a, "connections"); err != nil || l.State != record.LayerLimited || l.Calls != most || strings.Contains(l.Why, "address") {
				t.Errorf("%s: %+v, %v", door, l, err)
			}
		})
	}
}
