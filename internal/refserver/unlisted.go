package refserver

import (
	"context"
	"slices"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// backMethod is there for those who run the server, and no revision has it: what the
// guard of the unlisted does not let be, as the tool below.
const backMethod = "debug/state"

// unlisted is a tool that is not listed.
func unlisted() tool {
	return tool{name: "debug_notes", doc: "All notes.", readOnly: true, call: func(_ *Server, b *notebook, _ arguments) (any, error) {
		return b.find(maxCompletions, hasTag("")), nil
	}}
}

// served returns the tools that can be called.
func (s *Server) served() []tool {
	if s.off["unlisted"] {
		return append(s.listed(), unlisted())
	}
	return s.listed()
}

// isServed reports whether a tool of that name can be called.
func (s *Server) isServed(name string) bool {
	return slices.ContainsFunc(s.served(), func(t tool) bool { return t.name == name })
}

// concealed leaves out of lists the tools that are not listed, and those that a client
// may not call. Such a part is one page, so that it is known to its end.
func (s *Server) concealed(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		result, err := next(ctx, method, req)
		list, ok := result.(*mcp.ListToolsResult)
		client := clientIn(ctx)
		switch {
		case !ok:
			return result, err
		case s.off["same-list"] && s.listeners.of(req.GetSession().ID())%2 == 1:
			list.Tools = list.Tools[:max(0, len(list.Tools)-1)]
			return list, err
		case s.off["steady-list"] && req.(*mcp.ListToolsRequest).Params.Cursor == "" && s.listings.Add(1)%2 == 0:
			list.Tools = list.Tools[:max(0, len(list.Tools)-1)]
			return list, err
		case s.may(client, ScopeRead) && s.may(client, ScopeWrite):
			list.Tools = slices.DeleteFunc(list.Tools, func(t *mcp.Tool) bool { return t.Name == unlisted().name })
			return list, err
		}
		part := *list
		part.Tools, part.NextCursor = []*mcp.Tool{}, ""
		for _, t := range s.listed() {
			if s.may(client, t.scope()) {
				part.Tools = append(part.Tools, s.entry(t))
			}
		}
		return &part, err
	}
}

// turns are the places of things in the order in which they came. It is safe for
// concurrent use.
type turns struct {
	mu   sync.Mutex
	came map[string]int
}

func (t *turns) of(id string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, has := t.came[id]
	if t.came == nil || len(t.came) >= maxRemembered {
		t.came = map[string]int{}
	}
	if !has {
		n = len(t.came)
		t.came[id] = n
	}
	return n
}
