package oracles_test

import (
	"testing"

	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// The end of a stream of lines is that of the server; beside an event stream that
// ended others may be opened.
func TestEndsOfSessions(t *testing.T) {
	for _, test := range []struct {
		sent scenarios.Step
		http bool
		want oracles.Severity
	}{
		{scenarios.Call{Tool: "echo"}, false, oracles.Critical},
		{scenarios.Raw{Bytes: "{"}, false, oracles.Medium},
		{scenarios.Call{Tool: "echo"}, true, oracles.High},
		{scenarios.Raw{Bytes: "{"}, true, oracles.Low},
	} {
		found := oracles.Judge(new(oracles.Context), oracles.Observation{
			HTTP: test.http, State: transport.State{Phase: transport.Closed},
			Seen: []oracles.Seen{{Step: "1", Sent: test.sent, ID: "1", Alone: true}},
		})
		if len(found) != 1 || found[0].Oracle != "closed" || found[0].Severity != test.want {
			t.Errorf("%T, over HTTP %t: found %+v, want one at %s", test.sent, test.http, found, test.want)
		}
	}
}
