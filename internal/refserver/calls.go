package refserver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// handler answers the calls of a tool, behind the guards of arguments.
func (s *Server) handler(t tool) mcp.ToolHandler {
	return func(ctx context.Context, req *mcp.CallToolRequest) (result *mcp.CallToolResult, err error) {
		if !s.off["recover"] {
			defer func() {
				if r := recover(); r != nil {
					s.log.Printf("%s failed: %v", t.name, r)
					result, err = s.refuse(t, req, errors.New("the tool failed; the call may be made again"))
				}
			}()
		}
		if !s.calls(clientIn(ctx), t) {
			return s.refuse(t, req, errors.New("the key of this client does not hold the scope "+t.scope()))
		}
		if s.off["order"] {
			s.consult(ctx, req.Params.Arguments)
		}
		a, err := s.checked(t, req.Params.Arguments)
		if err != nil && s.off["tool-errors"] {
			return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: fmt.Sprintf("%s: %v", t.name, err)}
		}
		if err != nil {
			return s.refuse(t, req, err)
		}
		if asked, err := s.ask(ctx, t, a, req); asked != nil || err != nil {
			return asked, err
		}
		time.Sleep(s.opts.Work)
		if !s.off["order"] {
			s.consult(ctx, req.Params.Arguments)
		}
		answer, err := t.call(s, s.book(ctx), a)
		if err != nil {
			return s.refuse(t, req, err)
		}
		result, err = succeed(answer)
		if err == nil && t.output != nil {
			result.StructuredContent = s.promised(answer)
		}
		return result, err
	}
}

// maxBreaches is how many mistakes one refusal tells of.
const maxBreaches = 5

// checked reads arguments and holds them to the tool's parameters.
func (s *Server) checked(t tool, raw json.RawMessage) (arguments, error) {
	if len(raw) == 0 {
		raw = json.RawMessage("{}")
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, errors.New("the arguments cannot be read")
	}
	m, ok := v.(map[string]any)
	if !ok && !s.off["arguments"] {
		return nil, fmt.Errorf("the arguments must be an object, not %s %s", article(kindOf(v)), kindOf(v))
	}
	if s.off["spelling"] {
		m, _ = respelt(m, requiredNames(t.params)...)
	}
	var texts []string
	for _, b := range (param{kind: kindObject, fields: t.params}).checkObject("", m) {
		// Without an object there is nothing to check.
		if ok && !s.off[b.guard] && len(texts) < maxBreaches {
			texts = append(texts, b.text)
		}
	}
	if len(texts) > 0 {
		return nil, errors.New(strings.Join(texts, "; "))
	}
	return m, nil
}

// refuse answers a call that cannot be served.
func (s *Server) refuse(t tool, req *mcp.CallToolRequest, cause error) (*mcp.CallToolResult, error) {
	text := fmt.Sprintf("%s: %v", t.name, cause)
	if s.off["helpful"] {
		text = "that is not possible"
	}
	if s.off["errors"] {
		text = fmt.Sprintf("%s\nsecret=%s\narguments: %s\n%s", text, s.opts.Secret, req.Params.Arguments, debug.Stack())
	}
	s.log.Printf("refused: %.200s", text)
	if s.off["internal"] {
		return nil, &jsonrpc.Error{Code: jsonrpc.CodeInternalError, Message: text}
	}
	result := &mcp.CallToolResult{IsError: !s.off["flagged"], Content: []mcp.Content{&mcp.TextContent{Text: text}}}
	if s.off["flagged"] {
		result.Content = []mcp.Content{&mcp.TextContent{Text: "Error: " + text}}
	}
	return result, nil
}

// succeed answers with a value.
func succeed(answer any) (*mcp.CallToolResult, error) {
	text, ok := answer.(string)
	if !ok {
		b, err := json.Marshal(answer)
		if err != nil {
			return nil, fmt.Errorf("encode the answer: %w", err)
		}
		text = string(b)
	}
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}, nil
}

// promised is an answer as the output schema of its tool says; without the guard
// of answers something else.
func (s *Server) promised(answer any) any {
	if s.off["answers"] {
		return map[string]any{"note": answer}
	}
	return answer
}

// named refuses calls of tools that are not there and says which are near.
func (s *Server) named(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		call, ok := req.(*mcp.CallToolRequest)
		if !ok || s.isServed(call.Params.Name) {
			return next(ctx, method, req)
		}
		return nil, &jsonrpc.Error{
			Code:    jsonrpc.CodeInvalidParams,
			Message: fmt.Sprintf("there is no tool %s; did you mean %s? tools/list tells which there are", quoted(call.Params.Name), nearest(call.Params.Name)),
		}
	}
}

// nearest is the tool that shares most of its words with a name.
func nearest(name string) string {
	best, most := tools()[0].name, -1
	for _, t := range tools() {
		hits := 0
		for _, word := range strings.Split(t.name, "_") {
			if strings.Contains(strings.ToLower(name), word) {
				hits++
			}
		}
		if hits > most {
			best, most = t.name, hits
		}
	}
	return best
}
