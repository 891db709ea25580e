package refserver

import (
	"context"
	"os"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// books are the notebooks: one for each client and, where there are no keys, one for
// all. It is safe for concurrent use.
type books struct {
	root *os.Root
	off  off

	mu sync.Mutex
	of map[string]*notebook
}

func newBooks(root *os.Root, set off) *books {
	return &books{root: root, off: set, of: map[string]*notebook{"": newNotebook(root, "", set)}}
}

// get is the notebook of a client, made when it first asks.
func (b *books) get(client string) *notebook {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.of[client] == nil {
		b.of[client] = newNotebook(b.root, client+".", b.off)
	}
	return b.of[client]
}

// book is the notebook of the client that a request is of.
func (s *Server) book(ctx context.Context) *notebook {
	if s.off["own-notes"] {
		return s.books.get("")
	}
	return s.books.get(clientIn(ctx))
}

// clientKey leads to the client in the context of a request.
type clientKey struct{}

func withClient(ctx context.Context, client string) context.Context {
	return context.WithValue(ctx, clientKey{}, client)
}

// clientIn is the client that a request is of; "" where there are none.
func clientIn(ctx context.Context) string {
	client, _ := ctx.Value(clientKey{}).(string)
	return client
}

// introduced notes of each request over HTTP whose it is, as the gate has found out.
func introduced(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		if extra := req.GetExtra(); extra != nil && extra.Header != nil {
			ctx = withClient(ctx, extra.Header.Get(clientHeader))
		}
		return next(ctx, method, req)
	}
}
