package oracles

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// statelessDemands are those of the revision in which each request says all of
// itself, and each result what it is.
func statelessDemands() []demand {
	return []demand{
		{rule: "MOD-01", posed: discovers, broken: undiscovered},
		{rule: "MOD-02", posed: declaresTooLittle, broken: tookTooLittle},
		{rule: "MOD-03", posed: declaresUnknown, broken: tookUnknown},
		{rule: "MOD-07", always: true, posed: isStateless, broken: untypedResult},
		{rule: "MOD-08", always: true, posed: isCacheable, broken: uncacheable},
		{rule: "MOD-09", posed: reliesOnPrior, broken: tookPrior},
		{rule: "MOD-10", always: true, posed: isStateless, broken: askedClient},
		{rule: "MOD-14", always: true, posed: isStateless, broken: loggedUnasked},
		{rule: "MOD-16", posed: listsAgain, broken: listedOtherwise},
	}
}

// refusedBy says what is wrong where an error of one of those codes is demanded,
// with status 400 over HTTP; of what is refused otherwise it is of that grade, unless there
// may be another reason for it, as that there is no such method.
func refusedBy(o Observation, s Seen, otherwise Severity, codes ...int64) (string, Severity) {
	a, _ := s.answer()
	reply := a.Reply.First()
	switch {
	case OutcomeOf(o, s) == Accepted:
		return "was answered with a result", SeverityUnset
	case !answered(o, s), mayRefuse(o.frame(s), reply.Code):
		return "", SeverityUnset
	case reply.Kind != protocol.Error:
		return fmt.Sprintf("was refused without an error of the code %d", codes[0]), otherwise
	case !slices.Contains(codes, reply.Code):
		return fmt.Sprintf("was refused with the code %d, not %d", reply.Code, codes[0]), otherwise
	case o.Setting().streamable() && s.status() != http.StatusBadRequest:
		return fmt.Sprintf("was refused with %s, not 400", s.Status()), Info
	}
	return "", SeverityUnset
}

// mayRefuse reports whether a server may have refused a request under a code for another
// reason than what it declares, or a header repeats: how it is sent, or what it asks for.
func mayRefuse(f frame, code int64) bool {
	d, _ := f.declares()
	r, _ := f.step.(scenarios.Request)
	_, pages := r.Params.At("/cursor")
	sound := slices.Contains(lists, d.method) && !pages || d.method == "tools/call" || d.method == discover
	plain := f.isPlain(protocol.VersionHeader, protocol.MethodHeader, protocol.NameHeader)
	return !sound || !plain || code == protocol.CodeNoMethod || Seen{Sent: f.step}.malformed()
}

// members are those of the result that a frame was answered with; nil where that
// is none, or too large to be read.
func (s Seen) members() map[string]json.RawMessage {
	a, _ := s.answer()
	reply := a.Reply.First()
	if reply.Kind != protocol.Result || a.Frame.Cut {
		return nil
	}
	var m map[string]json.RawMessage
	_ = json.Unmarshal(reply.Body, &m) // what is no object has no members
	return m
}

const discover = "server/discover"

func discovers(f frame) bool {
	d, _ := f.declares()
	return isStateless(f) && d.method == discover && f.isPlain()
}

func undiscovered(o Observation, s Seen) (string, Severity) {
	switch out := OutcomeOf(o, s); {
	case out == Rejected || out == Faulted:
		return "was refused", SeverityUnset
	case out != Accepted || s.members() == nil:
		return "", SeverityUnset
	}
	var versions []string
	if json.Unmarshal(s.members()["supportedVersions"], &versions) != nil || len(versions) == 0 {
		return "was answered without the versions that the server supports", SeverityUnset
	}
	var able map[string]json.RawMessage
	if json.Unmarshal(s.members()["capabilities"], &able) != nil || able == nil {
		return "was answered without what the server can do", SeverityUnset
	}
	return "", SeverityUnset
}

// declaresTooLittle: without a version a frame on a stream may be one of an older
// revision, which HTTP tells by a header.
func declaresTooLittle(f frame) bool {
	d, ok := f.declares()
	_, headed := headerOf(f.step, protocol.VersionHeader)
	return ok && !headed && !opens(f.step) && !f.begun() && (d.version == "" && f.streamable() || d.version == modern && !d.capable)
}

// That the header names a version and the body none may be told, too.
func tookTooLittle(o Observation, s Seen) (string, Severity) {
	if what, grade := refusedBy(o, s, Low, codeInvalidParams, codeHeaderMismatch); what != "" {
		return "does not declare all that it must and " + what, grade
	}
	return "", SeverityUnset
}

func declaresUnknown(f frame) bool {
	d, ok := f.declares()
	_, headed := headerOf(f.step, protocol.VersionHeader)
	_, known := protocol.Lookup(d.version)
	return ok && d.version != "" && !known && !headed && !f.begun()
}

