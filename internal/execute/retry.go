package execute

import (
	"fmt"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// moot reports whether a step would come again although what it repeats was not
// answered by asking, or came without what it would change, or would fetch what nobody
// points to.
func (p *play) moot(step scenarios.Step) bool {
	if fetch, ok := step.(scenarios.Fetch); ok {
		return p.pointed(fetch.Of) == ""
	}
	r := scenarios.AttrsOf(step).Retry
	if r.Of == 0 {
		return false
	}
	_, ok := protocol.Again(scenarios.Obj(), p.replyTo(r.Of), r)
	return !ok
}

// replyTo is the reply to the first frame of a step, the zero Reply where there is none.
func (p *play) replyTo(step int) protocol.Reply {
	if f := p.byStep[step]; f != nil && len(f.seen.Answers) > 0 {
		return f.seen.Answers[len(f.seen.Answers)-1].Reply
	}
	return protocol.Reply{}
}

// again is a step with what an earlier answer asked for. What it repeats is in Sent.
func (p *play) again(step scenarios.Step) (scenarios.Step, error) {
	r := scenarios.AttrsOf(step).Retry
	if r.Of == 0 {
		return step, nil
	}
	var request scenarios.Request
	switch step := step.(type) {
	case scenarios.Request:
		request = step
	case scenarios.Call:
		request = scenarios.Request{Attrs: step.Attrs, Method: "tools/call", Params: scenarios.Obj(
			scenarios.Member{Key: "name", Value: scenarios.Str(step.Tool)},
			scenarios.Member{Key: "arguments", Value: step.Args},
		)}
	}
	params, ok := protocol.Again(request.Params, p.replyTo(r.Of), r)
	if !ok {
		return step, fmt.Errorf("comes again as step %d was answered, which asked for nothing", r.Of)
	}
	request.Params = params
	return request, nil
}
