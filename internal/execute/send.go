package execute

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/internal/identity"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// lines are the N frames of a burst: its lines in turn.
func lines(b scenarios.Burst) []scenarios.Step {
	steps := make([]scenarios.Step, b.N)
	for i := range steps {
		steps[i] = b.Lines[i%len(b.Lines)]
	}
	return steps
}

// split are the frames that a raw text is: over HTTP one, on a stream one for each line,
// which has an end.
func (p *play) split(raw scenarios.Raw) []scenarios.Step {
	if p.wire.http {
		return []scenarios.Step{raw}
	}
	var steps []scenarios.Step
	for line := range strings.SplitSeq(strings.TrimSuffix(raw.Bytes, "\n"), "\n") {
		raw.Bytes = line + "\n"
		steps = append(steps, raw)
	}
	return steps
}

// send puts the frames of a step out and waits for what is owed: once more where a
// key was refused in whose place there is a new one.
func (p *play) send(ctx context.Context, i int, steps []scenarios.Step) {
	fs := p.sendOnce(ctx, i, steps)
	if len(fs) > 0 && p.renewed(ctx, fs) {
		fs = p.sendOnce(ctx, i, steps)
	}
	p.flights = append(p.flights, fs...)
}

func (p *play) sendOnce(ctx context.Context, i int, steps []scenarios.Step) []*flight {
	fs := make([]*flight, len(steps))
	for k, step := range steps {
		place := strconv.Itoa(i + 1)
		if len(steps) > 1 {
			place += "." + strconv.Itoa(k+1)
		}
		f, err := p.flight(step, place)
		if err != nil {
			p.cannot = fmt.Sprintf("step %s: %v", place, err)
			return nil
		}
		fs[k] = f
	}
	p.byStep[i+1] = fs[0]
	if p.disconnected(i + 1) {
		fs[0].abandon = make(chan struct{})
		fs[0].seen.Message.Abandon = fs[0].abandon
	}
	p.put(ctx, fs)
	if !p.cancelled(i + 1) {
		p.wait(ctx, fs)
	}
	if len(fs) == 1 && oracles.Weighed(p.c) {
		fs[0].seen.Peak = p.wire.conn.Peak(ctx)
	}
	return fs
}

// put sends frames as one act.
func (p *play) put(ctx context.Context, fs []*flight) {
	ctx, cancel := p.given(ctx, p.patience(fs))
	defer cancel()
	p.wire.putUntil(ctx, fs...)
}

// renewed reports whether all frames were refused for a key that is another by now.
func (p *play) renewed(ctx context.Context, fs []*flight) bool {
	for _, f := range fs {
		if !unauthorized(f) || !p.set.Identities.Renew(ctx, f.as, f.key) {
			return false
		}
	}
	return true
}

func unauthorized(f *flight) bool {
	return len(f.seen.Answers) > 0 && f.seen.Answers[0].Frame.Status == http.StatusUnauthorized
}

// flight prepares one frame.
func (p *play) flight(step scenarios.Step, place string) (*flight, error) {
	attrs := scenarios.AttrsOf(step)
	step, err := resolve(step, p.lookup)
	if err != nil {
		return nil, err
	}
	proto := p.proto
	if attrs.Session != "" {
		named, ok := p.named[attrs.Session]
		if !ok {
			return nil, fmt.Errorf("needs a session %q that an open step named", attrs.Session)
		}
		proto = named
	}
	if proto.As, err = p.who(attrs.As, proto.As); err != nil {
		return nil, err
	}
	if _, outside := step.(scenarios.Fetch); outside {
		proto.ID = ""
	}
	f := &flight{seen: oracles.Seen{Step: place, Sent: step, Session: proto.ID != "", Revision: p.spoken(proto, attrs), Revoked: proto.As.Revoked()}, as: proto.As, key: proto.As.Key()}
	f.seen.ID, f.owed = p.idFor(step, attrs), f.seen.Owed()
	f.seen.Message, err = p.encode(proto, step, f.seen.ID)
	return f, err
}

// who is the client that a step names, or the one whose session it is sent in.
func (p *play) who(as string, otherwise identity.Who) (identity.Who, error) {
	switch {
	case as == "":
		return otherwise, nil
	case !p.wire.http:
		return identity.Who{}, fmt.Errorf("needs the identity %q, and keys are shown over HTTP alone", as)
	}
	return p.set.Identities.Of(as)
}

// spoken is the revision in which a step is sent: where answers come on one stream, that
// of the session which was opened on it, whatever a later step declares.
func (p *play) spoken(proto protocol.Session, attrs scenarios.Attrs) string {
	if !p.wire.carried && p.wire.settled != "" {
		return p.wire.settled
	}
	return cmp.Or(attrs.Protocol, proto.Revision.Name)
}

// idFor returns the id a frame carries.
func (p *play) idFor(step scenarios.Step, attrs scenarios.Attrs) string {
	id := attrs.ID
	switch step := step.(type) {
	case scenarios.Fetch:
		return ""
	case scenarios.Raw:
		id = scenarios.ShapeOf([]byte(step.Bytes)).ID
	case scenarios.Call, scenarios.Request:
		if id == "" {
			return p.set.IDs.Next()
		}
	}
	if id == "null" {
		return "" // a reply with this id is one that names no request
	}
	return id
}
