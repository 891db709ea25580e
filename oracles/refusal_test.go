package oracles_test

import (
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/oracles"
)

func TestWhatTellsOfOverload(t *testing.T) {
	for _, test := range []struct {
		code    int64
		message string
		want    bool
	}{
		{-32000, "Server is BUSY", true},
		{-32019, "rate limit of 10/s reached, retry in 1 s", true},
		{-32005, "too many concurrent calls", true},
		{-32000, "no such note", false},
		{-32002, "resource busy", false},
		{-32020, "too many headers", false},
		{-32042, "try again with a login", false},
		{-32603, "overloaded", false},
		{429, "busy", false},
	} {
		if got := oracles.IsOverload(test.code, []byte(test.message)); got != test.want {
			t.Errorf("%d %q: %v, want %v", test.code, test.message, got, test.want)
		}
	}
	for value, want := range map[string]bool{
		"0": true, "120": true, "Wed, 21 Oct 2026 07:28:00 GMT": true, "-1": false, "soon": false, "1.5": false,
	} {
		if _, got := oracles.ReadRetryAfter(value, time.Now()); got != want {
			t.Errorf("Retry-After %q: %v, want %v", value, got, want)
		}
	}
}
