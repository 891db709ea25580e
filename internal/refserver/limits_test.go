package refserver_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/refserver"
)

// posted is the status of a message from an address with a key, and when to come again.
func posted(h http.Handler, from, key, body string) (status int, again string) {
	r := httptest.NewRequest(http.MethodPost, refserver.Path, strings.NewReader(body))
	r.RemoteAddr = from + ":1"
	r.Header.Set("X-Forwarded-For", "192.0.2.99")
	r.Header.Set("Authorization", "Bearer "+key)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Header().Get("Retry-After")
}

func TestLimits(t *testing.T) {
	const ada, bob, here, there = "the-key-of-ada", "the-key-of-bob", "192.0.2.1", "192.0.2.2"
	const call, ping = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"none"}}`, `{"jsonrpc":"2.0","id":1,"method":"ping"}`
	const posing = `{"jsonrpc":"2.0","id":1,"method":"tools/call","Method":"ping","params":{"name":"none"}}`
	batch := "[" + strings.Repeat(call+",", 4) + call + "]"
	synctest.Test(t, func(t *testing.T) {
		s, err := refserver.New(refserver.Options{
			Root: t.TempDir(), Keys: []refserver.Key{{Name: "ada", Value: ada}, {Name: "bob", Value: bob}},
			Limits: refserver.Limits{Key: refserver.Rate{PerSecond: 0.5, Burst: 2}, Address: refserver.Rate{PerSecond: 1, Burst: 4}},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		h := s.Handler()
		for i, step := range []struct {
			wait            time.Duration
			from, key, body string
			refused         bool
			again           string
		}{
			{0, here, ada, call, false, ""},
			{0, here, ada, call, false, ""},
			{0, there, ada, call, true, "2"}, // the limit of the key is everywhere
			{0, here, ada, ping, false, ""},
			{0, there, ada, posing, true, "2"}, // a call is one, whatever it says beside it
			{2 * time.Second, here, ada, call, false, ""},
			{0, there, bob, batch, true, "5"}, // more calls than the address has at once
			{0, there, "guess", call, false, ""},
			{0, there, "guess", call, false, ""},
			{0, there, "guess", call, false, ""},
			{0, there, "guess", call, false, ""},
			{0, there, "guess", call, true, "1"}, // who guesses keys is slowed down
			{0, there, bob, call, true, "1"},
			{time.Second, there, bob, call, false, ""},
		} {
			time.Sleep(step.wait)
			status, again := posted(h, step.from, step.key, step.body)
			if (status == http.StatusTooManyRequests) != step.refused || again != step.again {
				t.Errorf("step %d: status %d, come again in %q; want %+v", i, status, again, step)
			}
		}
	})
}

func TestRates(t *testing.T) {
	for text, want := range map[string]refserver.Rate{"5/10": {PerSecond: 5, Burst: 10}, "0.5/1": {PerSecond: 0.5, Burst: 1}, "5": {}, "5/0": {}, "/3": {}, "0/3": {}, "NaN/3": {}} {
		got, err := refserver.ParseRate(text)
		if got != want || (err == nil) != (want != refserver.Rate{}) {
			t.Errorf("%s is %v, %v", text, got, err)
		}
	}
	if _, err := refserver.ParseRate("x"); err == nil || !strings.Contains(fmt.Sprint(err), "like 5/10") {
		t.Errorf("what is wrong is not told: %v", err)
	}
}