func tookUnknown(o Observation, s Seen) (string, Severity) {
	if what, grade := refusedBy(o, s, Low, codeUnsupportedVersion); what != "" {
		return "declares a version that does not exist and " + what, grade
	}
	a, _ := s.answer()
	if a.Reply.First().Code != codeUnsupportedVersion {
		return "", SeverityUnset // for another reason
	}
	var e struct {
		Data struct {
			Supported []string `json:"supported"`
		} `json:"data"`
	}
	if answered(o, s) && (json.Unmarshal(a.Reply.First().Body, &e) != nil || len(e.Data.Supported) == 0) {
		return "declares a version that does not exist and is not told which do", Low
	}
	return "", SeverityUnset
}

func untypedResult(_ Observation, s Seen) (string, Severity) {
	if m := s.members(); m == nil || m["resultType"] != nil {
		return "", SeverityUnset
	}
	return "was answered by a result without resultType", SeverityUnset
}

// cacheable are the methods whose results say how long they may be kept.
var cacheable = []string{
	discover, "tools/list", "prompts/list", "resources/list", "resources/templates/list", "resources/read",
}

func isCacheable(f frame) bool {
	d, _ := f.declares()
	return isStateless(f) && slices.Contains(cacheable, d.method)
}

func uncacheable(_ Observation, s Seen) (string, Severity) {
	m := s.members()
	if m == nil || string(m["resultType"]) == `"input_required"` {
		return "", SeverityUnset
	}
	var age *float64
	var scope string
	switch {
	case json.Unmarshal(m["ttlMs"], &age) != nil || age == nil || *age < 0:
		return "was answered by a result without a ttlMs that is 0 or more", SeverityUnset
	case json.Unmarshal(m["cacheScope"], &scope) != nil || scope != "public" && scope != "private":
		return "was answered by a result whose cacheScope is neither public nor private", SeverityUnset
	}
	return "", SeverityUnset
}

// reliesOnPrior: a request on a stream that declares nothing comes again behind one
// that declares all. On HTTP a header tells them apart.
func reliesOnPrior(f frame) bool {
	at := bare(f)
	return at >= 0 && slices.ContainsFunc(f.before[at:], func(step scenarios.Step) bool {
		return isModern(frame{Setting: f.Setting, step: step})
	})
}

// bare is the place before a frame on a stream that declares nothing of another
// that does not either and asks for the same; -1 for none, and where something else may
// have opened a session.
func bare(f frame) int {
	if f.HTTP || !f.undeclared(f.step) || slices.ContainsFunc(f.before, opens) {
		return -1
	}
	own, _ := frame{Setting: f.Setting, step: f.step}.declares()
	return slices.IndexFunc(f.before, func(step scenarios.Step) bool {
		d, _ := frame{Setting: f.Setting, step: step}.declares()
		return f.undeclared(step) && d == own
	})
}

// undeclared reports whether a step, sent where a frame is, is a request that
// declares nothing.
func (f frame) undeclared(step scenarios.Step) bool {
	d, ok := frame{Setting: f.Setting, step: step}.declares()
	return ok && d.version == ""
}

// A server that serves such requests whatever came before relies on nothing.
func tookPrior(o Observation, s Seen) (string, Severity) {
	first := o.at(fmt.Sprint(bare(o.frame(s)) + 1))
	if OutcomeOf(o, s) != Accepted || OutcomeOf(o, first) == Accepted || !answered(o, first) {
		return "", SeverityUnset
	}
	return "that declares nothing was served behind one that does, and refused before it", SeverityUnset
}

// toldOf is the first of what the server said of its own accord that is of a kind;
// of a case that opens a session of another era, or sends something in one or in bytes that
// do not declare this one, nothing is said.
func (o Observation) toldOf(is func(Reply) bool) (Reply, bool) {
	i := slices.IndexFunc(o.Told, func(a Answer) bool { return is(a.Reply) })
	older := func(s Seen) bool {
		_, raw := s.Sent.(scenarios.Raw)
		return opens(s.Sent) || o.settingOf(s).Revision != modern || hasHeader(s.Sent, protocol.VersionHeader) || raw && !isModern(o.frame(s))
	}
	if i < 0 || slices.ContainsFunc(o.Seen, older) {
		return Reply{}, false
	}
	return o.Told[i].Reply, true
}

func askedClient(o Observation, _ Seen) (string, Severity) {
	r, asked := o.toldOf(func(r Reply) bool { return r.Kind == protocol.ServerRequest })
	if !asked {
		return "", SeverityUnset
	}
	return fmt.Sprintf("was followed by a request of the server's own, %.40q", r.Method), SeverityUnset
}

func loggedUnasked(o Observation, _ Seen) (string, Severity) {
	_, logged := o.toldOf(func(r Reply) bool { return r.Kind == protocol.Notification && r.Method == "notifications/message" })
	if !logged || slices.ContainsFunc(o.Case.Steps, asksForLog) {
		return "", SeverityUnset
	}
	return "was followed by a log message, and no request had asked for any", SeverityUnset
}

func asksForLog(step scenarios.Step) bool {
	switch step := step.(type) {
	case scenarios.Request:
		_, asks := step.Params.At(logLevel)
		return asks
	case scenarios.Raw:
		return strings.Contains(step.Bytes, "logLevel")
	}
	return false
}
