//go:build realservers

package limits_test

import (
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/limits"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

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
			a, err := limits.Run(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			want.check(t, a)
		})
	}
}
