package loadgen

import (
	"bytes"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// mostBody is the size up to which an answer is kept whole; of a larger one the two ends
// are looked at.
const mostBody = 4 << 20

// judge reads what answers one call, of one call after the other. What servers
// ordinarily write it reads in one pass and without memory of its own, what is odd as
// the fuzzer does.
type judge struct {
	// asked is given the requests of the server, answered told of the first reply on an
	// event stream, problem of the first call that was not accepted; now is the time
	// since the load began.
	asked    func(protocol.Reply)
	answered func()
	problem  *problem
	now      func() time.Duration

	// id and size are those of the call, head that of the response on HTTP. A call that is
	// mistaken may well be refused.
	id       []byte
	size     int64
	mistaken bool
	// blind: bodies are not looked at, and each answer is taken for right.
	blind bool
	head  head
	// replies counts those that came; at is when the first did on an event stream, said
	// what it says where that is asked for.
	replies int
	at      time.Duration
	said    string
	v       verdict
	// body is that of the response, or what came of one that is no event stream.
	body  transport.Gather
	event event
}

func newJudge(now func() time.Duration, p *problem, asked func(protocol.Reply)) *judge {
	j := &judge{now: now, problem: p, asked: asked, answered: func() {}}
	j.body.Limit, j.event.data.Limit = mostBody, mostBody
	return j
}

// begin starts to judge a call of that id and size, which may hold a mistake.
func (j *judge) begin(id []byte, size int, mistaken bool) {
	j.id, j.size, j.mistaken, j.head, j.replies, j.said, j.v = id, int64(size), mistaken, head{}, 0, "", verdict{}
	j.body.Reset()
	if j.event.used {
		j.event.reset()
	}
}

// respond says how the response begins.
func (j *judge) respond(h head) {
	j.head = h
	j.v.status, j.v.after, j.v.retry = h.status, 0, false
	if h.retryAfter != "" {
		j.v.after, j.v.retry = oracles.ReadRetryAfter(h.retryAfter, time.Now())
	}
}

// take takes a piece of the body.
func (j *judge) take(p []byte) {
	if j.blind {
		return
	}
	if !j.head.events {
		j.body.Add(p)
		return
	}
	for len(p) > 0 {
		line, rest, whole := bytes.Cut(p, newline)
		if j.event.take(line, whole) {
			j.message(&j.event.data)
		}
		p = rest
	}
}

// unfinished tells where an event stream goes on that ended between two events, before
// the answer, and when that may be asked for.
func (j *judge) unfinished() (event string, after time.Duration, ok bool) {
	if !j.head.events || j.replies > 0 || j.event.torn() || len(j.event.id) == 0 {
		return "", 0, false
	}
	return string(j.event.id), j.event.retry, true
}

// end judges the call, whose response ended that way.
func (j *judge) end(how ending) verdict {
	if j.blind && how == endingUnset {
		return verdict{outcome: oracles.Accepted, status: j.v.status}
	}
	torn := j.event.torn() || how != endingUnset && j.body.Size() > 0
	if how == endingUnset && j.body.Size() > 0 {
		j.message(&j.body)
	}
	v := j.v
	v.ending, v.mistaken = how, j.mistaken
	byStatus, told := oracles.OutcomeOfStatus(v.status, j.head.retryAfter != "")
	switch {
	case told:
		v.outcome = byStatus
	case how == endedUndialled:
		v.outcome = oracles.Crashed
	case j.replies > 1, how == endedBadly:
		v.outcome = oracles.Garbled
	case j.replies == 0 && torn && how != endedByTime:
		v.outcome = oracles.Garbled
	case j.replies == 0:
		v.outcome = oracles.Dropped
	}
	if j.tells(v.outcome) {
		j.problem.tell(v.outcome, j.why(how))
	}
	return v
}

// tells reports whether an outcome is a problem, and the first.
func (j *judge) tells(o oracles.Outcome) bool {
	return o != oracles.Accepted && !(j.mistaken && o == oracles.Rejected) && j.problem.isOpen()
}

// message judges one message.
func (j *judge) message(m *transport.Gather) {
	if b, whole := m.Whole(); whole {
		if g, ok := protocol.Glimpse(b); ok && bytes.Equal(g.ID, j.id) {
			j.ordinary(g, b)
			return
		}
	}
	f := m.Frame(0, time.Time{})
	j.odd(protocol.Read(f), f)
}

// ordinary judges a reply under the id that was sent.
func (j *judge) ordinary(g protocol.Glance, b []byte) {
	if !j.reply(oracles.OutcomeOfGlance(g), b) {
		return
	}
	j.v.isError, j.v.isRPC = g.IsError, g.Kind == protocol.Error
	j.v.overload = j.v.isRPC && oracles.IsOverload(g.Code, g.Message)
}

// odd judges any message.
func (j *judge) odd(r protocol.Reply, f transport.Frame) {
	switch r.Kind {
	case protocol.Notification:
		return
	case protocol.ServerRequest:
		j.asked(r)
		return
	}
	f.Status = j.head.status
	outcome := oracles.OutcomeOf(oracles.Observation{HTTP: f.Status != 0}, oracles.Seen{
		Sent: scenarios.Call{}, ID: string(j.id), Alone: true,
		Message: transport.Message{Size: j.size}, Answers: []oracles.Answer{{Frame: f, Reply: r}},
	})
	if !j.reply(outcome, f.Bytes) {
		return
	}
	r = r.First()
	j.v.isError, j.v.isRPC = r.IsError, r.Kind == protocol.Error
	j.v.overload = j.v.isRPC && oracles.IsOverload(r.Code, []byte(r.Message))
}

// reply counts a reply and reports whether it is the first, which counts.
func (j *judge) reply(outcome oracles.Outcome, b []byte) bool {
	j.v.size += int64(len(b))
	if j.replies++; j.replies > 1 {
		return false
	}
	if j.head.events {
		j.at = j.now()
		j.answered()
	}
	j.v.outcome = outcome
	if j.tells(outcome) {
		j.said = fmt.Sprintf("%.200q", b)
		if text := protocol.Read(transport.Frame{Bytes: b}).First().Text; text != "" {
			j.said = fmt.Sprintf("%.200q", text)
		}
	}
	return true
}

// why tells in words what an answer that was not accepted was.
func (j *judge) why(how ending) string {
	switch {
	case how == endedUndialled:
		return "connection refused"
	case how == endedBadly:
		return errNoHTTP.Error()
	case how == endedByTime:
		return "no whole answer in time"
	case how == endedByPeer && j.v.outcome == oracles.OutcomeUnset && j.head.status == 0:
		return "the connection ended"
	case how == endedByPeer:
		return "the connection ended in the middle of the answer"
	}
	text := j.said
	if j.head.status != 0 {
		text = fmt.Sprintf("HTTP status %d %s", j.head.status, http.StatusText(j.head.status))
		if j.said != "" {
			text += ", " + j.said
		}
	}
	return text
}

// problem is the first call that was not accepted, in words. It is safe for concurrent
// use.
type problem struct{ text atomic.Pointer[string] }

func (p *problem) isOpen() bool { return p.text.Load() == nil }

func (p *problem) tell(word oracles.Outcome, why string) {
	text := word.String() + ": " + why
	p.text.CompareAndSwap(nil, &text)
}

// String is "" where all calls were accepted.
func (p *problem) String() string {
	if text := p.text.Load(); text != nil {
		return *text
	}
	return ""
}
