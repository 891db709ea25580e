//go:build realservers

package limits_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"net/netip"
	"slices"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/limits"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

const unbounded = "limits/unbounded"

// decided leaves out what is not known in real time: on a busy machine the first of many
// calls may be answered before the last is out, so that nothing tells how many are worked on
// at once, and whether that is told as a fault.
func decided(a *record.Limits) {
	a.Findings = slices.DeleteFunc(a.Findings, func(f record.Finding) bool { return f.Signature == unbounded })
}

// TestInRealTime finds over TCP, in minutes, what the tests on a given clock find in none.
func TestInRealTime(t *testing.T) {
	for _, want := range known() {
		t.Run(want.name(), func(t *testing.T) {
			t.Parallel()
			web := httptest.NewServer(handler(want.server))
			defer web.Close()
			cfg := config(t, new(network), want.keys, echo())
			cfg.Connect = nil
			cfg.Target = func(from netip.Addr) transport.Target {
				return transport.HTTP(web.URL, transport.HTTPOptions{Reach: transport.Reach{From: from}})
			}
			cfg.Lone = nil
			a, err := limits.Run(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			decided(&a)
			want.faults = slices.DeleteFunc(want.faults, func(name string) bool { return name == "unbounded info" })
			want.check(t, a)
		})
	}
}

// TestConnectionsInRealTime counts them over TCP.
func TestConnectionsInRealTime(t *testing.T) {
	for _, want := range doorways() {
		t.Run(fmt.Sprintf("%s %d", want.door, want.most), func(t *testing.T) {
			t.Parallel()
			web := httptest.NewUnstartedServer(handler("per-key"))
			web.Listener = hung(want.door, want.most)(web.Listener)
			web.Config.ErrorLog = log.New(io.Discard, "", 0)
			web.Start()
			defer web.Close()
			by := func(from netip.Addr) transport.Reach { return transport.Reach{From: from} }
			cfg := config(t, new(network), 1, echo())
			cfg.Target = func(from netip.Addr) transport.Target {
				return transport.HTTP(web.URL, transport.HTTPOptions{Reach: by(from)})
			}
			cfg.Lone = func(from netip.Addr) transport.Target {
				return transport.HTTP(web.URL, transport.HTTPOptions{Reach: by(from), Lone: true})
			}
			cfg.Connect = func(ctx context.Context, from netip.Addr) (net.Conn, error) {
				return by(from).Connect(ctx, web.URL)
			}
			a, err := limits.Run(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			decided(&a)
			want.check(t, a)
		})
	}
}
