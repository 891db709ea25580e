package refserver

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

// The headers of streamable HTTP.
const (
	versionHeader = "Mcp-Protocol-Version"
	sessionHeader = "Mcp-Session-Id"
	methodHeader  = "Mcp-Method"
	nameHeader    = "Mcp-Name"
)

// namedMethods are those whose requests name something in a header.
var namedMethods = []string{"tools/call", "prompts/get"}

// repeated holds the headers of a request to what it declares. Where nobody looks,
// they are made so.
func (g *gate) repeated(h http.Header, e envelope) verdict {
	if e.version == "" {
		return passed // of notifications nothing is demanded
	}
	name := ""
	if slices.Contains(namedMethods, e.method) {
		name = e.name
	}
	switch stated := h.Get(nameHeader); {
	case g.off["mirrors"]:
		h.Set(versionHeader, e.version)
		h.Set(methodHeader, e.method)
		if decoded(stated) == stated {
			h.Set(nameHeader, name)
		}
	case h.Get(versionHeader) != e.version:
		return refused(e.id, codeHeaders, versionHeader+" is not the version that the request declares")
	case e.version != modern:
		return passed // what other versions have in their headers is not known
	case h.Get(methodHeader) != e.method:
		return refused(e.id, codeHeaders, methodHeader+" is not the method of the request")
	case decoded(stated) != name:
		return refused(e.id, codeHeaders, nameHeader+" is not the name in the request")
	default:
		h.Set(nameHeader, name) // the SDK compares without decoding
	}
	return passed
}

// decoded is the value of a header without the encoding that it may have.
func decoded(value string) string {
	text, encoded := strings.CutPrefix(value, "=?base64?")
	text, whole := strings.CutSuffix(text, "?=")
	b, err := base64.StdEncoding.DecodeString(text)
	if !encoded || !whole || err != nil {
		return value
	}
	return string(b)
}

// versioned holds the version header of an older client to the revisions that
// there are; the oldest clients send none.
func (g *gate) versioned(h http.Header, e envelope) verdict {
	version := h.Get(versionHeader)
	known := slices.Contains(legacy, version)
	switch {
	case g.off["version-header"] && version == "" && e.method != "initialize" && e.id != "":
		return refused(e.id, codeRequest, versionHeader+" is missing")
	case g.off["version-header"] && !known:
		h.Set(versionHeader, legacy[0])
	case version != "" && !known:
		return refused(e.id, codeRequest, versionHeader+" names no version that is served")
	}
	return passed
}

// inSession refuses requests of older clients outside a session.
func (g *gate) inSession(h http.Header, e envelope) verdict {
	if g.off["sessions"] || e.method == "initialize" || e.id == "" || h.Get(sessionHeader) != "" {
		return passed
	}
	return refused(e.id, codeRequest, sessionHeader+" is missing: initialize opens a session")
}

// sessionless reports whether a request of an older client is served without a
// session: where nobody looks, one that names none or one that was ended.
func (g *gate) sessionless(h http.Header, e envelope) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	id := h.Get(sessionHeader)
	return g.off["sessions"] && e.method != "initialize" && (id == "" || g.ended[id])
}

// end notes that a session was ended.
func (g *gate) end(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.off["sessions"] {
		g.ended[id] = true
	}
}

// declared holds a request to what it must declare.
func (g *gate) declared(_ http.Header, e envelope) verdict { return g.declares(e, false) }
