package mcpfuzz_test

import (
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfuzz/mcpfuzz"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// newServer makes the server under test, as your own program does.
func newServer() *mcp.Server {
	return mcp.NewServer(&mcp.Implementation{Name: "notes", Version: "1.0.0"}, nil)
}

// In a file named like notes_test.go, and run with
//
//	go test -fuzz=FuzzNotes
func ExampleFuzz() {
	_ = func(f *testing.F) { // func FuzzNotes(f *testing.F)
		mcpfuzz.Fuzz(f, newServer)
	}
}

// A tool that costs money is left out, and less than a high finding fails.
func ExampleFuzz_options() {
	_ = func(f *testing.F) { // func FuzzNotes(f *testing.F)
		mcpfuzz.Fuzz(f, newServer,
			mcpfuzz.SkipTools("send_invoice"),
			mcpfuzz.FailOn(oracles.Medium),
		)
	}
}

// A server in another language, as a command.
func ExampleFuzzTarget() {
	_ = func(f *testing.F) { // func FuzzNotes(f *testing.F)
		server := transport.Command([]string{"node", "dist/index.js"}, transport.CommandOptions{})
		mcpfuzz.FuzzTarget(f, server)
	}
}

// The same cases each time: for every go test, and for CI.
func ExampleCheck() {
	_ = func(t *testing.T) { // func TestNotes(t *testing.T)
		mcpfuzz.Check(t, newServer, mcpfuzz.Seed(1), mcpfuzz.Cases(1000))
	}
}

// Each scenario in the folder is a subtest: what was found once stays fixed.
func ExampleReplay() {
	_ = func(t *testing.T) { // func TestNotesFound(t *testing.T)
		mcpfuzz.Replay(t, newServer, "testdata/scenarios")
	}
}
