package execute

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/identity"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// ErrNoAnswer is wrapped when the target does not answer what opens a session.
var ErrNoAnswer = errors.New("no answer")

// open plays the handshake, if the revision has one.
func (s *Session) open(ctx context.Context) error {
	switch rev := s.proto.Revision; {
	case rev.Stateless && s.proto.Stream:
		return fmt.Errorf("protocol %s has no HTTP+SSE", rev.Name)
	case rev.Stateless:
		return nil
	}
	fresh := s.proto
	fresh.ID, fresh.Version = "", ""
	opened, err := s.handshake(ctx, fresh)
	if err == nil {
		s.proto = opened
	}
	return err
}

func (s *Session) handshake(ctx context.Context, p protocol.Session) (protocol.Session, error) {
	answer, err := s.exchange(ctx, p.As, max(s.set.Deadline, s.set.Opening), p.Initialize)
	if err != nil {
		return p, fmt.Errorf("initialize: %w", err)
	}
	if p.Revision, err = protocol.Settled(answer.Reply); err != nil {
		return p, err
	}
	s.declared, s.wire.settled = protocol.Capabilities(answer.Reply), p.Revision.Name
	p.Version, p.ID = p.Revision.Name, answer.Frame.Header.Get(protocol.SessionHeader)
	f := &flight{seen: oracles.Seen{Step: "handshake", Message: p.Initialized()}}
	s.wire.put(ctx, s.set.Deadline, f)
	if s.wire.http {
		s.wire.await(ctx, s.set.Deadline, f.settled)
	}
	s.wire.retire()
	s.wire.quiet = false
	return p, nil
}

// exchange sends one request outside any case and returns its answer, for which it
// waits that long: of a key that is refused and can be asked for anew, of the new one.
func (s *Session) exchange(ctx context.Context, as identity.Who, limit time.Duration, build func(id string) transport.Message) (oracles.Answer, error) {
	shown := as.Key()
	a, err := s.exchangeOnce(ctx, limit, build)
	if a.Frame.Status == http.StatusUnauthorized && s.set.Identities.Renew(ctx, as, shown) {
		return s.exchangeOnce(ctx, limit, build)
	}
	return a, err
}

func (s *Session) exchangeOnce(ctx context.Context, limit time.Duration, build func(id string) transport.Message) (oracles.Answer, error) {
	id := s.set.IDs.Next()
	f := &flight{seen: oracles.Seen{Step: "handshake", ID: id, Message: build(id)}, owed: true}
	s.wire.put(ctx, limit, f)
	s.wire.await(ctx, limit, f.settled)
	defer s.retire()
	if n := len(f.seen.Answers); n > 0 {
		return f.seen.Answers[n-1], answerError(f.seen.Answers[n-1])
	}
	if err := f.seen.Write.Err; err != nil && !s.wire.http {
		// Who does not read has most likely ended; the end of its output tells.
		s.wire.await(ctx, endLimit, func() bool { return false })
	}
	return oracles.Answer{}, s.noAnswer(ctx, f, limit)
}

// retire ends what was sent outside any case, and keeps what tells of a server
// that writes to its output as to a log.
func (s *Session) retire() {
	strays, _ := s.wire.retire()
	for _, stray := range strays {
		if stray.Why == oracles.NotMessage {
			s.early = append(s.early, stray)
		}
	}
}

// noAnswer says why what was sent outside any case got no answer.
func (s *Session) noAnswer(ctx context.Context, f *flight, limit time.Duration) error {
	instead := ""
	if len(s.wire.strays) > 0 {
		instead = fmt.Sprintf(", but %.100q", s.wire.strays[0].Frame.Bytes)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case s.wire.ended:
		return fmt.Errorf("%w%s: its output ended", ErrNoAnswer, instead)
	case f.seen.Write.Err != nil:
		return fmt.Errorf("%w: %w", ErrNoAnswer, f.seen.Write.Err)
	}
	return fmt.Errorf("%w within %v%s", ErrNoAnswer, limit, instead)
}

// StatusError is an HTTP status that stands in place of an answer.
type StatusError int

// Error names the status.
func (e StatusError) Error() string {
	return fmt.Sprintf("HTTP status %d %s", int(e), http.StatusText(int(e)))
}

// answerError says why an answer is none: the response failed, or its body is
// not a reply.
func answerError(a oracles.Answer) error {
	switch {
	case a.Frame.Err != nil:
		return a.Frame.Err
	case a.Reply.Kind == protocol.Result, a.Reply.Kind == protocol.Error:
		return nil
	case a.Frame.Status != 0:
		return StatusError(a.Frame.Status)
	}
	return fmt.Errorf("answered by something that is no JSON-RPC reply: %.120q", a.Frame.Bytes)
}
