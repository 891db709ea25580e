package transport

import (
	"context"
	"net/url"
)

// HTTPOptions say how a URL is spoken to.
type HTTPOptions struct {
	// Limits bound what answers may cost; the zero Limits are the default ones.
	Limits Limits
	// SSE is set where the URL speaks HTTP+SSE.
	SSE *SSE
	// Reach says how the URL is reached.
	Reach Reach
	// Lone is set where each client has one connection, which its first message opens:
	// when that is closed there is no other, and what is sent then fails.
	Lone bool
}

// HTTP is a server that stands at a URL.
func HTTP(address string, opts HTTPOptions) Target {
	return standing{url: address, limits: opts.Limits.orDefault(), sse: opts.SSE, reach: opts.Reach, lone: opts.Lone}
}

type standing struct {
	url    string
	limits Limits
	sse    *SSE
	reach  Reach
	lone   bool
}

func (s standing) Kind() Kind                             { return Kind{HTTP: true, Stream: s.sse != nil} }
func (s standing) Sample(context.Context) (Sample, error) { return Sample{}, errNoProcess }

// String is the URL without credentials.
func (s standing) String() string { return safeURL(s.url) }

func safeURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "a URL that cannot be read"
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}

// Dial makes a client; that the server listens is tried at once, so that an
// unreachable target is told before anything is sent. A lone client leaves that out.
func (s standing) Dial(ctx context.Context) (Conn, error) {
	if s.lone {
		return openHTTP(ctx, s.url, s.limits, s.reach.once(s.url), s.sse)
	}
	conn, err := s.reach.Connect(ctx, s.url)
	if err != nil {
		return nil, err
	}
	conn.Close()
	return openHTTP(ctx, s.url, s.limits, s.reach, s.sse)
}

// openHTTP makes a client of a URL, with its event stream where that is spoken.
func openHTTP(ctx context.Context, address string, limits Limits, reach Reach, sse *SSE) (*httpConn, error) {
	c := newHTTPConn(address, limits, reach)
	if sse == nil {
		return c, nil
	}
	if err := c.subscribe(ctx, *sse); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}
