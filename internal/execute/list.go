package execute

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// How many pages of tools are read, and how many bytes of them; a server that
// pages for ever is told by the error.
const (
	maxPages  = 1000
	maxListed = 64 << 20
)

// List reads the whole tools/list of the server.
func (s *Session) List(ctx context.Context) (*scenarios.Catalog, error) {
	var tools []json.RawMessage
	cursor, seen, size := "", map[string]bool{}, 0
	for range maxPages {
		page, err := s.page(ctx, cursor)
		if err != nil {
			return nil, fmt.Errorf("tools/list: %w", err)
		}
		for _, tool := range page.Tools {
			size += len(tool)
		}
		if size > maxListed {
			return nil, fmt.Errorf("tools/list: more than %d MiB of tools", maxListed>>20)
		}
		tools = append(tools, page.Tools...)
		cursor = page.NextCursor
		if cursor == "" || seen[cursor] {
			return catalog(tools)
		}
		seen[cursor] = true
	}
	return nil, fmt.Errorf("tools/list: still more after %d pages", maxPages)
}

type page struct {
	Tools      []json.RawMessage `json:"tools"`
	NextCursor string            `json:"nextCursor"`
}

func (s *Session) page(ctx context.Context, cursor string) (page, error) {
	var p page
	a, err := s.exchange(ctx, max(s.set.Deadline, s.set.Opening), func(id string) transport.Message { return s.proto.List(id, cursor) })
	switch {
	case err != nil:
		return p, err
	case a.Reply.Kind != protocol.Result:
		return p, fmt.Errorf("answered by error %d: %.200q", a.Reply.Code, a.Reply.Message)
	case a.Frame.Cut:
		return p, fmt.Errorf("the answer is %d bytes long, which is more than is read", a.Frame.Size)
	}
	if err := json.Unmarshal(a.Reply.Body, &p); err != nil {
		return p, fmt.Errorf("the result is not as the protocol says: %w", err)
	}
	return p, nil
}

func catalog(tools []json.RawMessage) (*scenarios.Catalog, error) {
	if tools == nil {
		tools = []json.RawMessage{}
	}
	list, err := json.Marshal(tools)
	if err != nil {
		return nil, fmt.Errorf("tools/list: %w", err)
	}
	return scenarios.ParseCatalog(list)
}

// Choose finds the revision to speak with a target: the stateless one when the
// server lists it, else what initialize settles on. Each question is asked on a
// connection of its own, since one may spoil the other.
func Choose(ctx context.Context, target transport.Target, set Settings) (protocol.Revision, error) {
	if modern, err := speaksModern(ctx, target, set); err == nil && modern {
		rev, _ := protocol.Lookup(protocol.Modern)
		return rev, nil
	}
	set.Revision, _ = protocol.Lookup(protocol.Legacy)
	s, err := Dial(ctx, target, set)
	if err != nil {
		return protocol.Revision{}, err
	}
	defer s.Close()
	return s.Revision(), nil
}

func speaksModern(ctx context.Context, target transport.Target, set Settings) (bool, error) {
	set.Revision, _ = protocol.Lookup(protocol.Modern)
	s, err := DialBare(ctx, target, set)
	if err != nil {
		return false, err
	}
	defer s.Close()
	// A legacy server may not answer at all, or take it for an initialize out
	// of order; the wait is that of a sign of life.
	a, err := s.exchange(ctx, set.Probe, s.proto.Probe)
	return err == nil && protocol.SpeaksModern(a.Reply), err
}
