package loadgen

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

const testID = "1000000007"

func testJudge() *judge {
	return newJudge(func() time.Duration { return 0 }, &problem{}, func(protocol.Reply) {})
}

// judged is what becomes of a call that is answered by a body in some pieces, but for the
// size of the answer.
func judged(h head, pieces ...[]byte) verdict {
	j := testJudge()
	j.begin([]byte(testID), 100, false)
	j.respond(h)
	for _, p := range pieces {
		j.take(p)
	}
	v := j.end(endingUnset)
	v.size = 0
	return v
}

// FuzzJudge holds what is read in one pass, from a body or from an event stream in
// pieces, to what the fuzzer reads.
func FuzzJudge(f *testing.F) {
	for _, text := range []string{
		`{"jsonrpc":"2.0","id":1000000007,"result":{"content":[]}}`,
		`{"jsonrpc":"2.0","id":1000000007,"result":{"content":[{"type":"text","text":"\u00e9"}],"isError":true}}`,
		`{"jsonrpc":"2.0","id":1000000007.0,"result":{}}`, `{"jsonrpc":"2.0","id":"1000000007","result":{}}`,
		`{"jsonrpc":"2.0","id":1000000008,"result":{}}`, `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no"}}`,
		`{"jsonrpc":"2.0","id":1000000007,"error":{"code":-32000,"message":"busy"}}`,
		`{"jsonrpc":"2.0","id":1000000007,"error":{"code":-32603,"message":"\n"}}`,
		`[{"jsonrpc":"2.0","id":1000000007,"result":{}}]`, `{}`, `<html>`, ``, "\ufeff{}",
	} {
		f.Add([]byte(text), uint16(200))
		f.Add([]byte(text), uint16(429))
	}
	f.Fuzz(func(t *testing.T, b []byte, status uint16) {
		frame := transport.Frame{Bytes: b, Size: int64(len(b)), Status: int(status%400) + 200, Last: true}
		r := protocol.Read(frame)
		if len(b) > 0 && (r.Kind == protocol.Notification || r.Kind == protocol.ServerRequest) {
			return // no reply
		}
		seen := oracles.Seen{
			Sent: scenarios.Call{}, ID: testID, Alone: true, Message: transport.Message{Size: 100},
			Answers: []oracles.Answer{{Frame: frame, Reply: r}},
		}
		first := r.First()
		want := verdict{
			outcome: oracles.OutcomeOf(oracles.Observation{HTTP: true}, seen), status: frame.Status,
			isError: first.IsError, isRPC: first.Kind == protocol.Error,
		}
		want.overload = want.isRPC && oracles.IsOverload(first.Code, []byte(first.Message))
		h := head{status: frame.Status, length: -1}
		if got := judged(h, b); got != want {
			t.Errorf("%q: %+v, want %+v", b, got, want)
		}
		if len(b) == 0 || slices.Contains(b, '\n') || slices.Contains(b, '\r') {
			return
		}
		h.events = true
		var pieces [][]byte
		for p := range slices.Chunk([]byte(": hello\r\nid: 1\ndata: "+string(b)+"\r\n\r\n: bye\n\n"), 1+int(status)%7) {
			pieces = append(pieces, p)
		}
		if got := judged(h, pieces...); got != want {
			t.Errorf("%q in an event stream: %+v, want %+v", b, got, want)
		}
	})
}

func TestEventStreams(t *testing.T) {
	const right = `{"jsonrpc":"2.0","id":1000000007,"result":{}}`
	const note = `{"jsonrpc":"2.0","method":"notifications/progress"}`
	for text, want := range map[string]oracles.Outcome{
		"data:" + right + "\n\n": oracles.Accepted,
		"event: message\nid: 7\nretry: 5\ndata: " + note + "\n\ndata: " + right + "\n\n:\n\n": oracles.Accepted,
		"data: {\"jsonrpc\":\"2.0\",\ndata: \"id\":1000000007,\"result\":{}}\n\n":             oracles.Accepted,
		"data: " + right + "\n\ndata: " + right + "\n\n":                                      oracles.Garbled,
		"data: " + right + "\n":     oracles.Garbled,
		"data: " + note + "\n\n":    oracles.Dropped,
		"data:\n\ndate: 7\n\ndata":  oracles.Dropped,
		"":                          oracles.Dropped,
		"event: " + right + "\n\n":  oracles.Dropped,
		"data: <html>\n\n":          oracles.Garbled,
		"data : " + right + "\n\n":  oracles.Dropped,
		"data:  " + right + " \n\n": oracles.Accepted,
	} {
		if got := judged(head{status: 200, events: true}, []byte(text)); got.outcome != want {
			t.Errorf("%q is %s, want %s", text, got.outcome, want)
		}
	}
}

