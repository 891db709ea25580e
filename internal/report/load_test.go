package report_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/internal/report"
)

// aLoad is the answer of a load of 100 calls.
func aLoad() record.Load {
	times := record.NewTimes(100, 12345678*time.Nanosecond, func(p float64) time.Duration { return time.Duration(p * float64(time.Millisecond)) })
	return record.Load{
		Version: record.Version, Target: "http://127.0.0.1:1/\x1b[31m", Protocol: "2025-11-25", Nice: 10, Agents: 3, Seed: 7, Schedule: "0123456789abcdef",
		Offered: 50, Achieved: 49.96, Prompts: 1, Calls: 100, Seconds: 2.00123,
		Classes:  []record.LoadClass{{Name: "ok", Calls: 99, Meaning: "A result."}, {Name: "wrong", Calls: 1, Meaning: "None."}},
		Response: times, Service: times, Lag: record.NewTimes(0, 0, nil), Retried: 7, Waited: 4, Kept: 3, Strays: 2, Limited: "too slow", Problem: "garbled: \x1b]0;\x07",
		Tools:    []record.LoadTool{{Name: "few", Calls: 10, OK: 10}, {Name: "many\n\x1b[1m", Calls: 90, OK: 89, Response: times}},
		Expected: []record.Expected{{What: "ok>0.9", Measured: "0.99", Held: true}, {What: "p99<1s", Measured: "not measured"}},
	}
}

func TestLoadForPeople(t *testing.T) {
	var b bytes.Buffer
	if err := report.Load(&b, aLoad(), report.Options{Width: 120}); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, want := range []string{
		"closed load of 3 agents, seed 7, schedule 0123456789ab\n",
		"offered 50.0 calls/s, achieved 50.0 calls/s: 100 calls of 1 prompt in 2s\n",
		" ok     99     99.0 %  A result. ", " wrong  1      1.0 %   None. ",
		" response, from when due  50ms    90ms     n < 200  n < 1000  n < 10000  12.3ms ",
		" lag of sending           n < 20  n < 100  n < 200  n < 1000  n < 10000  0s ",
		"the target ran at a priority lower by 10 than the load", "generator-limited, which says nothing of the server: too slow\n", "messages that answer no call under way: 2\n",
		"7 calls sent again, 4 of them when the server had said to; of these 75.0 % were let in\n",
		" ok>0.9    0.99          yes ", " p99<1s    not measured  NO ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if strings.Contains(text, "\x1b") || strings.Contains(text, "\x07") {
		t.Errorf("what a server wrote stands raw in %q", text)
	}
	if strings.Index(text, " many") > strings.Index(text, " few ") {
		t.Errorf("the tool with the most calls does not come first in\n%s", text)
	}
}

func TestLoadForPrograms(t *testing.T) {
	var b bytes.Buffer
	if err := aLoad().Encode(&b); err != nil {
		t.Fatal(err)
	}
	var back record.Load
	if err := json.Unmarshal(b.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	p90, ok := back.Response.At(90)
	if _, told := back.Response.At(99); !ok || told || p90 != 90*time.Millisecond || back.Calls != 100 || back.Tools[1].OK != 89 {
		t.Errorf("read back: %+v", back)
	}
}

func TestStudyForPeople(t *testing.T) {
	times := record.NewTimes(100, time.Second, func(p float64) time.Duration { return time.Duration(p * float64(time.Millisecond)) })
	retention, took, factor := 0.97, 0.25, 1.5
	level := record.Level{
		Busy:    0.44,
		Offered: 800, Goodput: 388, Answered: 388, Calls: 200, Yield: 0.485, Response: times, Fairness: 0.9,
		Classes: []record.LoadClass{{Name: "ok", Calls: 97}, {Name: "reject_clean", Calls: 103}},
	}
	first := level
	first.Clients = 1
	seen := record.Seen{Calls: 100, OK: 0.5, Response: times}
	l := aLoad()
	l.Study = &record.Study{
		Level: 2, Short: true, Processors: 2,
		Ladder: []record.Level{first}, Levels: []record.Level{level}, Capacity: 386, Parallel: 4.02, LatencyKnee: 350, Overload: &level, Retention: &retention,
		Knee: &record.Knee{Borne: 380, Not: 399}, Drained: 0.1, Verdict: "sheds", Why: "\x1bmuch",
		Isolation: []record.Isolation{
			{Session: "its own", Before: seen, During: seen, Index: 0.5, Recovery: &took, Factor: &factor, Watched: 2},
			{Session: "the same", Before: seen, During: seen, Watched: 2},
		},
	}
	l.Burst = &record.Burst{
		Size: 10, Times: 2, Skew: record.Middle{Median: 0.084, Max: 0.2}, First: record.Middle{Median: 1, Max: 2}, Last: record.Middle{Median: 3, Max: 4},
		Overlap: 0.95, Together: 1, Peak: 10, Classes: []record.LoadClass{{Name: "ok", Calls: 20}},
	}
	l.Used = &record.Used{
		Before: record.Usage{CPU: 1, RSS: 10 << 20, Files: 10, Threads: 4}, Peak: record.Usage{CPU: 3, RSS: 30 << 20, Files: 90, Threads: 9},
		After: record.Usage{CPU: 3, RSS: 12 << 20, Files: 11, Threads: 4},
	}
	var b bytes.Buffer
	if err := report.Load(&b, l, report.Options{Width: 160}); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, want := range []string{
		" 1            388.0/s  48.5 %  50ms  90ms  reject_clean 51.5 % ", " 800.0/s  388.0/s  48.5 %  50ms  90ms  reject_clean 51.5 % ",
		"answers at most 386.0 calls/s, for which 4.0 in parallel would do\n", "how alike 1 client are served (Jain; 1 is quite alike): 0.90\n",
		"levels of 2s are too short to show a queue that grows slowly: the knee may lie lower\n",
		"knee: bears 380.0 calls/s, and not 399.0\n", "mcpfuzz took up to 0.4 of 2 processors, at 800.0 calls/s\n", "from 350.0 calls/s on p90 is more than twice",
		" its own             50.0 %     50.0 %  50ms        50ms    0.50       250ms          1.50 ",
		" the same            50.0 %     50.0 %  50ms        50ms    0.00       not within 2s  - ",
		"2 bursts of 10 calls at once: all were out before the first answer in 1 of them, 95.0 % of the calls in the mean; at most 10 in flight\n",
		" from the first call sent to the last  84µs    200µs ", "of its calls: ok 100.0 %\n",
		" processor time  1s        3s        3s                         ", " memory          10.0 MiB  30.0 MiB  12.0 MiB  more than before ", " files           10        90        11                         ",
		"the longest time to answer again as at first: 100ms\n", "verdict: sheds (",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if strings.Contains(text, "\x1b") {
		t.Errorf("an escape stands raw in %q", text)
	}
}
