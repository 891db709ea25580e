package transport

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// flatBody is the size up to which a body is put together before it is sent.
const flatBody = 1 << 20

func (c *httpConn) request(ctx context.Context, m Message) (*http.Request, error) {
	verb := m.Verb
	if verb == "" {
		verb = http.MethodPost
	}
	if m.URL != "" && !SameOrigin(c.url, m.URL) {
		return nil, fmt.Errorf("make the request: it is for another origin than %s", safeURL(c.url))
	}
	address := cmp.Or(m.URL, c.url)
	if verb == http.MethodGet && m.URL == "" && c.events != nil {
		address = c.source
	}
	req, err := http.NewRequestWithContext(ctx, verb, address, nil)
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", unwrapURL(err))
	}
	if m.Query != "" {
		req.URL.RawQuery = strings.TrimPrefix(req.URL.RawQuery+"&"+m.Query, "&")
	}
	for name, values := range m.Header {
		if name == "Host" && len(values) > 0 {
			req.Host = values[0]
		}
		// One without values keeps net/http from setting its own.
		req.Header[name] = values
	}
	return req, setBody(req, m)
}

func setBody(req *http.Request, m Message) error {
	switch {
	case m.Body == nil || m.Size == 0 || req.Method == http.MethodGet:
		return nil
	case m.Size > flatBody || m.Size < 0:
		req.GetBody = func() (io.ReadCloser, error) {
			r, w := io.Pipe()
			go func() {
				_, err := m.Body.WriteTo(w)
				w.CloseWithError(err)
			}()
			return r, nil
		}
		req.ContentLength = m.Size
		req.Body, _ = req.GetBody()
		return nil
	}
	var buf bytes.Buffer
	if _, err := m.Body.WriteTo(&buf); err != nil {
		return fmt.Errorf("make the body: %w", err)
	}
	req.ContentLength = int64(buf.Len())
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(buf.Bytes())), nil }
	req.Body, _ = req.GetBody()
	return nil
}
