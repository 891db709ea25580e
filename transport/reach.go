package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// Reach is how a URL is reached beside its address. The zero Reach is over TCP, with
// the certificates that the system trusts.
type Reach struct {
	// TLS says whom to trust, and which certificate to show; nil for the system's.
	TLS *tls.Config
	// Socket is the path of the unix socket that is dialled in the place of the
	// URL's host; "" for none.
	Socket string
	// From is the local address that connections come from; the zero Addr leaves it to
	// the system.
	From netip.Addr
	// Dial connects in the place of the network, from that address; nil for the network.
	Dial func(ctx context.Context, from netip.Addr) (net.Conn, error)
	// lone: there is one connection, and who finds it busy waits.
	lone bool
}

// Connect connects to where a URL leads, and sends nothing.
func (r Reach) Connect(ctx context.Context, address string) (net.Conn, error) {
	switch {
	case r.Dial != nil:
		return r.Dial(ctx, r.From)
	case r.Socket != "":
		return (&net.Dialer{}).DialContext(ctx, "unix", r.Socket)
	}
	return r.dialer().DialContext(ctx, "tcp", hostPort(address))
}

// errLone says that a lone client is without its connection.
var errLone = errors.New("the connection was closed, and there is to be no other")

// once connects to where a URL leads a single time.
func (r Reach) once(address string) Reach {
	var was atomic.Bool
	first := r
	r.lone = true
	r.Dial = func(ctx context.Context, _ netip.Addr) (net.Conn, error) {
		if was.Swap(true) {
			return nil, errLone
		}
		return first.Connect(ctx, address)
	}
	return r
}

// dialer connects from the address that was chosen.
func (r Reach) dialer() *net.Dialer {
	if !r.From.IsValid() {
		return &net.Dialer{}
	}
	return &net.Dialer{LocalAddr: &net.TCPAddr{IP: r.From.AsSlice()}}
}

// dialTime bounds a dial that only tries whether something listens.
const dialTime = time.Second

// try connects and lets go of it: whether something listens at a URL.
func (r Reach) try(address string) error {
	ctx, cancel := context.WithTimeout(context.Background(), dialTime)
	defer cancel()
	conn, err := r.Connect(ctx, address)
	if err == nil {
		conn.Close()
	}
	return err
}

// round makes what sends requests there, with connections that are kept or not.
func (r Reach) round(pooled bool) *http.Transport {
	t := &http.Transport{
		Proxy: http.ProxyFromEnvironment, DisableCompression: true, DisableKeepAlives: !pooled, TLSClientConfig: r.TLS,
		MaxIdleConns: maxConnections, MaxIdleConnsPerHost: maxConnections, IdleConnTimeout: time.Minute,
	}
	if r.lone {
		t.MaxConnsPerHost = 1
	}
	switch {
	case r.Dial != nil, r.Socket != "":
		t.Proxy = nil
		t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) { return r.Connect(ctx, "") }
	case r.From.IsValid():
		t.Proxy, t.DialContext = nil, r.dialer().DialContext
	}
	return t
}

// PostForm posts a form to a URL and wants success.
func (r Reach) PostForm(ctx context.Context, address string, form url.Values) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return unwrapURL(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := newClient(r.round(false)).Do(req)
	if err != nil {
		return unwrapURL(err)
	}
	defer res.Body.Close()
	if !isSuccess(res) {
		return fmt.Errorf("it was answered with HTTP status %d %s", res.StatusCode, http.StatusText(res.StatusCode))
	}
	return nil
}

// hostPort is what to dial for a URL.
func hostPort(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443"}[u.Scheme]
	}
	if port == "" {
		port = "80"
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// A server that refuses this many dials in a row, this far apart, is gone.
const (
	refusals     = 3
	refusalPause = 50 * time.Millisecond
)

// refused reports whether every one of some dials is refused.
func (r Reach) refused(address string) bool {
	for i := range refusals {
		if i > 0 {
			time.Sleep(refusalPause)
		}
		if !IsRefused(r.try(address)) {
			return false
		}
	}
	return true
}
