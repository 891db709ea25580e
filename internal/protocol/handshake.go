package protocol

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// Initialize is the request that opens a session with history.
func (s Session) Initialize(id string) transport.Message {
	params := scenarios.MustValue(`{"protocolVersion":` + quote(s.Revision.Name) +
		`,"capabilities":` + s.abilities() + `,"clientInfo":{"name":"` + Client + `","version":"1"}}`)
	s.Version = ""
	return s.request(scenarios.Attrs{}, "initialize", params, id)
}

// Initialized is the notification that ends the handshake.
func (s Session) Initialized() transport.Message {
	return s.request(scenarios.Attrs{}, "notifications/initialized", scenarios.Value{}, "")
}

// Probe is the request whose answer, of whatever kind, shows life.
func (s Session) Probe(id string) transport.Message {
	return s.request(scenarios.Attrs{}, s.Revision.Probe, scenarios.Value{}, id)
}

// List asks for a page of the list that a method gives; "" is the first.
func (s Session) List(id, method, cursor string) transport.Message {
	params := scenarios.Value{}
	if cursor != "" {
		params = scenarios.Obj(scenarios.Member{Key: "cursor", Value: scenarios.Str(cursor)})
	}
	return s.request(scenarios.Attrs{}, method, params, id)
}

// End ends the session (HTTP only).
func (s Session) End() transport.Message {
	return transport.Message{Verb: http.MethodDelete, Header: s.header(scenarios.Attrs{}, "", "")}
}

// Resume asks for the rest of an event stream that ended behind that event (HTTP
// only; 2025-11-25, transports, resumability).
func (s Session) Resume(event string) transport.Message {
	m := s.Listen()
	m.Header.Set("Last-Event-ID", event)
	return m
}

// Listen asks for the stream on which the server speaks by itself.
func (s Session) Listen() transport.Message {
	h := s.header(scenarios.Attrs{}, "", "")
	h.Del("Content-Type")
	h.Set("Accept", "text/event-stream")
	return transport.Message{Verb: http.MethodGet, Header: h}
}

// Cancelled tells the server to stop working on the request with that id.
func (s Session) Cancelled(id string) transport.Message {
	params := scenarios.MustValue(`{"requestId":` + id + `}`)
	return s.request(scenarios.Attrs{}, "notifications/cancelled", params, "")
}

// Reply answers a request of the server: with result where one is scripted,
// an empty result for ping, else -32601.
func (s Session) Reply(id, method string, result scenarios.Value) transport.Message {
	head := `{"jsonrpc":"2.0","id":` + id
	var m transport.Message
	switch {
	case !result.IsAbsent():
		m = message(body{{text: head + `,"result":`}, {value: result}, {text: "}"}})
	case method == "ping":
		m = message(body{{text: head + `,"result":{}}`}})
	default:
		m = message(body{{text: head + `,"error":{"code":-32601,"message":"this client offers no such method"}}`}})
	}
	m.Header = s.header(scenarios.Attrs{}, "", "")
	return m
}

// Settled reads the answer to Initialize: the revision the server chose.
func Settled(r Reply) (Revision, error) {
	var result struct {
		ProtocolVersion string `json:"protocolVersion"`
	}
	if r.Kind != Result || json.Unmarshal(r.Body, &result) != nil {
		return Revision{}, fmt.Errorf("initialize was answered by %s", describe(r))
	}
	rev, ok := Lookup(result.ProtocolVersion)
	if !ok || rev.Stateless {
		return Revision{}, fmt.Errorf("initialize settled on protocol %q, which is not known", result.ProtocolVersion)
	}
	return rev, nil
}

// SpeaksModern reads the answer to server/discover: whether the server lists
// the stateless revision. That it answered is no proof: some servers answer
// and then refuse every stateless request.
func SpeaksModern(r Reply) bool {
	var result struct {
		SupportedVersions []string `json:"supportedVersions"`
	}
	return r.Kind == Result && json.Unmarshal(r.Body, &result) == nil &&
		slices.Contains(result.SupportedVersions, Modern)
}

// Capabilities reads what a server declares in its answer to Initialize or Probe:
// the members of its capabilities, nil where it tells of none.
func Capabilities(r Reply) map[string]json.RawMessage {
	var result struct {
		Capabilities map[string]json.RawMessage `json:"capabilities"`
	}
	if r.Kind != Result || json.Unmarshal(r.Body, &result) != nil {
		return nil
	}
	return result.Capabilities
}

// describe names a reply for an error of ours.
func describe(r Reply) string {
	if r.Kind == Error {
		return fmt.Sprintf("error %d (%.200q)", r.Code, r.Message)
	}
	return "something that is no result"
}
