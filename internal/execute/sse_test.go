package execute_test

import (
	"context"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

func TestOldestRevisionIsOfferedOverHTTPAndSSE(t *testing.T) {
	asked := ""
	target := site(t, "sse")
	revisions, err := execute.Choose(t.Context(), watched{target, &asked}, settings(t, "2025-11-25"))
	if err != nil || len(revisions) != 1 || revisions[0].Name != "2025-11-25" || !strings.Contains(asked, `"protocolVersion":"2024-11-05"`) {
		t.Errorf("chosen %v (%v) of a server that was sent %.200q", revisions, err, asked)
	}
	if _, err := execute.Dial(t.Context(), target, settings(t, "2026-07-28")); err == nil || !strings.Contains(err.Error(), "protocol 2026-07-28 has no HTTP+SSE") {
		t.Errorf("got %v", err)
	}
}

// watched is a target that notes the first message it is sent.
type watched struct {
	transport.Target
	first *string
}

func (w watched) Dial(ctx context.Context) (transport.Conn, error) {
	conn, err := w.Target.Dial(ctx)
	return watchedConn{conn, w.first}, err
}

type watchedConn struct {
	transport.Conn
	first *string
}

func (c watchedConn) Send(ctx context.Context, ms ...transport.Message) ([]transport.Sent, error) {
	if *c.first == "" {
		var b strings.Builder
		_, _ = ms[0].Body.WriteTo(&b)
		*c.first = b.String()
	}
	return c.Conn.Send(ctx, ms...)
}
