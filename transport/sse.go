package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// SSE says that a URL is that of an event stream on which all answers come, and
// which first names the endpoint that takes messages: the transport HTTP+SSE of
// revision 2024-11-05 (transports, HTTP with SSE).
type SSE struct {
	// Header makes what is sent with the request that opens the stream; nil for none.
	Header func() http.Header
}

func (s SSE) header() http.Header {
	if s.Header == nil {
		return nil
	}
	return s.Header()
}

// eventStream is the stream of one connection.
type eventStream struct {
	// torn holds what came of an event that the end cut off; set before ended.
	torn  []byte
	ended atomic.Bool
}

// endpointLimit bounds how long a server may take to name its endpoint.
const endpointLimit = 10 * time.Second

// subscribe opens the event stream and waits until the endpoint is named.
func (c *httpConn) subscribe(ctx context.Context, sse SSE) error {
	ctx, cancel := context.WithTimeout(ctx, endpointLimit)
	defer cancel()
	// The stream outlives the context, and the waiting does not.
	stop := context.AfterFunc(ctx, c.cancel)
	named, err := c.endpoint(sse.header())
	if !stop() {
		err = ctx.Err()
	}
	if err == nil {
		c.source = c.url
		c.url, err = resolve(c.url, named)
	}
	if err != nil {
		return fmt.Errorf("open the event stream: %w", err)
	}
	return nil
}

// endpoint asks for the event stream and returns the endpoint that it names.
func (c *httpConn) endpoint(header http.Header) (string, error) {
	req, err := http.NewRequestWithContext(c.ctx, http.MethodGet, c.url, nil)
	if err != nil {
		return "", unwrapURL(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("Accept", "text/event-stream")
	res, err := c.client.Do(req)
	switch {
	case err != nil:
		return "", unwrapURL(err)
	case !isSuccess(res) || !isEvents(res):
		res.Body.Close()
		return "", fmt.Errorf("GET is answered with HTTP status %d %s and the type %q, not with an event stream",
			res.StatusCode, http.StatusText(res.StatusCode), res.Header.Get("Content-Type"))
	}
	named := make(chan string, 1)
	c.events = new(eventStream)
	c.group.Go(func() {
		defer close(named)
		defer res.Body.Close()
		c.listen(res.Body, named)
	})
	if text, ok := <-named; ok {
		return text, nil
	}
	return "", errors.New("it ended before it named an endpoint for messages")
}

// listen queues the messages of the event stream until it ends. The first
// endpoint is named; events of other types are nobody's here.
func (c *httpConn) listen(body io.Reader, named chan<- string) {
	readEvents(body, c.limits.Frame, func(event string, f Frame) {
		f.Of = -1
		switch {
		case f.Torn:
			c.events.torn = f.Bytes
		case f.Last:
		case event == "endpoint":
			select {
			case named <- string(f.Bytes):
			default:
			}
		case event == "" || event == "message":
			c.q.put(f)
		}
	})
	c.events.ended.Store(true)
	c.q.end()
}

// stream is the state of the event stream; without one the connection is open.
func (c *httpConn) stream() State {
	if c.events == nil || !c.events.ended.Load() {
		return State{Phase: Open}
	}
	return State{Phase: Closed, Torn: c.events.torn}
}

// SameOrigin reports whether two URLs are of one scheme, host and port.
func SameOrigin(a, b string) bool {
	x, errX := url.Parse(a)
	y, errY := url.Parse(b)
	return errX == nil && errY == nil && x.Scheme == y.Scheme && strings.EqualFold(hostPort(a), hostPort(b))
}

// resolve finds the URL of an endpoint. One on another origin is refused: nothing
// is sent to a host that the user did not name.
func resolve(address, named string) (string, error) {
	base, err := url.Parse(address)
	if err != nil {
		return "", unwrapURL(err)
	}
	end, err := base.Parse(strings.TrimSpace(named))
	if err != nil {
		return "", errors.New("the endpoint that it names is no URL")
	}
	if !SameOrigin(address, end.String()) {
		return "", fmt.Errorf("it names an endpoint at %q, another origin than %s, to which nothing is sent", safeURL(end.String()), safeURL(address))
	}
	end.User = base.User
	return end.String(), nil
}
