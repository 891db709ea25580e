package refserver_test

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/refserver"
)

const (
	adaKey = "ada-key-0123456789"
	bobKey = "bob-key-0123456789"
)

// keyed is the server for ada, and for bob who may read alone.
func keyed(t *testing.T) string {
	t.Helper()
	s, err := refserver.New(refserver.Options{Root: t.TempDir(), Keys: []refserver.Key{
		{Name: "ada", Value: adaKey, Scopes: []string{refserver.ScopeRead, refserver.ScopeWrite}},
		{Name: "bob", Value: bobKey, Scopes: []string{refserver.ScopeRead}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		server.Close()
		s.Close()
	})
	return server.URL
}

// askAs sends a request with a key, in a session, and returns the response and its body.
func askAs(t *testing.T, verb, address, key, session, body string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), verb, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	if session != "" {
		req.Header.Set("Mcp-Session-Id", session)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	return res, string(text)
}

const (
	hello  = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-03-26","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`
	erases = `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"delete_note","arguments":{"id":1}}}`
)

func TestScopesHoldInBatchesToo(t *testing.T) {
	address := keyed(t) + refserver.Path
	open, _ := askAs(t, "POST", address, bobKey, "", hello)
	session := open.Header.Get("Mcp-Session-Id")
	askAs(t, "POST", address, bobKey, session, `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	if res, _ := askAs(t, "POST", address, bobKey, session, erases); res.StatusCode != http.StatusForbidden || !strings.Contains(res.Header.Get("WWW-Authenticate"), `error="insufficient_scope"`) {
		t.Errorf("a call: %s, %v", res.Status, res.Header)
	}
	if res, text := askAs(t, "POST", address, bobKey, session, "["+erases+"]"); !strings.Contains(text, "does not hold the scope write") {
		t.Errorf("a call in a batch: %s %s", res.Status, text)
	}
	if res, text := askAs(t, "POST", address, adaKey, session, erases); res.StatusCode != http.StatusNotFound {
		t.Errorf("in the session of bob ada gets %s %s", res.Status, text)
	}
}

func TestKeysAreForgottenByWhoShowsThem(t *testing.T) {
	address := keyed(t)
	revoke := func(key string) {
		res, err := http.PostForm(address+refserver.RevokePath, url.Values{"token": {key}})
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
	served := func(key string) int {
		res, _ := askAs(t, "POST", address+refserver.Path, key, "", hello)
		return res.StatusCode
	}
	revoke("no-such-key")
	revoke(bobKey)
	if a, b := served(adaKey), served(bobKey); a != http.StatusOK || b != http.StatusUnauthorized {
		t.Errorf("ada gets %d, bob %d", a, b)
	}
	res, _ := askAs(t, "POST", address+refserver.Path, "", "", hello)
	_, where, _ := strings.Cut(res.Header.Get("WWW-Authenticate"), `resource_metadata="`)
	if res, text := askAs(t, "GET", strings.TrimSuffix(where, `"`), "", "", ""); res.StatusCode != http.StatusOK || !strings.Contains(text, `"bearer_methods_supported":["header"]`) {
		t.Errorf("%s leads to %s %s", where, res.Status, text)
	}
}

func TestEventStreamsAskForKeysToo(t *testing.T) {
	address := keyed(t)
	if res, _ := askAs(t, "GET", address+refserver.EventsPath, "", "", ""); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("a stream without a key: %s", res.Status)
	}
	req, _ := http.NewRequestWithContext(t.Context(), "GET", address+refserver.EventsPath, nil)
	req.Header.Set("Authorization", "Bearer "+bobKey)
	stream, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	lines := bufio.NewScanner(stream.Body)
	lines.Scan()
	lines.Scan()
	endpoint := address + strings.TrimPrefix(lines.Text(), "data: ")
	for key, want := range map[string]int{"": http.StatusUnauthorized, adaKey: http.StatusNotFound, bobKey: http.StatusAccepted} {
		if res, _ := askAs(t, "POST", endpoint, key, "", hello); res.StatusCode != want {
			t.Errorf("a message with the key %q: %s, want %d", key, res.Status, want)
		}
	}
	if res, _ := askAs(t, "POST", endpoint, bobKey, "", erases); res.StatusCode != http.StatusForbidden {
		t.Errorf("a call that bob may not make: %s", res.Status)
	}
}

func TestKeysOfClientsAreReadFromTheEnvironment(t *testing.T) {
	lookup := func(name string) (string, bool) { return "the-key", name == "KEY" }
	for text, want := range map[string]string{
		"ada=KEY": "", "ada=KEY:read": "", "ada=OTHER": "no such variable", "ada": "want NAME=VARIABLE",
		"a/b=KEY": "with a NAME of letters", "ada=KEY:all": "there are the scopes read and write",
	} {
		_, err := refserver.ParseKey(text, lookup)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
