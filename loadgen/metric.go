package loadgen

import (
	"fmt"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
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
}

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
	list := []Metric{
		{"ok", "The share of the calls that were served within the deadline.", Share, true, func(l record.Load) (float64, bool) {
			return shareOf(count(l, OK), sent(l))
		}},
		{"clean", "The share of those not served that were refused clearly.", Share, true, func(l record.Load) (float64, bool) {
			return shareOf(count(l, RejectClean), sent(l)-count(l, OK, ToolError))
		}},
		{"dirty", "The share of the calls that got a wrong answer, or none in time.", Share, false, func(l record.Load) (float64, bool) {
			return shareOf(count(l, Timeout, Reset, Refused, Wrong), sent(l))
		}},
		{"wrong", "How many answers were none.", Number, false, func(l record.Load) (float64, bool) {
			return float64(count(l, Wrong)), sent(l) > 0
		}},
		{"goodput", "Calls a second that were served within the deadline.", PerSecond, true, func(l record.Load) (float64, bool) {
			return shareOf(float64(count(l, OK)), l.Seconds)
		}},
		{"achieved", "Calls a second that were sent.", PerSecond, true, func(l record.Load) (float64, bool) {
			return l.Achieved, l.Seconds > 0
		}},
	}
	for _, p := range record.Percentiles() {
		list = append(list, Metric{
			fmt.Sprintf("p%g", p), fmt.Sprintf("The response time that %g %% of the calls do not exceed.", p), Milliseconds, false,
			func(l record.Load) (float64, bool) {
				at, ok := l.Response.At(p)
				return float64(at) / float64(time.Millisecond), ok
			},
		})
	}
	return list
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

// shareOf is a part of a whole, which is not known where there is none.
func shareOf[T int64 | float64](part, whole T) (float64, bool) {
	if whole <= 0 {
		return 0, false
	}
	return float64(part) / float64(whole), true
}
