package main

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/loadgen"
)

// Every bar has a row, and each row that is one says what it demands.
func TestEveryBarHasARow(t *testing.T) {
	const bars = 25
	have := map[int]bool{}
	for _, d := range duels() {
		for _, b := range d.bars {
			have[b.number] = true
			if b.atLeast == 0 && b.atMost == 0 || b.figure == nil {
				t.Errorf("%s: %s demands nothing", d.name, b.name)
			}
		}
	}
	for _, trial := range trials() {
		for _, c := range trial.claims {
			have[c.number] = true
		}
	}
	for n := range bars {
		if !have[n+1] {
			t.Errorf("bar %d has no row", n+1)
		}
	}
}

// turns are rounds of two turns each with so many calls.
func turns(calls ...int64) (rounds [][2]sample) {
	for pair := range slices.Chunk(calls, 2) {
		rounds = append(rounds, [2]sample{{calls: pair[0], took: time.Second}, {calls: pair[1], took: time.Second}})
	}
	return rounds
}

func TestBars(t *testing.T) {
	least, alone := bar{figure: perSecond, atLeast: 2}, bar{figure: perSecond, atMost: 250, alone: true}
	always := bar{figure: perSecond, atLeast: 100, atMost: 100, alone: true, always: true}
	quiet, noisy := turns(100, 100, 100, 100, 100, 100, 100, 100, 100, 149), turns(100, 100, 100, 100, 100, 100, 100, 100, 100, 151)
	for _, test := range []struct {
		name         string
		bar          bar
		theirs, mine [][2]sample
		want         verdict
		figure       string
	}{
		{"the median of ratios that are as demanded", least, quiet, turns(150, 150, 200, 200, 200, 220, 300, 300, 250, 248), met, "2 (1.5 to 3)"},
		{"less", least, quiet, turns(150, 150, 198, 200, 190, 200, 300, 300, 249, 249), missed, "1.99 (1.5 to 3)"},
		{"a yardstick that is not steady", least, noisy, turns(300, 300, 300, 300, 300, 300, 300, 300, 300, 300), refused, "3 (2.39 to 3)"},
		{"too few rounds", least, quiet[:4], turns(300, 300, 300, 300, 300, 300, 300, 300), refused, "3 (3 to 3)"},
		{"a figure alone, whose median is in bounds", alone, noisy, turns(100, 100, 900, 900, 250, 250, 100, 100, 900, 900), met, "250 (100 to 900)"},
		{"one that is beyond", alone, noisy, turns(100, 100, 900, 900, 260, 250, 100, 100, 900, 900), missed, "255 (100 to 900)"},
		{"one that must always be so", always, nil, turns(100, 100, 101, 99, 100, 100, 100, 100, 100, 100), missed, "100 (100 to 100)"},
		{"one that always is", always, nil, turns(100, 100, 100, 100, 100, 100, 100, 100, 100, 100), met, "100 (100 to 100)"},
		{"a figure that is none", alone, noisy, make([][2]sample, 5), missed, "NaN (NaN to NaN)"},
	} {
		if r := test.bar.judge("", test.theirs, test.mine); r.verdict != test.want || r.figure != test.figure {
			t.Errorf("%s: %s, %s; want %s, %s", test.name, r.verdict, r.figure, test.want, test.figure)
		}
	}
}

func TestClaims(t *testing.T) {
	c := claim{number: 25, name: "verdict", right: func(s record.Study) bool { return s.Verdict == "sheds" }}
	right, wrong, void := record.Study{Verdict: "sheds"}, record.Study{Verdict: "queues"}, record.Study{Verdict: "generator-limited"}
	ten := slices.Repeat([]record.Study{right}, fewestStudies)
	for _, test := range []struct {
		studies []record.Study
		want    verdict
	}{
		{ten, met},
		{ten[1:], refused},
		{append([]record.Study{void}, ten...), refused},
		{append([]record.Study{void, wrong}, ten...), missed},
	} {
		if r := c.judge("", test.studies); r.verdict != test.want {
			t.Errorf("%d studies: %s, %s; want %s", len(test.studies), r.verdict, r.figure, test.want)
		}
	}
}

