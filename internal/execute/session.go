package execute

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// Session is a connection on which cases are played, one after the other. It
// is not safe for concurrent use.
type Session struct {
	set    Settings
	target transport.Target
	wire   *wire
	proto  protocol.Session
	// named holds the sessions that open steps gave a name.
	named map[string]protocol.Session
	// lasting: the server outlives the connection, and so does the session.
	lasting bool
	// declared are the capabilities of which the handshake told.
	declared map[string]json.RawMessage
	// early is what stood on the output before the first case and is no message.
	early []oracles.Stray
	dead  bool
}

// Dial connects to the target and opens a session as the revision demands.
func Dial(ctx context.Context, target transport.Target, set Settings) (*Session, error) {
	s, err := DialBare(ctx, target, set)
	if err != nil {
		return nil, err
	}
	if err := s.open(ctx); err != nil {
		text := s.epitaph(ctx)
		s.Close()
		return nil, fmt.Errorf("open a session with %s: %w%s", target, err, text)
	}
	return s, nil
}

// DialBare connects and sends nothing.
func DialBare(ctx context.Context, target transport.Target, set Settings) (*Session, error) {
	conn, err := target.Dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", target, err)
	}
	kind := target.Kind()
	s := &Session{set: set, target: target, named: map[string]protocol.Session{}, lasting: !kind.Fresh}
	s.proto = set.unopened(kind)
	s.wire = &wire{
		conn: conn, http: kind.HTTP, carried: kind.HTTP && !kind.Stream, reply: s.reply,
		resume: func(event string) transport.Message { return s.proto.Resume(event) },
		spent:  map[string]string{}, expired: map[string]string{},
	}
	return s, nil
}

// unopened is a session of which nothing was said yet.
func (s Settings) unopened(kind transport.Kind) protocol.Session {
	return protocol.Session{
		Revision: s.Revision, HTTP: kind.HTTP, Stream: kind.Stream, Headers: s.Headers, Mirrors: s.Mirrors, As: s.Identities.Default(),
	}
}

// Reopen ends the session and opens another on the same connection, in a revision; a bare
// one is left for its first case to open. It returns false where a session is as old as
// its connection, or the connection is past use: then a new one must be dialed. A server
// over HTTP keeps its sessions apart, so a process for each would only cost its start.
func (s *Session) Reopen(ctx context.Context, rev protocol.Revision, bare bool) bool {
	if !s.wire.carried || !s.Usable() {
		return false
	}
	s.end()
	s.set.Revision = rev
	s.proto = s.set.unopened(s.target.Kind())
	s.named, s.declared, s.wire.quiet = map[string]protocol.Session{}, nil, false
	return bare || s.open(ctx) == nil
}

// Beside is the same session on a connection of its own, which is let go of by Kill: Close
// would end the session.
func (s *Session) Beside(ctx context.Context, target transport.Target) (*Session, error) {
	other, err := DialBare(ctx, target, s.set)
	if err != nil {
		return nil, err
	}
	other.proto, other.declared = s.proto, s.declared
	return other, nil
}

// Revision is what the session speaks: after the handshake, what the server
// settled on.
func (s *Session) Revision() protocol.Revision { return s.proto.Revision }

// Usable reports whether another case may be played on the session.
func (s *Session) Usable() bool { return !s.dead && !s.wire.over() }

// Close ends the session's connection and what was started for it: politely,
// unless the server is past that; then there is nothing to report.
func (s *Session) Close() transport.ClosedReport {
	if !s.Usable() {
		s.Kill()
		return transport.ClosedReport{}
	}
	if s.lasting {
		s.end()
	}
	return s.wire.conn.Close()
}

// end ends all sessions that the server gave an id: servers may bound how many
// there are. Whether they could be ended is the server's affair.
func (s *Session) end() {
	var fs []*flight
	for _, p := range append(slices.Collect(maps.Values(s.named)), s.proto) {
		if p.ID != "" {
			fs = append(fs, &flight{seen: oracles.Seen{Message: p.End()}})
		}
	}
	if len(fs) == 0 {
		return
	}
	s.wire.put(context.Background(), closeLimit, fs...)
	unsettled := func(f *flight) bool { return !f.settled() }
	s.wire.await(context.Background(), closeLimit, func() bool { return !slices.ContainsFunc(fs, unsettled) })
}

// closeLimit bounds the ending of sessions that nobody needs any more.
const closeLimit = time.Second

// Kill does the same at once; nobody is waited for.
func (s *Session) Kill() { s.wire.conn.Kill() }

// OpenAs opens a session on a bare one, for a client that is named as in a step; "" is
// the one that is used by default.
func (s *Session) OpenAs(ctx context.Context, as string) error {
	if as != "" {
		who, err := s.set.Identities.Of(as)
		if err != nil {
			return err
		}
		s.proto.As = who
	}
	return s.open(ctx)
}

// Ask sends steps at once and returns what came for each of them. What comes else is
// dropped, and no sign of life is asked for.
func (s *Session) Ask(ctx context.Context, steps ...scenarios.Step) ([]oracles.Seen, error) {
	p := &play{Session: s, c: scenarios.Case{Steps: steps}, byStep: map[int]*flight{}, deadline: s.set.Deadline}
	p.send(ctx, 0, steps)
	s.wire.retire()
	if p.cannot != "" {
		return nil, errors.New(p.cannot)
	}
	seen := make([]oracles.Seen, len(p.flights))
	for i, f := range p.flights {
		seen[i] = f.seen
	}
	return seen, ctx.Err()
}

// reply answers a request of the server, outside the flights of the case.
func (s *Session) reply(ctx context.Context, id, method string, result scenarios.Value) {
	s.wire.sends++
	ctx, cancel := context.WithTimeout(ctx, s.set.Deadline)
	defer cancel()
	// The server's own trouble with our answer shows in what it does next.
	_, _ = s.wire.conn.Send(ctx, s.proto.Reply(id, method, result))
}

// epitaph tells how a process ended, for errors of ours.
func (s *Session) epitaph(ctx context.Context) string {
	if s.wire.over() {
		s.awaitEnd(ctx)
	}
	text := ""
	if exit := s.wire.conn.State().Exit; exit != nil {
		text = fmt.Sprintf("; the process ended with %s", exit)
	}
	if b := s.wire.conn.Stderr(); len(b) > 0 {
		text += fmt.Sprintf("; it wrote %q", lastWords(b))
	}
	return text
}

// maxWords bounds the start and the end of what a process wrote in an error:
// some say at once why they end, some at last.
const maxWords = 200

func lastWords(b []byte) []byte {
	if len(b) <= 2*maxWords {
		return b
	}
	return slices.Concat(b[:maxWords], []byte(" ... "), b[len(b)-maxWords:])
}

// Protocol is how the session writes its messages, for those who send them by
// other means.
func (s *Session) Protocol() protocol.Session { return s.proto }

// Conn is the session's connection. Who sends or receives on it plays no more cases.
func (s *Session) Conn() transport.Conn { return s.wire.conn }
