package loadgen

import (
	"context"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/transport"
)

// slowPipe takes what is written after some time of a clock that only it moves.
type slowPipe struct {
	transport.Conn
	now   time.Duration
	takes time.Duration
}

func (p *slowPipe) Send(context.Context, ...transport.Message) ([]transport.Sent, error) {
	p.now += p.takes
	return nil, nil
}

func TestWhoWaitsForAFullPipeWaitsForTheServer(t *testing.T) {
	const ms = time.Millisecond
	p := &slowPipe{}
	h := holding(p, func() time.Duration { return p.now })
	write := func(at, takes time.Duration) {
		t.Helper()
		p.now, p.takes = at, takes
		if _, err := h.Send(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	write(100*ms, 50*ms) // it waits from 100 to 150
	write(200*ms, ms)    // no longer than writes take
	write(300*ms, 20*ms)
	for _, tc := range []struct {
		name               string
		due, written, want time.Duration
	}{
		{"due meanwhile, written at once", 110, 150, 110},
		{"due meanwhile, and 30 late by us", 110, 180, 140},
		{"due before", 90, 150, 100},
		{"due afterwards, and late by us", 150, 199, 199},
		{"behind a write that did not wait", 200, 201, 201},
		{"behind both", 100, 320, 250},
		{"on time", 110, 111, 111},
	} {
		if got := h.sent(tc.due*ms, tc.written*ms); got != tc.want*ms {
			t.Errorf("%s: it was sent at %v, want %v", tc.name, got, tc.want*ms)
		}
	}
	if got := (*held)(nil).sent(0, time.Second); got != time.Second {
		t.Errorf("without a stream it was sent at %v", got)
	}
}

// The lag of a call leaves out what the server made it wait, and its service holds that.
func TestALagIsTheGenerators(t *testing.T) {
	const ms = time.Millisecond
	p := &slowPipe{now: 100 * ms, takes: 50 * ms}
	e := engine{limits: limits{time.Second, time.Second}, board: newBoard(1, 1), work: workload{templates: make([]template, 1)}}
	e.held = holding(p, func() time.Duration { return p.now })
	if _, err := e.held.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.count(0, shot{due: 110 * ms}, 155*ms, 210*ms, verdict{})
	got := e.board.total()
	if lag, service := got.Lag.Max().Round(ms), got.Service.Max().Round(ms); lag != 5*ms || service != 95*ms {
		t.Errorf("the lag is %v, the service %v; want 5 ms and 95", lag, service)
	}
}

// What a write waited long ago is forgotten, and never taken for what it waits now.
func TestOnlyTheLastWaitsAreKept(t *testing.T) {
	p := &slowPipe{takes: 2 * time.Second}
	h := holding(p, func() time.Duration { return p.now })
	for range 2 * heldKept {
		if _, err := h.Send(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := h.sent(p.now-10*time.Second, p.now); got != p.now-10*time.Second {
		t.Errorf("it was sent at %v of %v", got, p.now)
	}
	if got := h.sent(0, p.now); got != p.now-heldKept*2*time.Second {
		t.Errorf("it was sent at %v", got)
	}
}
