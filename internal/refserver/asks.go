package refserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// codeCapability is the code of errors that want a capability of the client.
const codeCapability = -32021

// confirmation is the name of the question whether a note shall be deleted.
const confirmation = "confirm"

var (
	errDeclined = errors.New("the user did not agree; nothing was deleted")
	errStale    = errors.New("that confirmation is of no use here: it is of another call or client, too old, or was used; call again without it")
)

// ask asks a client that declares that it can be asked whether to run a tool that
// destroys something; where the tool may run it returns nothing. Without the guard
// of asking, any client is asked, and refused before for what it does not declare.
func (s *Server) ask(ctx context.Context, t tool, a arguments, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	if !t.destroys || a.integer("id", 0) == 0 {
		return nil, nil
	}
	if s.off["asking"] {
		switch s.asked.Add(1) {
		case 1:
			return nil, &jsonrpc.Error{Code: codeCapability, Message: "the client cannot do enough"}
		case 2:
			return s.question(ctx, t, a), nil
		}
	}
	if !canBeAsked(req) {
		return nil, nil
	}
	said, answered := req.Params.InputResponses[confirmation].(*mcp.ElicitResult)
	state := req.Params.RequestState
	switch {
	case !answered, state == "":
		return s.question(ctx, t, a), nil
	case s.off["confirmation"]:
		return nil, nil
	case !s.slips.redeem(state, clientIn(ctx), t.name, a, time.Now()):
		return s.refuse(t, req, errStale)
	case said.Action != "accept":
		return s.refuse(t, req, errDeclined)
	}
	return nil, nil
}

// canBeAsked reports whether the user of a client can be asked: the client has said so,
// and there is a way to ask. Over streamable HTTP that is the answer of the stateless
// revision; a session gets one whole answer to each request and nothing else.
func canBeAsked(req *mcp.CallToolRequest) bool {
	able := req.ClientCapabilities()
	_, stateless := req.Params.Meta[metaCapabilities]
	return able != nil && able.Elicitation != nil && (stateless || req.Session.ID() == "")
}

// question is the answer that asks (2026-07-28, multi round-trip requests). A client of
// an older revision is sent the question as a request, and the call is made again with
// what it answers: by the SDK.
func (s *Server) question(ctx context.Context, t tool, a arguments) *mcp.CallToolResult {
	return &mcp.CallToolResult{
		RequestState: s.slips.give(clientIn(ctx), t.name, a, time.Now()),
		InputRequests: mcp.InputRequestMap{confirmation: &mcp.ElicitParams{
			Message:         fmt.Sprintf("Delete note %d? It cannot be brought back.", a.integer("id", 0)),
			RequestedSchema: map[string]any{"type": kindObject, "properties": map[string]any{}},
		}},
	}
}

// tell sends the client what is no answer, and remembers what it has to answer.
func (l *line) tell(id string, text []byte) {
	l.mu.Lock()
	l.asks[id] = id != ""
	l.mu.Unlock()
	l.write(text)
}

// answers reports whether a frame answers what the client was asked.
func (l *line) answers(frame []byte) bool {
	var m map[string]json.RawMessage
	if json.Unmarshal(unpadded(frame), &m) != nil || m["method"] != nil || (m["result"] == nil) == (m["error"] == nil) {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	asked := l.asks[string(m["id"])]
	delete(l.asks, string(m["id"]))
	return asked
}
