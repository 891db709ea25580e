package campaign_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// A run that is stopped tells of as many cases as its record holds, those of blocks
// behind one that was not finished, too.
func TestAStoppedRunCountsAllThatItPlayed(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cfg := config(inMemory(t), 20*campaign.BlockSize)
	var logged atomic.Int64
	cfg.Log = func(l record.Line) error {
		if l.Kind == record.KindCase && logged.Add(1) == 2*campaign.BlockSize {
			cancel()
		}
		return nil
	}
	s, err := campaign.Run(ctx, cfg)
	if !errors.Is(err, context.Canceled) || s.Stopped == "" {
		t.Fatalf("stopped for %q: %v", s.Stopped, err)
	}
	if n := int(logged.Load()); s.Cases != n || s.Cases == cfg.Cases {
		t.Errorf("%d cases are told, %d are in the record", s.Cases, n)
	}
}