func TestTheRightKnee(t *testing.T) {
	study := func(borne, not, parallel float64) record.Study {
		return record.Study{Capacity: 400, Parallel: parallel, Knee: &record.Knee{Borne: borne, Not: not}}
	}
	for _, test := range []struct {
		study record.Study
		want  bool
	}{
		{study(400, 420, 4.1), true},
		{study(381, 400-1e-13, 4), true},
		{study(424, 440, 3.7), true},
		{study(370, 389, 4), false},
		{study(425, 440, 4), false},
		{study(400, 422, 4), false},
		{study(400, 420, 4.5), false},
		{record.Study{Capacity: 400, Parallel: 4}, false},
	} {
		if got := isRightKnee(test.study); got != test.want {
			t.Errorf("%+v: %v", test.study, got)
		}
	}
}

func TestTheRightRecovery(t *testing.T) {
	study := func(recovery, factor float64) record.Study {
		return record.Study{Level: 2, Isolation: []record.Isolation{{Recovery: &recovery, Factor: &factor, Before: record.Seen{Calls: 40}}}}
	}
	for _, test := range []struct {
		study record.Study
		want  bool
	}{
		{study(4.4, 1.1), true},
		{study(4.84, 1.21), true}, // within the time between two calls
		{study(4.92, 1.23), false},
		{study(3.1, 0.775), false},
		{record.Study{}, false},
	} {
		if got := isRightRecovery(test.study); got != test.want {
			t.Errorf("%+v: %v", test.study, got)
		}
	}
}

func TestAYardstickThatIsMissing(t *testing.T) {
	d := duel{name: "us beside them", bars: []bar{{number: 1, name: "calls/s", atLeast: 0.9}}, start: func() (client, client, func(), error) {
		return nil, nil, nil, errMissing
	}}
	rows, err := d.rows(t.Context(), fewestRounds, time.Second)
	if err != nil || len(rows) != 1 || rows[0].verdict != refused || rows[0].number != 1 || rows[0].figure != errMissing.Error() {
		t.Errorf("%+v, error %v", rows, err)
	}
	var b bytes.Buffer
	rows[0].beside = "a|b"
	if err := table(&b, "Today.", rows); err != nil {
		t.Fatal(err)
	}
	const want = "| 1 | us beside them: calls/s | ≥ 0.9 of the yardstick | it is not installed | a\\|b | no verdict |  |\n"
	if text := b.String(); !strings.HasSuffix(text, "| --- | --- | --- | --- | --- | --- | --- |\n"+want) || !strings.Contains(text, "Today.\n\n0 met, 0 MISSED, 1 no verdict\n") {
		t.Errorf("the table is\n%s", text)
	}
}

// What was kept of calls tells whether what is told of them is right.
func TestWhatIsToldIsCompared(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	log := make([]loadgen.Ended, 20_000)
	for i := range log {
		sent := time.Duration(i + 1)
		log[i] = loadgen.Ended{Due: sent, Sent: sent, Done: sent + time.Duration(draw.ExpFloat64()*float64(time.Millisecond)), Class: loadgen.OK}
	}
	one, merged := loadgen.Recounted(log, 1), loadgen.Recounted(log, shards)
	if off := farthest(log, merged.Response); off > 0.002 {
		t.Errorf("percentiles are %v off", off)
	}
	if off := farthest(log[:10_000], loadgen.Recounted(log[10_000:], 1).Response); off < 0.002 {
		t.Errorf("percentiles of other calls are %v off", off)
	}
	if got := alike(one, merged); got != 1 {
		t.Errorf("%v of a tally is that of its parts", got)
	}
	if got := alike(one, loadgen.Recounted(log[1:], 1)); got == 1 {
		t.Error("a tally is that of fewer calls")
	}
}

func TestTheCountsOfAServerOfOurOwn(t *testing.T) {
	_, ours, stop, err := ownCounts()
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	if s, err := ours(t.Context(), 20*time.Millisecond); err != nil || s.right != 1 {
		t.Errorf("%v of the classes count what the server does, error %v", s.right, err)
	}
}
