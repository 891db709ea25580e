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

// trial is a made server that is studied again and again. Each study must show what is claimed
// of it, but for those in which this machine could not keep up with the load.
type trial struct {
	name   string
	server string
	// timeout is how long its clients wait.
	timeout time.Duration
	claims  []claim
}

// claim is what a study must show.
type claim struct {
	number int
	name   string
	right  func(record.Study) bool
}

// trials are of the five servers whose manners show under load. Where the verdicts draw lines at
// 0.1 and 0.9 of the highest goodput, by the mathematics of their queues the one that collapses
// retains 0.04 at twice the knee, the one that queues half, and the one that sheds 0.97, which
// refuses all of the rest clearly; the other two end when 100 calls wait, and mix up the answers of
// any two calls at once.
func trials() []trial {
	var list []trial
	for _, s := range made.Loaded() {
		t := trial{"a server that " + s.Name, s.Name, 2 * trialDeadline, []claim{
			{25, "verdict", func(r record.Study) bool { return r.Verdict == s.Name }},
		}}
		if s.Name == inTurn {
			t.claims = append(t.claims, claim{22, "knee and calls in parallel, as of 4 that take 10 ms", isRightKnee})
		}
		list = append(list, t)
	}
	// It is still at work on what clients have given up, which they cannot tell.
	return append(list, trial{"a server that serves all in turn, for clients that wait", inTurn, trialPatience, []claim{
		{24, "recovery, as the work takes that is left", isRightRecovery},
	}})
}

// inTurn is the server that serves all in turn.
const inTurn = "collapses"

// isRightKnee reports whether the knee holds a rate from the capacity up to 6 % above it and
// is at most 5 % wide, and the calls in parallel are 4, but for 10 %.
func isRightKnee(s record.Study) bool {
	const rounding = 1e-9 // the capacity itself is one of the rates that are tried
	k := s.Knee
	return k != nil && k.Not >= s.Capacity*(1-rounding) && k.Borne <= 1.06*s.Capacity && (k.Not-k.Borne)/k.Not <= 0.05 &&
		math.Abs(s.Parallel/made.Workers-1) <= 0.1
}

// isRightRecovery reports whether the server needed as long as the work takes that was left,
// but for 20 % and the time between two calls of the client that tells, of which one level
// comes before the overload.
func isRightRecovery(s record.Study) bool {
	if len(s.Isolation) == 0 || s.Isolation[0].Factor == nil {
		return false
	}
	x := s.Isolation[0]
	ideal := *x.Recovery / *x.Factor
	interval := s.Level / float64(max(x.Before.Calls, 1))
	return math.Abs(*x.Recovery-ideal) <= 0.2*ideal+interval
}

// rows studies the server so many times and tells how often it was told right.
func (t trial) rows(ctx context.Context, times int) (rows []row, err error) {
	var studies []record.Study
	for range times {
		s, err := t.study(ctx)
		switch {
		case err != nil:
			return nil, err
		case ctx.Err() != nil:
			return nil, ctx.Err()
		}
		studies = append(studies, s)
	}
	for _, c := range t.claims {
		rows = append(rows, c.judge(t.name, studies))
	}
	return rows, nil
}

// fewestStudies is how many a verdict needs.
const fewestStudies = 2 * fewestRounds

// judge holds studies to the claim.
func (c claim) judge(trial string, studies []record.Study) row {
	const limited = "generator-limited"
	r := row{number: c.number, what: trial + ": " + c.name, demand: fmt.Sprintf("right %d times of %d", len(studies), len(studies)), verdict: refused}
	right, void := 0, 0
	for _, s := range studies {
		switch {
		case c.right(s):
			right++
			continue
		case s.Verdict == limited:
			void++
		}
		r.beside = "the last otherwise: " + told(s)
	}
	if r.beside == "" {
		r.beside = "the last: " + told(studies[len(studies)-1])
	}
	r.figure = fmt.Sprintf("right %d times, void %d", right, void)
	switch {
	case right+void < len(studies):
		r.verdict = missed
	case void == 0 && len(studies) >= fewestStudies:
		r.verdict = met
	}
	return r
}

// told is what a study came to, in words.
func told(s record.Study) string {
	text := fmt.Sprintf("%q (%s), capacity %.1f/s, %.2f in parallel", s.Verdict, s.Why, s.Capacity, s.Parallel)
	if s.Knee != nil {
		text += fmt.Sprintf(", knee from %.1f/s to %.1f/s", s.Knee.Borne, s.Knee.Not)
	}
	if len(s.Isolation) > 0 && s.Isolation[0].Factor != nil {
		text += fmt.Sprintf(", recovery %.2f of what the work takes", *s.Isolation[0].Factor)
	}
	return text
}

// trialDeadline is long enough that a queue of 20 calls is served within it, trialPatience that
// all are which are sent too much.
const (
	trialDeadline = 100 * time.Millisecond
	trialPatience = 10 * time.Second
)

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
			Connections: loadgen.DefaultConnections, Deadline: trialDeadline, Timeout: t.timeout, MaxRate: loadgen.DefaultMaxRate,
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
