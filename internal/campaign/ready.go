package campaign

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// Ready is a target that is ready to be loaded: calls that work, and an open
// session to send them on.
type Ready struct {
	Calls   []scenarios.Call
	Session protocol.Session
	// Catalog is what the target offers, Callable tells which of its tools may be called,
	// and Known gives the values that were learnt.
	Catalog  *scenarios.Catalog
	Callable func(scenarios.Tool) bool
	Known    func(scenarios.Ref) (scenarios.Value, bool)
	// Conn is the connection of the session, for the load alone.
	Conn    transport.Conn
	session *execute.Session
}

// Close ends the session.
func (r Ready) Close() { r.session.Close() }

// ErrNoControl says that none of the tools that may be called answered a valid
// call with success.
var ErrNoControl = errors.New("no valid call worked, so there is nothing to load the server with")

// Prepare learns which calls work and opens a session. Close must be called in
// the end. Its errors are those of Run, and ErrNoControl.
func Prepare(ctx context.Context, cfg Config) (Ready, error) {
	r, err := prepare(ctx, cfg)
	if err != nil {
		return Ready{}, err
	}
	ready := Ready{
		Catalog: r.learned.catalog, Known: r.learned.lookup,
		Callable: func(t scenarios.Tool) bool { return r.learned.may[t.Name] },
	}
	for _, control := range r.learned.controls {
		ready.Calls = append(ready.Calls, control.Call)
	}
	if len(ready.Calls) == 0 {
		return ready, ErrNoControl
	}
	slices.SortFunc(ready.Calls, func(a, b scenarios.Call) int { return strings.Compare(a.Tool, b.Tool) })
	if ready.session, err = r.begin(ctx, r.eras[0].revision, false); err != nil {
		return ready, err
	}
	ready.Session, ready.Conn = ready.session.Protocol(), ready.session.Conn()
	return ready, nil
}
