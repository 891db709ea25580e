package oracles

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// askDemands are those of servers that need something of their client before they
// can serve it: in the stateless revision they answer by asking.
func askDemands() []demand {
	return []demand{
		{rule: "MOD-11", always: true, posed: isStateless, broken: wantsUntold},
		{rule: "MOD-13", always: true, posed: isStateless, broken: asksAmiss},
	}
}

// wantsUntold finds refusals for want of a capability that do not say of which.
func wantsUntold(o Observation, s Seen) (string, Severity) {
	a, _ := s.answer()
	reply := a.Reply.First()
	if reply.Kind != protocol.Error || reply.Code != codeMissingCapability || a.Frame.Cut {
		return "", SeverityUnset
	}
	var e struct {
		Data struct {
			Required map[string]json.RawMessage `json:"requiredCapabilities"`
		} `json:"data"`
	}
	switch {
	case json.Unmarshal(reply.Body, &e) != nil || e.Data.Required == nil:
		return "was refused for want of a capability, without requiredCapabilities, which say what it is", SeverityUnset
	case o.HTTP && s.status() != http.StatusBadRequest:
		return fmt.Sprintf("was refused for want of a capability with %s, not 400", s.Status()), Info
	}
	return "", SeverityUnset
}

// asked are the requests that a server may answer by, and the capability by which
// a client says that it takes them; askable are the methods that may be answered so.
var (
	asked   = map[string]string{"elicitation/create": "elicitation", "roots/list": "roots", "sampling/createMessage": "sampling"}
	askable = []string{"prompts/get", "resources/read", "tools/call"}
)

func asksAmiss(o Observation, s Seen) (string, Severity) {
	m := s.members()
	if OutcomeOf(o, s) != Asked || m == nil {
		return "", SeverityUnset
	}
	f := o.frame(s)
	var requests map[string]struct {
		Method string `json:"method"`
	}
	switch d, _ := f.declares(); {
	case !slices.Contains(askable, d.method):
		return "was answered by asking for more, which is for tools, prompts and resources alone", SeverityUnset
	case m["inputRequests"] == nil && m["requestState"] == nil:
		return "was answered by asking for more, with neither inputRequests nor requestState", SeverityUnset
	case m["inputRequests"] != nil && json.Unmarshal(m["inputRequests"], &requests) != nil:
		return "was answered by asking for more, with inputRequests that are none", SeverityUnset
	}
	able := f.abilities()
	for _, key := range slices.Sorted(maps.Keys(requests)) {
		method := requests[key].Method
		if ability, known := asked[method]; !known || !slices.Contains(able, ability) {
			return fmt.Sprintf("was answered by asking for %.40q, of which the client has not declared that it takes it", method), SeverityUnset
		}
	}
	return "", SeverityUnset
}

// abilities are the names of the capabilities that a request declares for its client:
// its own, or those that the session was opened with.
func (f frame) abilities() []string {
	var params scenarios.Value
	switch step := f.step.(type) {
	case scenarios.Request:
		params = step.Params
	case scenarios.Raw:
		params = scenarios.ShapeOf([]byte(step.Bytes)).Params
	}
	able, own := params.At(capabilities)
	if !own {
		return f.opened().Can
	}
	var names []string
	for _, m := range able.Members() {
		names = append(names, m.Key)
	}
	return names
}

// opened are the attributes of the step that opened the session of a frame; the zero
// Attrs where none did.
func (f frame) opened() scenarios.Attrs {
	if i := f.openedAt(); i >= 0 {
		return scenarios.AttrsOf(f.before[i])
	}
	return scenarios.Attrs{}
}

// openedAt is the place of that step, -1 for none.
func (f frame) openedAt() int {
	session := scenarios.AttrsOf(f.step).Session
	for i, step := range slices.Backward(f.before) {
		if open, ok := step.(scenarios.Open); ok && open.Session == session {
			return i
		}
	}
	return -1
}
