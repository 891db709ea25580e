package oracles_test

import (
	"slices"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Scenarios that are made for what one transport or revision has are dealt there
// alone; all others everywhere.
func TestScenariosAreDealtWhereTheyShowSomething(t *testing.T) {
	where := map[string][]oracles.Setting{
		"session-ended":      {legacyHTTP, modernHTTP}, // that there are no more sessions shows, too
		"session-missing":    {legacyHTTP},
		"sessions-many":      {legacyHTTP},
		"get-stream":         {legacyHTTP, modernHTTP},
		"cancel-in-flight":   {legacyHTTP, modernLine, {Revision: protocol.Legacy}},
		"write-disconnected": {legacyHTTP},
		"discover":           {modernHTTP, modernLine},
		"tools-list-again":   {modernHTTP, modernLine, {Revision: protocol.Legacy}},
		"undeclared-empty":   {modernHTTP},
		"key-query":          {}, // without keys
		"key-metadata":       {},
		"confirm-borrowed":   {},
		"id-empty-string":    {legacyHTTP, modernHTTP, modernLine, {Revision: protocol.Legacy}},
		"frame-not-json":     {legacyHTTP, modernHTTP, modernLine, {Revision: protocol.Legacy}},
	}
	for _, c := range scenarios.Library() {
		fits := 0
		keyed, modernKeyed, stream := legacyHTTP, modernHTTP, oracles.Setting{Revision: protocol.Oldest, HTTP: true, Stream: true}
		keyed.Clients, modernKeyed.Clients, stream.Clients = 2, 2, 2
		for _, at := range []oracles.Setting{legacyHTTP, modernHTTP, modernLine, {Revision: protocol.Legacy}, keyed, modernKeyed, stream} {
			is := oracles.Fits(c, at)
			want, told := where[c.Name]
			if c.Name == "key-stream" && is != at.Stream {
				t.Errorf("%s fits %+v: %t", c.Name, at, is)
			}
			if told && at.Clients == 0 && slices.Contains(want, at) != is {
				t.Errorf("%s fits %+v: %t", c.Name, at, is)
			}
			if is {
				fits++
			}
		}
		if fits == 0 {
			t.Errorf("%s fits nowhere", c.Name)
		}
	}
}
