package execute_test

import (
	"testing"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// BenchmarkPlay plays a case of one call in memory, with the sign of life after
// it, against a server that does next to nothing.
func BenchmarkPlay(b *testing.B) {
	s := session(b, literal)
	c := scenarios.Case{Steps: []scenarios.Step{
		scenarios.Call{Tool: "read_note", Args: scenarios.MustValue(`{"id": "7"}`)},
	}}
	b.ReportAllocs()
	for b.Loop() {
		if o := s.Play(b.Context(), c, nil, 0); !o.Probe.Alive {
			b.Fatal("the server is gone")
		}
	}
}
