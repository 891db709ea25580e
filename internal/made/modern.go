package made

import (
	"context"
	"io"
	"strings"
)

// modern is the revision without sessions, in which each request says all of itself.
const modern = "2026-07-28"

// codeVersion is that revision's code for a version that the server does not speak.
const codeVersion = -32022

// The members of _meta in which a request declares itself.
const (
	declaredVersion  = "io.modelcontextprotocol/protocolVersion"
	declaredAbility  = "io.modelcontextprotocol/clientCapabilities"
	cacheableMembers = `"ttlMs":0,"cacheScope":"private",`
)

// declares reads the version that a request declares, "" for none, and whether it says
// what its client can do.
func declares(r request) (version string, able bool) {
	meta := members(members(r.params)["_meta"])
	ability := meta[declaredAbility]
	return text(meta[declaredVersion]), len(ability) > 0 && ability[0] == '{'
}

// era is which revisions a mannered server speaks in one connection.
type era struct {
	Manners
	// older: a session of the older kind has begun.
	older bool
}

// answer is the answer to a request, by what it declares.
func (e *era) answer(r request) string {
	version, able := declares(r)
	e.older = e.older || version == ""
	switch {
	case e.does("era", "older"), e.does("era", "both") && version == "", e.does("era", "both, as it begins") && e.older:
		return e.Manners.answer(r)
	case r.id == "":
		return ""
	case version == "":
		return failure(r.id, codeParams, "a request must declare its version in _meta")
	case version != modern:
		refusal := failure(r.id, codeVersion, "that version is not spoken")
		return strings.Replace(refusal, `"error":{`, `"error":{"data":{"supported":["`+modern+`"],"requested":`+quote(version)+`},`, 1)
	case !able:
		return failure(r.id, codeParams, "a request must declare what its client can do in _meta")
	}
	return e.stateless(r)
}

// stateless is the answer to a request that declares all that it must.
func (e *era) stateless(r request) string {
	extra := `"resultType":"complete",`
	var answered string
	switch r.method {
	case "server/discover":
		extra += cacheableMembers
		answered = success(r.id, `{"supportedVersions":["`+modern+`"],"capabilities":{"tools":{}},"serverInfo":{"name":"made","version":"1"}}`)
	case "tools/list":
		extra += cacheableMembers
		answered = e.Manners.answer(r)
	case "tools/call":
		answered = e.Manners.answer(r)
	default:
		return failure(r.id, codeMethod, "there is no such method")
	}
	return strings.Replace(answered, `"result":{`, `"result":{`+extra, 1)
}

// putsOff serves the stateless revision alone, and answers each call of its tool by asking
// to come again, whatever the call holds: that it looks at when the client does.
func putsOff(ctx context.Context, in io.Reader, out io.Writer) error {
	e := &era{Manners: Manners{"era": "newer"}}
	return onMessage(func(_ context.Context, w *wire, r request) error {
		answer := e.answer(r)
		if r.method == "tools/call" && strings.Contains(answer, `"resultType"`) {
			answer = success(r.id, `{"resultType":"input_required","requestState":"first"}`)
		}
		return w.write(answer)
	})(ctx, in, out)
}