// An answer too large to be kept is told by its ends, in memory that has a bound.
func TestAnswersWithoutMeasure(t *testing.T) {
	chunk := slices.Repeat([]byte("A"), 1<<16)
	for _, events := range []bool{false, true} {
		j := testJudge()
		j.begin([]byte(testID), 100, false)
		j.respond(head{status: 200, events: events})
		if events {
			j.take([]byte("data: "))
		}
		j.take([]byte(`{"jsonrpc":"2.0","id":1000000007,"result":{"content":[{"type":"text","text":"`))
		for range 1 << 10 {
			j.take(chunk)
		}
		j.take([]byte(`"}]}}` + "\n\n"))
		if v := j.end(endingUnset); v.outcome != oracles.Accepted {
			t.Errorf("64 MiB of an answer, events %v: %+v, want it accepted", events, v)
		}
		if b, whole := j.body.Whole(); whole && !events || len(b) > mostBody {
			t.Errorf("%d bytes are kept", len(b))
		}
	}
}

func TestJudgingTakesNoMemory(t *testing.T) {
	answer := []byte(`{"jsonrpc":"2.0","id":1000000007,"result":{"content":[{"type":"text","text":"notes"}]}}`)
	refusal := []byte(`{"jsonrpc":"2.0","id":1000000007,"error":{"code":-32000,"message":"busy"}}`)
	event := []byte("event: message\ndata: " + string(answer) + "\n\n")
	j := testJudge()
	j.problem.tell(oracles.Rejected, "said before")
	h, id := head{status: 200}, []byte(testID)
	if n := testing.AllocsPerRun(100, func() {
		for _, b := range [][]byte{answer, refusal, event} {
			j.begin(id, 100, false)
			h.events = b[0] == 'e'
			j.respond(h)
			j.take(b)
			j.end(endingUnset)
		}
	}); n > 0 {
		t.Errorf("three answers take %v allocations, want none", n)
	}
}

// Shards that are merged, in any order, tell what one tally of all calls does.
func TestTalliesMerge(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	all := newTally(3, 1)
	parts := []Tally{newTally(3, 1), newTally(3, 1), newTally(3, 1), newTally(3, 1)}
	var exact []time.Duration
	for i := range 20_000 {
		took := time.Duration(draw.ExpFloat64() * float64(time.Millisecond))
		e := ended{tool: draw.IntN(3), due: 1, sent: 2, done: 1 + took, outcome: oracles.Accepted, class: Class(1 + draw.IntN(3))}
		all.add(e)
		parts[i%4].add(e)
		exact = append(exact, took)
	}
	slices.Sort(exact)
	for _, order := range [][]int{{0, 1, 2, 3}, {3, 1, 0, 2}} {
		merged := newTally(3, 1)
		for _, i := range order {
			merged.Merge(parts[i])
		}
		if merged.Classes != all.Classes || merged.Outcomes != all.Outcomes || merged.Calls() != 20_000 {
			t.Errorf("merged counts %v, want %v", merged.Classes, all.Classes)
		}
		for _, p := range []float64{0, 1, 50, 90, 99, 99.9, 100} {
			if got, want := merged.Response.At(p), all.Response.At(p); got != want {
				t.Errorf("p%v merged is %v, want %v", p, got, want)
			}
			if got, want := merged.Tools[1].Response.At(p), all.Tools[1].Response.At(p); got != want {
				t.Errorf("p%v of a tool merged is %v, want %v", p, got, want)
			}
		}
	}
	for _, p := range []float64{50, 90, 99, 99.9} {
		want := exact[int(p/100*20_000+0.5)-1]
		if got := all.Response.At(p); got < want || float64(got) > 1.002*float64(want) {
			t.Errorf("p%v is %v, want %v within 0.2 %%", p, got, want)
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	answer := []byte(`{"jsonrpc":"2.0","id":1000000007,"result":{"content":[{"type":"text","text":"notes"}]}}` + "\n")
	b.ReportAllocs()
	if t := Rejudged(answer, testID, b.N); t.Classes[OK] != int64(b.N) {
		b.Fatal("an answer that is right is not judged so")
	}
}
