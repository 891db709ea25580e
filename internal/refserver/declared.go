package refserver

import (
	"encoding/json"
	"fmt"
	"slices"
)

// modern is the stateless revision; legacy are those before it, which begin with
// an initialize.
const modern = "2026-07-28"

var legacy = []string{"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"}

// The members of _meta by which a request of the stateless revision declares
// itself.
const (
	metaVersion      = "io.modelcontextprotocol/protocolVersion"
	metaCapabilities = "io.modelcontextprotocol/clientCapabilities"
)

// The codes of errors about what a request declares.
const (
	codeHeaders = -32020
	codeVersion = -32022
)

// envelope is what a message says of itself, apart from what it is about.
type envelope struct {
	id, method string
	// name is that of what it calls, "" where it calls nothing.
	name string
	// version is the one that it declares, "" for none.
	version string
	// capable: it declares what its client can do.
	capable bool
}

// readEnvelope reads the envelope of a frame; what it cannot read is left out. It reads
// maps, since a struct would take a member in another case for its own, and who calls a
// tool could say beside it that this is a ping.
func readEnvelope(frame []byte) envelope {
	var m, params, meta, able map[string]json.RawMessage
	_ = json.Unmarshal(frame, &m)
	_ = json.Unmarshal(m["params"], &params)
	_ = json.Unmarshal(params["_meta"], &meta)
	e := envelope{id: string(m["id"])}
	_ = json.Unmarshal(m["method"], &e.method)
	_ = json.Unmarshal(params["name"], &e.name)
	_ = json.Unmarshal(meta[metaVersion], &e.version)
	e.capable = json.Unmarshal(meta[metaCapabilities], &able) == nil && able != nil
	return e
}

// eraless are the methods that may come before it is known what a client speaks.
var eraless = []string{"initialize", "ping"}

// declares refuses a request that does not declare what each must, and versions
// that are not served. What came before on the same stream says nothing for it,
// but for an initialize.
func (s *Server) declares(e envelope, initialized bool) verdict {
	switch {
	case s.off["declared"] || e.id == "":
		return passed
	case e.version == "" && (initialized || slices.Contains(eraless, e.method)):
		return passed
	case e.version == "":
		return refused(e.id, codeParams, "a request must declare its protocol version in _meta, or come behind an initialize")
	case e.version != modern:
		return verdict{answer: unsupported(e)}
	case !e.capable:
		return refused(e.id, codeParams, "a request must declare the capabilities of its client in _meta")
	}
	return passed
}

// madeCapable is a request whose client is taken to have said that it can do
// nothing; the SDK refuses one that says nothing.
func madeCapable(frame []byte) []byte {
	var m, params, meta map[string]json.RawMessage
	_ = json.Unmarshal(frame, &m)
	_ = json.Unmarshal(m["params"], &params)
	_ = json.Unmarshal(params["_meta"], &meta)
	meta[metaCapabilities] = json.RawMessage("{}")
	params["_meta"], _ = json.Marshal(meta) // all of it is JSON
	m["params"], _ = json.Marshal(params)
	frame, _ = json.Marshal(m)
	return frame
}

// unsupported refuses a version and names those that are served.
func unsupported(e envelope) []byte {
	data, _ := json.Marshal(map[string]any{"supported": append([]string{modern}, legacy...), "requested": e.version})
	return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"error":{"code":%d,"message":"this protocol version is not served","data":%s}}`,
		e.id, codeVersion, data)
}

// undressed takes from a result what the stateless revision wants in each, and
// turns every other list of tools round.
func (s *Server) undressed(text []byte, m map[string]json.RawMessage) []byte {
	var result map[string]json.RawMessage
	if !s.off["results"] || json.Unmarshal(m["result"], &result) != nil || result["resultType"] == nil {
		return text
	}
	for _, name := range []string{"resultType", "ttlMs", "cacheScope", "capabilities"} {
		delete(result, name)
	}
	var tools []json.RawMessage
	if json.Unmarshal(result["tools"], &tools) == nil && s.lists.Add(1)%2 == 0 {
		slices.Reverse(tools)
		result["tools"], _ = json.Marshal(tools) // they are JSON
	}
	m["result"], _ = json.Marshal(result)
	text, _ = json.Marshal(m)
	return text
}
