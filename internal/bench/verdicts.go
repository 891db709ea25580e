package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/made"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/loadgen"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// trial is a made server that is studied, as often as there are turns; each turn must tell
// it right, but for those in which this machine could not keep up with the load.
type trial struct {
	name   string
	server string
	right  func(record.Study) bool
}

// trials are the five whose manners show, and the knee and the recovery of the one that serves
// all.
func trials() []trial {
	var list []trial
	for _, s := range made.Loaded() {
		list = append(list, trial{"verdict on a server that " + s.Name, s.Name, func(r record.Study) bool { return r.Verdict == s.Name }})
	}
	return append(list,
		trial{"knee of a server of 4 calls of 10 ms", "collapses", isRightKnee},
		trial{"recovery of a server that serves all in turn", "collapses", isRightRecovery})
}

// isRightKnee reports whether the knee holds a rate from the capacity up to 6 % above it and
// is at most 5 % wide, and the calls in parallel are 4, but for 10 %.
func isRightKnee(s record.Study) bool {
	k := s.Knee
	return k != nil && k.Not >= s.Capacity && k.Borne <= 1.06*s.Capacity && (k.Not-k.Borne)/k.Not <= 0.05 &&
		math.Abs(s.Parallel/made.Workers-1) <= 0.1
}

// isRightRecovery reports whether the server needed as long as the work takes that was left,
// but for 20 % and the time between two calls of the client that tells.
func isRightRecovery(s record.Study) bool {
	if len(s.Isolation) == 0 || s.Isolation[0].Factor == nil {
		return false
	}
	x := s.Isolation[0]
	ideal := *x.Recovery / *x.Factor
	interval := s.Level / float64(max(x.During.Calls, 1))
	return math.Abs(*x.Recovery-ideal) <= 0.2*ideal+interval
}

// hold studies the server so many times and says how often it was told right.
func (t trial) hold(ctx context.Context, times int) (line string, v verdict, err error) {
	const limited = "generator-limited"
	right, void := 0, 0
	last := ""
	for range times {
		s, err := t.study(ctx)
		switch {
		case err != nil:
			return "", refused, err
		case ctx.Err() != nil:
			return "", refused, ctx.Err()
		case t.right(s):
			right++
			continue
		case s.Verdict == limited:
			void++
		}
		last = fmt.Sprintf("; the last otherwise: %q (%s), knee %+v, capacity %.1f/s, %.2f in parallel", s.Verdict, s.Why, s.Knee, s.Capacity, s.Parallel)
	}
	switch {
	case right == times:
		v = met
	case right+void == times:
		v = refused
	default:
		v = missed
	}
	return fmt.Sprintf("%-10s %s: right %d times of %d, void %d%s", v, t.name, right, times, void, last), v, nil
}

// trialDeadline is long enough that a queue of 20 calls is served within it.
const trialDeadline = 100 * time.Millisecond

func (t trial) study(ctx context.Context) (record.Study, error) {
	address, err := made.FreeAddress()
	if err != nil {
		return record.Study{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return record.Study{}, err
	}
	server := exec.Command(self)
	server.Env, server.Stderr = append(os.Environ(), made.EnvAt(t.server, address)), os.Stderr
	if err := server.Start(); err != nil {
		return record.Study{}, fmt.Errorf("start the server: %w", err)
	}
	defer func() { _, _ = server.Process.Kill(), server.Wait() }()
	url := "http://" + address + "/"
	one, err := open(ctx, url)
	if err != nil {
		return record.Study{}, err
	}
	defer one.Close()
	two, err := open(ctx, url)
	if err != nil {
		return record.Study{}, err
	}
	defer two.Close()
	other := two.Protocol()
	return loadgen.Study{
		Load: loadgen.Config{
			URL: url, Session: one.Protocol(), Calls: []scenarios.Call{{Tool: "echo", Args: scenarios.MustValue(`{"text":"notes"}`)}},
			Connections: loadgen.DefaultConnections, Deadline: trialDeadline, Timeout: 2 * trialDeadline, MaxRate: loadgen.DefaultMaxRate,
			Plan: loadgen.Schedule{FanOut: loadgen.FanOut{Fixed: 1}, MaxCalls: loadgen.DefaultMaxCalls},
		},
		Level: loadgen.LevelDeadlines * trialDeadline, Other: &other,
	}.Run(ctx)
}

// open opens a session with a server that may not stand yet.
func open(ctx context.Context, url string) (*execute.Session, error) {
	const tries, pause = 100, 50 * time.Millisecond
	set := execute.Settings{Revision: session(true).Revision, Deadline: 10 * time.Second, Probe: time.Second, IDs: &execute.IDs{}}
	for i := 0; ; i++ {
		s, err := execute.Dial(ctx, transport.HTTP(url, transport.HTTPOptions{}), set)
		if err == nil || i == tries || !transport.IsRefused(err) {
			return s, err
		}
		time.Sleep(pause)
	}
}
