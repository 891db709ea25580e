package refserver

import (
	"errors"
	"fmt"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// codeCapability is the code of errors that want a capability of the client.
const codeCapability = -32021

// confirmation is the name of the question whether a note shall be deleted.
const confirmation = "confirm"

var errDeclined = errors.New("the user did not agree; nothing was deleted")

// ask asks a client that declares that it can be asked whether to run a tool that
// destroys something; where the tool may run it returns nothing. Without the guard
// of asking, any client is asked, and refused before for what it does not declare.
func (s *Server) ask(t tool, a arguments, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	id := a.integer("id", 0)
	if !t.destroys || id == 0 {
		return nil, nil
	}
	if s.off["asking"] {
		switch s.asked.Add(1) {
		case 1:
			return nil, &jsonrpc.Error{Code: codeCapability, Message: "the client cannot do enough"}
		case 2:
			return question(id), nil
		}
	}
	able := req.ClientCapabilities()
	said, answered := req.Params.InputResponses[confirmation].(*mcp.ElicitResult)
	switch {
	case able == nil || able.Elicitation == nil:
		return nil, nil
	case !answered:
		return question(id), nil
	case said.Action != "accept":
		return s.refuse(t, req, errDeclined)
	}
	return nil, nil
}

// question is the answer that asks (2026-07-28, multi round-trip requests).
func question(id int) *mcp.CallToolResult {
	return &mcp.CallToolResult{InputRequests: mcp.InputRequestMap{confirmation: &mcp.ElicitParams{
		Message:         fmt.Sprintf("Delete note %d? It cannot be brought back.", id),
		RequestedSchema: map[string]any{"type": kindObject, "properties": map[string]any{}},
	}}}
}
