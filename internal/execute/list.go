package execute

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// How many pages of a list are read, and how many bytes of them; a server that pages
// for ever is told by the error.
const (
	maxPages  = 1000
	maxListed = 64 << 20
)

// The capabilities by which a server says what it lists.
const (
	tools     = "tools"
	prompts   = "prompts"
	resources = "resources"
)

// lists are the lists of a server: the method, the member of the result, and the
// capability that declares it.
func lists() []list {
	return []list{
		{"tools/list", tools, tools},
		{"prompts/list", prompts, prompts},
		{"resources/list", resources, resources},
		{"resources/templates/list", "resourceTemplates", resources},
	}
}

type list struct{ method, member, capability string }

// Unread is a list that a server declares and that could not be read.
type Unread struct {
	Method string
	Why    error
}

// List reads all that the server lists: its tools, and what else it declares. A
// list that cannot be read is told and left out; an error is that of the tools,
// where the server declares them, or nothing else.
func (s *Session) List(ctx context.Context) (*scenarios.Catalog, []Unread, error) {
	declared := s.capabilities(ctx)
	found, unread := map[string]any{"capabilities": declared}, []Unread{}
	for _, l := range lists() {
		if declared[l.capability] == nil && l.capability != tools {
			continue
		}
		entries, err := s.entries(ctx, l.method, l.member)
		others := declared[prompts] != nil || declared[resources] != nil
		switch {
		case err == nil:
			found[l.member] = entries
		case l.capability == tools && (declared[tools] != nil || !others):
			return nil, nil, fmt.Errorf("%s: %w", l.method, err)
		case l.capability == tools:
			found[tools] = []json.RawMessage{}
		case errors.Is(err, errNoMethod): // has none, as it may
		default:
			unread = append(unread, Unread{l.method, err})
		}
	}
	data, err := json.Marshal(found)
	if err != nil {
		return nil, nil, fmt.Errorf("read the lists: %w", err)
	}
	catalog, err := scenarios.ParseCatalog(data)
	return catalog, unread, err
}

// capabilities are those that the server declares, never nil: in the handshake,
// or where there is none when it is asked.
func (s *Session) capabilities(ctx context.Context) map[string]json.RawMessage {
	declared := s.declared
	if s.proto.Revision.Stateless {
		// Who cannot be asked declares nothing.
		if a, err := s.exchange(ctx, s.proto.As, max(s.set.Deadline, s.set.Opening), s.proto.Probe); err == nil {
			declared = protocol.Capabilities(a.Reply)
			if declared == nil && a.Reply.Kind == protocol.Result {
				return unsaid()
			}
		}
	}
	if declared == nil {
		return map[string]json.RawMessage{}
	}
	return declared
}

// unsaid is what a server is asked for that does not say what it has: all that can be
// refused.
func unsaid() map[string]json.RawMessage {
	yes := json.RawMessage("{}")
	return map[string]json.RawMessage{prompts: yes, resources: yes, "completions": yes}
}

// errNoMethod says that the server has no such list.
var errNoMethod = fmt.Errorf("answered by error %d", protocol.CodeNoMethod)

// entries reads all pages of a list.
func (s *Session) entries(ctx context.Context, method, member string) ([]json.RawMessage, error) {
	entries := []json.RawMessage{}
	cursor, seen, size := "", map[string]bool{}, 0
	for range maxPages {
		page, next, err := s.page(ctx, method, member, cursor)
		if err != nil {
			return nil, err
		}
		for _, entry := range page {
			size += len(entry)
		}
		if size > maxListed {
			return nil, fmt.Errorf("more than %d MiB are listed", maxListed>>20)
		}
		entries, cursor = append(entries, page...), next
		if cursor == "" || seen[cursor] {
			return entries, nil
		}
		seen[cursor] = true
	}
	return nil, fmt.Errorf("still more after %d pages", maxPages)
}

// page reads one page of a list, and the cursor of the next.
func (s *Session) page(ctx context.Context, method, member, cursor string) (entries []json.RawMessage, next string, err error) {
	a, err := s.exchange(ctx, s.proto.As, max(s.set.Deadline, s.set.Opening), func(id string) transport.Message { return s.proto.List(id, method, cursor) })
	switch {
	case err != nil:
		return nil, "", err
	case a.Reply.Kind == protocol.Error && a.Reply.Code == protocol.CodeNoMethod:
		return nil, "", fmt.Errorf("%w: %.200q", errNoMethod, a.Reply.Message)
	case a.Reply.Kind != protocol.Result:
		return nil, "", fmt.Errorf("answered by error %d: %.200q", a.Reply.Code, a.Reply.Message)
	case a.Frame.Cut:
		return nil, "", fmt.Errorf("the answer is %d bytes long, which is more than is read", a.Frame.Size)
	}
	var members map[string]json.RawMessage
	err = json.Unmarshal(a.Reply.Body, &members)
	if err == nil && members[member] != nil {
		err = json.Unmarshal(members[member], &entries)
	}
	if err == nil && members["nextCursor"] != nil {
		err = json.Unmarshal(members["nextCursor"], &next)
	}
	if err != nil {
		return nil, "", fmt.Errorf("the result is not as the protocol says: %w", err)
	}
	return entries, next, nil
}

// First is the revision that initialize offers where none is asked for.
func First(kind transport.Kind) protocol.Revision {
	name := protocol.Legacy
	if kind.Stream {
		name = protocol.Oldest
	}
	rev, _ := protocol.Lookup(name)
	return rev
}

// Choose finds the revisions to speak with a target, one of each era that it
// speaks: the stateless one where the server lists it, and what initialize settles
// on. Each question is asked on a connection of its own, since one may spoil the
// other.
func Choose(ctx context.Context, target transport.Target, set Settings) ([]protocol.Revision, error) {
	var revisions []protocol.Revision
	set.Revision = First(target.Kind())
	start := time.Now()
	s, err := Dial(ctx, target, set)
	// A process that is slow to start is slow to say which eras it speaks.
	patience := set.Probe + 2*time.Since(start)
	if err == nil {
		revisions = append(revisions, s.Revision())
		s.Close()
	}
	if speaksModern(ctx, target, set, patience) {
		rev, _ := protocol.Lookup(protocol.Modern)
		revisions = slices.Insert(revisions, 0, rev)
	}
	if len(revisions) > 0 && ctx.Err() == nil {
		return revisions, nil
	}
	return nil, cmp.Or(err, ctx.Err())
}

// speaksModern reports whether a target lists the stateless revision in that time.
func speaksModern(ctx context.Context, target transport.Target, set Settings, patience time.Duration) bool {
	if target.Kind().Stream {
		return false // it has no such transport
	}
	set.Revision, _ = protocol.Lookup(protocol.Modern)
	s, err := DialBare(ctx, target, set)
	if err != nil {
		return false
	}
	defer s.Close()
	// A legacy server may not answer at all, or take it for an initialize out
	// of order.
	a, err := s.exchange(ctx, s.proto.As, patience, s.proto.Probe)
	return err == nil && protocol.SpeaksModern(a.Reply)
}
