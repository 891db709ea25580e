package loadgen

import (
	"bytes"
	"context"
	"net/http"
	"net/url"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// poster is how a server is reached beside the calls. It answers what a server asks on
// event streams, each time on a connection of its own, as a server that waits for that
// answers no call.
type poster struct {
	*engine
	ctx     context.Context
	at      *url.URL
	dial    dialer
	session protocol.Session
	// free holds one entry for each answer that may be under way.
	free chan struct{}
}

// mostAnswers bounds the answers under way; what is asked beyond that gets none.
const mostAnswers = 64

func newPoster(ctx context.Context, e *engine, at *url.URL, dial dialer, session protocol.Session) *poster {
	return &poster{engine: e, ctx: ctx, at: at, dial: dial, session: session, free: make(chan struct{}, mostAnswers)}
}

// answer answers a request of the server, in its own time.
func (p *poster) answer(r protocol.Reply) {
	select {
	case p.free <- struct{}{}:
		p.running.Go(func() {
			defer func() { <-p.free }()
			// What goes wrong shows in the call that waits for it.
			_ = p.post(r)
		})
	default:
	}
}

func (p *poster) post(r protocol.Reply) error {
	ctx, cancel := context.WithTimeout(p.ctx, p.limits.timeout)
	defer cancel()
	m := p.session.Reply(r.ID, r.Method, scenarios.Value{})
	var body bytes.Buffer
	if _, err := m.Body.WriteTo(&body); err != nil {
		return err
	}
	head, err := headOf(http.MethodPost, p.at, m.Header, body.Len())
	if err != nil {
		return err
	}
	conn, err := p.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if _, err := conn.Write(append(head, body.Bytes()...)); err != nil {
		return err
	}
	_, err = newInput(conn).head()
	return err
}

// rest asks for what follows an event.
func (p *poster) rest(event string) ([]byte, error) {
	return headOf(http.MethodGet, p.at, p.session.Resume(event).Header, 0)
}
