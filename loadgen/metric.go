package loadgen

import (
	"fmt"
	"slices"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Metric is one figure of the answer of a load: something may be expected of it, and two
// answers may be compared by it.
type Metric struct {
	Name, Doc string
	Unit      Unit
	// More says that more of it is better.
	More bool
	// Of is the figure, a time in milliseconds. It reports false where it was not
	// measured.
	Of func(record.Load) (float64, bool)
	// Needs is what has to be asked for that it is measured, "" where each load does.
	Needs Need
}

// Need is something that has to be asked for.
type Need string

// What figures need: a study of the knee, bursts, mistakes, slow clients, or many sessions.
const (
	NeedsKnee    Need = "--knee"
	NeedsBurst   Need = "--burst"
	NeedsProfile Need = "--profile"
	NeedsSlow    Need = "--slow-clients"
	NeedsSession Need = "--sessions"
)

// Unit is what a figure counts.
type Unit uint8

// The units, the only list: a share from 0 to 1, a number, calls in a second, and a time.
const (
	UnitUnset Unit = iota
	Share
	Number
	PerSecond
	Milliseconds
)

// Format writes a figure in its unit, in about three digits.
func (u Unit) Format(figure float64) string {
	switch u {
	case PerSecond:
		return fmt.Sprintf("%.4g/s", figure)
	case Milliseconds:
		return time.Duration(figure * float64(time.Millisecond)).Round(time.Microsecond).String()
	}
	return fmt.Sprintf("%.4g", figure)
}

// Metrics returns all of them.
func Metrics() []Metric {
	list := slices.Concat(callMetrics(), mistakeMetrics(), studyMetrics(), []Metric{{
		Name: "overlap", Doc: "The share of a burst that was out before its first answer.", Unit: Share, More: true, Needs: NeedsBurst, Of: func(l record.Load) (float64, bool) {
			if l.Burst == nil || l.Burst.Times == 0 {
				return 0, false
			}
			return l.Burst.Overlap, true
		},
	}, {
		Name: "slow", Doc: "How little slow clients do to another: the isolation under the worst kind of them, 1 for nothing.", Unit: Share, More: true, Needs: NeedsSlow, Of: func(l record.Load) (float64, bool) {
			worst := 1.0
			for _, s := range l.Slow {
				worst = min(worst, s.Isolation.Index)
			}
			return worst, len(l.Slow) > 0
		},
	}, {
		Name: "kept", Doc: "How many bytes of memory the target keeps of a session that was ended.", Unit: Number, More: false, Needs: NeedsSession, Of: func(l record.Load) (float64, bool) {
			if l.Sessions == nil || l.Sessions.Kept == nil {
				return 0, false
			}
			return *l.Sessions.Kept, true
		},
	}})
	for _, p := range record.Percentiles() {
		list = append(list, Metric{
			Name: fmt.Sprintf("p%g", p), Doc: fmt.Sprintf("The response time that %g %% of the calls do not exceed.", p), Unit: Milliseconds,
			Of: func(l record.Load) (float64, bool) {
				at, ok := l.Response.At(p)
				return float64(at) / float64(time.Millisecond), ok
			},
		})
	}
	return list
}

// callMetrics count the calls of a load.
func callMetrics() []Metric {
	return []Metric{
		{Name: "ok", Doc: "The share of the calls that were served within the deadline.", Unit: Share, More: true, Of: func(l record.Load) (float64, bool) {
			return shareOf(count(l, OK, Denied), sent(l))
		}},
		{Name: "clean", Doc: "The share of those not served that were refused clearly; with --knee, at twice the knee.", Unit: Share, More: true, Of: func(l record.Load) (float64, bool) {
			return cleanShare(overloadOf(l))
		}},
		{Name: "dirty", Doc: "The share of the calls that got a wrong answer, or none in time.", Unit: Share, More: false, Of: func(l record.Load) (float64, bool) {
			return shareOf(count(l, Timeout, Reset, Refused, Wrong), sent(l))
		}},
		{Name: "wrong", Doc: "How many answers were none.", Unit: Number, More: false, Of: func(l record.Load) (float64, bool) {
			return float64(count(l, Wrong)), sent(l) > 0
		}},
		{Name: "honesty", Doc: "The share of the calls that came again when they were told to (--retry-after) that were then let in.", Unit: Share, More: true, Of: func(l record.Load) (float64, bool) {
			return shareOf(l.Kept, l.Waited)
		}},
		{Name: "goodput", Doc: "Calls a second that were served within the deadline.", Unit: PerSecond, More: true, Of: func(l record.Load) (float64, bool) {
			return shareOf(float64(count(l, OK, Denied)), l.Seconds)
		}},
		{Name: "achieved", Doc: "Calls a second that were sent.", Unit: PerSecond, More: true, Of: func(l record.Load) (float64, bool) {
			return l.Achieved, l.Seconds > 0
		}},
	}
}

// mistakeMetrics tell what became of the calls that hold a mistake.
func mistakeMetrics() []Metric {
	return []Metric{
		{Name: "refused", Doc: "The share of the calls that break the tools' own schemas (--profile) that were refused.", Unit: Share, More: true, Needs: NeedsProfile, Of: func(l record.Load) (float64, bool) {
			var refused, calls int64
			for _, m := range l.Mistakes {
				if m.Want == scenarios.WantReject.String() {
					refused, calls = refused+m.Refused, calls+m.Calls
				}
			}
			return shareOf(refused, calls)
		}},
		{Name: "broke", Doc: "The share of the calls that hold a mistake (--profile) that got an internal error, a wrong answer or none.", Unit: Share, More: false, Needs: NeedsProfile, Of: func(l record.Load) (float64, bool) {
			var broke, calls int64
			for _, m := range l.Mistakes {
				if m.Class != "" {
					broke, calls = broke+m.Broke, calls+m.Calls
				}
			}
			return shareOf(broke, calls)
		}},
	}
}

// studyMetrics are the figures of a study.
func studyMetrics() []Metric {
	list := []Metric{
		{Name: "knee", Doc: "The highest rate that was seen to be borne.", Unit: PerSecond, More: true, Of: studied(func(s record.Study) (float64, bool) {
			if s.Knee == nil {
				return 0, false
			}
			return s.Knee.Borne, true
		})},
		{Name: "capacity", Doc: "The highest rate at which calls were answered on the ladder.", Unit: PerSecond, More: true, Of: studied(func(s record.Study) (float64, bool) {
			return s.Capacity, s.Capacity > 0
		})},
		{Name: "retention", Doc: "The goodput at twice the knee by the highest of all.", Unit: Number, More: true, Of: studied(func(s record.Study) (float64, bool) {
			if s.Retention == nil {
				return 0, false
			}
			return *s.Retention, true
		})},
		{Name: "isolation", Doc: "How little an overload does to a client on a session of its own: 1 for nothing.", Unit: Share, More: true, Of: studied(func(s record.Study) (float64, bool) {
			if len(s.Isolation) == 0 {
				return 0, false
			}
			return s.Isolation[0].Index, true
		})},
		{Name: "recovery", Doc: "How long after an overload that client's calls are as before.", Unit: Milliseconds, More: false, Of: studied(func(s record.Study) (float64, bool) {
			if len(s.Isolation) == 0 || s.Isolation[0].Recovery == nil {
				return 0, false
			}
			return 1000 * *s.Isolation[0].Recovery, true
		})},
	}
	for i := range list {
		list[i].Needs = NeedsKnee
	}
	return list
}

// studied is a figure of the study of a load, where there was one.
func studied(of func(record.Study) (float64, bool)) func(record.Load) (float64, bool) {
	return func(l record.Load) (float64, bool) {
		if l.Study == nil {
			return 0, false
		}
		return of(*l.Study)
	}
}

// overloadOf is the overload of a load's study, where there was one, and else the load.
func overloadOf(l record.Load) record.Load {
	switch {
	case l.Study == nil:
		return l
	case l.Study.Overload == nil:
		return record.Load{}
	}
	return record.Load{Calls: l.Study.Overload.Calls, Classes: l.Study.Overload.Classes}
}

// cleanShare is the share of the calls that were not served that were refused clearly.
func cleanShare(l record.Load) (float64, bool) {
	return shareOf(count(l, RejectClean), notServed(l))
}

// count is how many calls ended in some classes.
func count(l record.Load, classes ...Class) int64 {
	var n int64
	for _, c := range classes {
		for _, row := range l.Classes {
			if row.Name == c.String() {
				n += row.Calls
			}
		}
	}
	return n
}

// sent is how many calls tell of the server.
func sent(l record.Load) int64 { return l.Calls - count(l, Unsent) }

// notServed is how many of these were not served. A tool that fails has served a call.
func notServed(l record.Load) int64 { return sent(l) - count(l, OK, Denied, ToolError) }

// shareOf is a part of a whole, which is not known where there is none.
func shareOf[T int64 | float64](part, whole T) (float64, bool) {
	if whole <= 0 {
		return 0, false
	}
	return float64(part) / float64(whole), true
}
