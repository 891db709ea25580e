package loadgen

import (
	"strings"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// aLoad is the answer of a load of 200 calls in 2 seconds, one of them not sent.
func aLoad() record.Load {
	return record.Load{
		Calls: 200, Seconds: 2, Achieved: 99.5,
		Classes: []record.LoadClass{
			{Name: "ok", Calls: 160},
			{Name: "tool_error", Calls: 9},
			{Name: "reject_clean", Calls: 15},
			{Name: "timeout", Calls: 10},
			{Name: "wrong", Calls: 5},
			{Name: "unsent", Calls: 1},
		},
		Response: record.NewTimes(200, time.Second, func(p float64) time.Duration { return time.Duration(p * float64(time.Millisecond)) }),
	}
}

func TestExpectations(t *testing.T) {
	for _, test := range []struct {
		text, measured string
		held           bool
	}{
		{"p95<95.1ms", "95ms", true},
		{"p95 < 95ms", "95ms", false},
		{"p95<=95ms", "95ms", true},
		{"p99<1h", "not measured", false},
		{"ok>0.8", "0.804", true},
		{"ok>=81%", "0.804", false},
		{"clean>=0.5", "0.5", true}, // 15 of 199-160-9
		{"dirty<0.08", "0.07538", true},
		{"wrong<=4", "5", false},
		{"goodput>=80/s", "80/s", true},
		{"achieved>99", "99.5/s", true},
	} {
		e, err := ParseExpectation(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		want := record.Expected{What: test.text, Measured: test.measured, Held: test.held}
		if got := e.Judge(aLoad()); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if e.Judge(record.Load{}).Held {
			t.Errorf("%s holds of a load of nothing", test.text)
		}
	}
}

// Where all were served nobody was turned away, cleanly or not.
func TestNothingIsKnownOfRefusalsWhereThereAreNone(t *testing.T) {
	e, err := ParseExpectation("clean>=0")
	if err != nil {
		t.Fatal(err)
	}
	if e.Judge(record.Load{Calls: 3, Seconds: 1, Classes: []record.LoadClass{{Name: "ok", Calls: 3}}}).Held {
		t.Error("it holds")
	}
}

func TestWhatIsNoExpectation(t *testing.T) {
	for text, want := range map[string]string{
		"": "compares nothing", "p99": "compares nothing", "p99=1s": "compares nothing", "<1": "no figure", "p98<1s": "no figure",
		"p99<": "a time", "p99<1": "a time", "p99<-1s": "a time", "ok>=95": "a share", "ok>x%": "a share", "ok>NaN": "a share",
		"goodput>1/m": "calls in a second", "wrong<+Inf": "a number", "p99<<1s": "a time",
	} {
		if _, err := ParseExpectation(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one of %q", text, err, want)
		}
	}
}
