package refserver_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/refserver"
)

// ask sends a request and returns the response, whose body ends with the test.
func ask(t *testing.T, verb, url, body, origin string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), verb, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if origin != "" {
		req.Header.Set("Origin", origin)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return res
}

func TestEventStream(t *testing.T) {
	s, err := refserver.New(refserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	server := httptest.NewServer(s.Handler())
	defer server.Close()
	head := ask(t, "HEAD", server.URL+"/sse", "", "")
	if _, err := io.ReadAll(head.Body); err != nil || head.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("HEAD is answered with %v, %v", head.Header, err)
	}
	stream := ask(t, "GET", server.URL+"/sse", "", "")
	defer stream.Body.Close() // before the server, which waits for it
	events := bufio.NewScanner(stream.Body)
	event := func() (text string) {
		for events.Scan() && events.Text() != "" {
			text += events.Text() + "\n"
		}
		return text
	}
	endpoint, ok := strings.CutPrefix(strings.TrimSpace(event()), "event: endpoint\ndata: ")
	if !ok {
		t.Fatalf("the first event names %q", endpoint)
	}
	for i, sent := range []string{"{\n \"jsonrpc\": \"2.0\",\r\n \"id\": %d, \"method\": \"ping\"\n}\n", `{"jsonrpc":"2.0","id":%d,"method":"none"}`, "{", ""} {
		want := []string{`"id":0,"result":{}`, `"id":1,"error":{"code":-32601`, `"id":null,"error":{"code":-32700`, `"id":null,"error":{"code":-32700`}[i]
		if strings.Contains(sent, "%d") {
			sent = fmt.Sprintf(sent, i)
		}
		if res := ask(t, "POST", server.URL+endpoint, sent, server.URL); res.StatusCode != http.StatusAccepted {
			t.Errorf("%q got status %d", sent, res.StatusCode)
		}
		if got := event(); !strings.HasPrefix(got, "event: message\ndata: {") || !strings.Contains(got, want) {
			t.Errorf("%q was answered by %q, want %q", sent, got, want)
		}
	}
	for _, test := range []struct {
		verb, path, origin string
		want               int
	}{
		{"POST", "/sse?session=none", "", http.StatusNotFound},
		{"POST", endpoint, "https://evil.example", http.StatusForbidden},
		{"POST", endpoint, "null", http.StatusForbidden},
		{"GET", "/sse", "https://evil.example", http.StatusForbidden},
		{"DELETE", "/sse", "", http.StatusMethodNotAllowed},
	} {
		if res := ask(t, test.verb, server.URL+test.path, "{}", test.origin); res.StatusCode != test.want {
			text, _ := io.ReadAll(res.Body)
			t.Errorf("%s from %q got status %d %q, want %d", test.verb, test.origin, res.StatusCode, text, test.want)
		}
	}
}
