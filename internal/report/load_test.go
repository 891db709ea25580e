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
		Version: record.Version, Target: "http://127.0.0.1:1/\x1b[31m", Protocol: "2025-11-25", Agents: 3, Seed: 7, Schedule: "0123456789abcdef",
		Offered: 50, Achieved: 49.96, Prompts: 1, Calls: 100, Seconds: 2.00123,
		Classes:  []record.LoadClass{{Name: "ok", Calls: 99, Meaning: "A result."}, {Name: "wrong", Calls: 1, Meaning: "None."}},
		Response: times, Service: times, Lag: record.NewTimes(0, 0, nil), Strays: 2, Limited: "too slow", Problem: "garbled: \x1b]0;\x07",
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
		"generator-limited, which says nothing of the server: too slow\n", "messages that answer no call under way: 2\n",
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
