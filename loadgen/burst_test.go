package loadgen

import (
	"testing"
	"time"
)

func TestTheShapeOfABurst(t *testing.T) {
	const ms = time.Millisecond
	call := func(sent, done time.Duration) Ended { return Ended{Due: ms, Sent: sent, Done: done, Class: OK} }
	for name, test := range map[string]struct {
		calls []Ended
		want  shape
	}{
		"at once":                  {[]Ended{call(2*ms, 9*ms), call(3*ms, 8*ms), call(4*ms, 7*ms)}, shape{2 * ms, 6 * ms, 8 * ms, 1, 3}},
		"one after the other":      {[]Ended{call(5*ms, 6*ms), call(2*ms, 3*ms)}, shape{3 * ms, 2 * ms, 5 * ms, 0.5, 1}},
		"one is not sent":          {[]Ended{call(2*ms, 5*ms), {Due: ms, Done: 9 * ms, Class: Unsent}}, shape{0, 4 * ms, 4 * ms, 0.5, 1}},
		"none is sent":             {[]Ended{{Due: ms, Done: 9 * ms, Class: Unsent}}, shape{}},
		"the last meets no answer": {[]Ended{call(2*ms, 4*ms), call(3*ms, 9*ms), call(4*ms, 8*ms)}, shape{2 * ms, 3 * ms, 8 * ms, 2.0 / 3, 2}},
	} {
		if got := shapeOf(test.calls); got != test.want {
			t.Errorf("%s: got %+v, want %+v", name, got, test.want)
		}
	}
}
