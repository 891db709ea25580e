package loadgen

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// The figures of an overload, in parts of the knee and in levels: how much is too much, for
// how long, how little the client that is watched sends, for how long before and afterwards,
// and how many of its calls in a row must be as before.
//
// At twice the knee a queue without bound serves in time what comes within the first deadline,
// and nothing later: of 20 deadlines that is the tenth at which Verdicts draw a line, of two
// levels half of it. What is sent too much for so long is done as long afterwards.
const (
	overloadTimes  = 2
	overloadLevels = 2
	victimShare    = 0.05
	levelsBefore   = 1
	levelsAfter    = 2 * overloadLevels
	inARow         = 10
	asBefore       = 2
)

// overload sends twice of what is borne, and watches what that does to a client of few
// calls: first on a session of its own, then on the same.
func (s *study) overload(ctx context.Context) error {
	if s.r.Knee == nil {
		return nil
	}
	rate := overloadTimes * s.r.Knee.Borne
	if rate > s.Load.MaxRate {
		s.limited, s.stop = true, fmt.Sprintf("twice the knee is more than --max-rate %.0f", s.Load.MaxRate)
		return nil
	}
	during := overloadLevels * s.Level
	seen := &aggressor{during: during}
	cfg := s.open(rate, during)
	cfg.Each = seen.see
	watched := victimShare * s.r.Knee.Borne
	if s.Other == nil || s.Load.Conn != nil || watched*s.Level.Seconds() < fewestCalls {
		return s.overloaded(ctx, begun{Config: cfg})
	}
	for _, session := range []struct {
		name string
		protocol.Session
	}{{"its own", *s.Other}, {"the same", s.Load.Session}} {
		v := &victim{}
		before := levelsBefore * s.Level
		few := s.open(watched, (levelsBefore+levelsAfter)*s.Level+during)
		few.Session, few.Each = session.Session, v.see
		*seen = aggressor{during: during}
		if err := s.overloaded(ctx, begun{before, cfg}, begun{0, few}); err != nil || s.stop != "" {
			return err
		}
		left := seen.left + v.left(before+during)
		x := v.isolation(session.name, before, during, float64(left)/s.r.Capacity)
		if x.Recovery != nil {
			abandoned := max(0, *x.Recovery-max(0, (seen.last-during).Seconds()))
			x.Abandoned = &abandoned
		}
		s.r.Isolation = append(s.r.Isolation, x)
	}
	return nil
}

// aggressor is the client of an overload that lasts for a time.
type aggressor struct {
	during time.Duration

	mu sync.Mutex
	// left are the calls that are work for the server at the end of that.
	left int64
	// last is when the last call was answered or given up, since the overload began.
	last time.Duration
}

func (a *aggressor) see(e Ended) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if isLeft(e, a.during) {
		a.left++
	}
	a.last = max(a.last, e.Done)
}

// isLeft reports whether a call is work for the server at a time.
func isLeft(e Ended, at time.Duration) bool {
	return e.Due < at && at < e.Done && !slices.Contains(notTaken, e.Class)
}

// notTaken are the classes of calls that leave a server no work.
var notTaken = []Class{RejectClean, RejectBare, Unsent, Refused}

// overloaded sends an overload, the first of the loads, and tells what goodput is retained.
func (s *study) overloaded(ctx context.Context, loads ...begun) error {
	l, err := s.level(ctx, loads...)
	if err != nil || s.r.Overload != nil || l.Calls == 0 {
		return err
	}
	s.r.Overload = &l
	if l.Yield >= enoughYield {
		s.stop = "twice the knee is borne after all: what seemed one was noise"
		return nil
	}
	s.limited = s.limited || l.Limited != ""
	retention := l.Goodput / max(s.best, 1e-9)
	s.r.Retention = &retention
	return nil
}

// victim is a client whose every call is remembered.
type victim struct {
	// slack is how much longer calls may take and be as before.
	slack time.Duration

	mu    sync.Mutex
	calls []Ended
}

func (v *victim) see(e Ended) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.calls = append(v.calls, e)
}

// left is how many of its calls are work for the server at a time.
func (v *victim) left(at time.Duration) (n int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, c := range v.calls {
		if isLeft(c, at) {
			n++
		}
	}
	return n
}

// isolation is what became of the calls in an overload that began after a time and lasted
// for another. The work that was left at its end takes ideal seconds.
func (v *victim) isolation(session string, before, during time.Duration, ideal float64) record.Isolation {
	slices.SortFunc(v.calls, func(a, b Ended) int { return cmp.Compare(a.Due, b.Due) })
	end := before + during
	first := slices.IndexFunc(v.calls, func(c Ended) bool { return c.Due >= before })
	then := slices.IndexFunc(v.calls, func(c Ended) bool { return c.Due >= end })
	if first < 0 || then < 0 {
		return record.Isolation{Session: session}
	}
	calm, loaded, after := timesOf(v.calls[:first]), timesOf(v.calls[first:then]), v.calls[then:]
	x := record.Isolation{
		Session: session, Before: sawOf(v.calls[:first], calm), During: sawOf(v.calls[first:then], loaded),
		Watched: (v.calls[len(v.calls)-1].Due - end).Seconds(),
	}
	percent := 90.0
	if min(calm.Count(), loaded.Count()) < record.Needed(percent) {
		percent = 50
	}
	if x.Before.OK > 0 && loaded.At(percent) > 0 {
		x.Index = x.During.OK / x.Before.OK * min(1, float64(calm.At(percent)+v.slack)/float64(loaded.At(percent)))
	}
	x.Recovery = recovery(after, end, asBefore*calm.Max()+calmSlack)
	interval := (end - before).Seconds() / float64(max(then-first, 1))
	if x.Recovery != nil && ideal > interval {
		factor := *x.Recovery / ideal
		x.Factor = &factor
	}
	return x
}

func timesOf(calls []Ended) Times {
	t := Times{digits: fineDigits}
	for _, c := range calls {
		t.add(c.Done - c.Due)
	}
	return t
}

func sawOf(calls []Ended, t Times) record.Seen {
	s := record.Seen{Calls: int64(len(calls)), Response: t.record()}
	var served int64
	for _, c := range calls {
		if c.Class == OK {
			served++
		}
	}
	s.OK, _ = shareOf(served, s.Calls)
	return s
}

// recovery is how long after the end the first of so many calls in a row is due that are
// all as before, in seconds; nil where there are none.
func recovery(after []Ended, end, most time.Duration) *float64 {
	row := 0
	for i, c := range after {
		if c.Class != OK || c.Done-c.Due > most {
			row = 0
			continue
		}
		if row++; row == inARow {
			took := (after[i-inARow+1].Due - end).Seconds()
			return &took
		}
	}
	return nil
}
