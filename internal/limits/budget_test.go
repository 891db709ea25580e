package limits_test

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/limits"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// What is sent before a look at limits is bounded, too.
func TestBudgetsBoundTargets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most, perSecond = 5, 2
		b, err := limits.NewBudget(perSecond, most, time.Now, sleep)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := b.Bound(serve(t, handler("unlimited")).target(netip.Addr{})).Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		began, sent := time.Now(), 0
		for {
			if _, err := conn.Send(t.Context(), transport.Message{}); err != nil {
				break
			}
			sent++
		}
		if took := time.Since(began); sent != most || took != (most-1)*time.Second/perSecond {
			t.Errorf("%d messages in %v, want %d and %d a second", sent, took, most, perSecond)
		}
	})
}
