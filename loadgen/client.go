package loadgen

import (
	"context"
	"net"
	"net/http"
	"time"
)

// maxIdle is how many connections are kept for the next burst.
const maxIdle = 10_000

// client is an HTTP client whose connections end with the context, so that
// nothing that is under way outlives it.
func client(ctx context.Context, deadline time.Duration) *http.Client {
	dialer := net.Dialer{Timeout: deadline}
	return &http.Client{
		Timeout:       deadline,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DisableCompression: true,
			MaxIdleConns: maxIdle, MaxIdleConnsPerHost: maxIdle, IdleConnTimeout: time.Minute,
			DialContext: func(dialing context.Context, network, address string) (net.Conn, error) {
				conn, err := dialer.DialContext(dialing, network, address)
				if err != nil {
					return nil, err
				}
				return tied{conn, context.AfterFunc(ctx, func() { conn.Close() })}, nil
			},
		},
	}
}

// tied is a connection that a context closes.
type tied struct {
	net.Conn
	untie func() bool
}

func (t tied) Close() error {
	t.untie()
	return t.Conn.Close()
}
