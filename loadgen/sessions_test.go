package loadgen_test

import (
	"context"
	"errors"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/loadgen"
)

// keeper is a server that keeps so much of each session.
type keeper struct {
	kept, used int64
	files      int
	open       int
	fails      bool
}

func (k *keeper) session(context.Context) (func(), error) {
	if k.fails {
		return nil, errors.New("no more")
	}
	k.open++
	k.used += k.kept
	return func() { k.open-- }, nil
}

func (k *keeper) sample(context.Context) (record.Usage, error) {
	return record.Usage{RSS: 1<<20 + k.used, Files: k.files}, nil
}

func TestWhatIsKeptOfSessions(t *testing.T) {
	for _, kept := range []int64{0, 4096} {
		k := &keeper{kept: kept}
		r, err := loadgen.Sessions{Open: k.session, Times: 200, Sample: k.sample}.Run(t.Context())
		if err != nil || r.Opened != 200 || r.Failed != 0 || k.open != 0 || r.Kept == nil || *r.Kept != float64(kept) {
			t.Fatalf("%+v, %d are open, error %v; want %d bytes kept of each", r, k.open, err, kept)
		}
		if grown, _, _ := r.Used.Grown(); grown != (kept > 0) {
			t.Errorf("memory is said to have grown: %v, %d bytes a session", grown, kept)
		}
	}
}

func TestNoSessionIsToBeHad(t *testing.T) {
	k := &keeper{fails: true}
	r, err := loadgen.Sessions{Open: k.session, Times: 200, Sample: k.sample}.Run(t.Context())
	if err == nil || r.Opened != 0 || r.Failed != 3 || r.Used != nil {
		t.Errorf("%+v, error %v; want 3 failures and an error", r, err)
	}
	unknown := func(context.Context) (record.Usage, error) { return record.Usage{}, errors.New("no such process") }
	r, err = loadgen.Sessions{Open: new(keeper).session, Times: 20, Sample: unknown}.Run(t.Context())
	if err != nil || r.Opened != 20 || r.Used != nil || r.Kept != nil {
		t.Errorf("%+v, error %v; want 20 sessions of which nothing is known", r, err)
	}
}
