// Package door_test is a user's test of servers that have a fault each. It
// lives under testdata so that only the test of mcpfuzz runs it.
package door_test

import (
	"context"
	"encoding/json"
	"os"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfuzz/mcpfuzz"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

const paint = `{
	"type": "object",
	"properties": {
		"color": {"type": "string", "enum": ["red", "green", "blue", "cyan", "magenta", "yellow", "black", "white", "pink", "olive", "teal", "violet"]},
		"strokes": {"type": "integer", "minimum": 1, "maximum": 9}
	},
	"required": ["color"], "additionalProperties": false
}`

type painting struct {
	Color   string `json:"color"`
	Strokes int    `json:"strokes"`
}

// serve makes a server whose tool does that with valid arguments.
func serve(paintIt func(painting) string) *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "painter", Version: "1"}, nil)
	tool := &mcp.Tool{Name: "paint", Description: "Paint a wall.", InputSchema: json.RawMessage(paint)}
	mcp.AddTool(s, tool, func(_ context.Context, _ *mcp.CallToolRequest, p painting) (*mcp.CallToolResult, any, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: paintIt(p)}}}, nil, nil
	})
	return s
}

func sound() *mcp.Server {
	return serve(func(p painting) string { return "painted in " + p.Color })
}

// panics has run out of one color.
func panics() *mcp.Server {
	return serve(func(p painting) string {
		var can *painting
		if p.Color != "violet" {
			can = new(painting)
		}
		can.Strokes += p.Strokes
		return "painted in " + p.Color
	})
}

// careless checks nothing.
func careless() *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "painter", Version: "1"}, nil)
	s.AddTool(&mcp.Tool{Name: "paint", InputSchema: json.RawMessage(paint)},
		func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "painted"}}}, nil
		})
	return s
}

// empty has no tools.
func empty() *mcp.Server { return mcp.NewServer(&mcp.Implementation{Name: "empty", Version: "1"}, nil) }

// TestMain is also the careless server as a process of its own.
func TestMain(m *testing.M) {
	if os.Getenv("DOOR_SERVE") == "" {
		os.Exit(m.Run())
	}
	if err := careless().Run(context.Background(), &mcp.StdioTransport{}); err != nil {
		os.Exit(1)
	}
}

func FuzzCommand(f *testing.F) {
	self, err := os.Executable()
	if err != nil {
		f.Fatal(err)
	}
	server := transport.Command([]string{self}, transport.CommandOptions{Env: append(os.Environ(), "DOOR_SERVE=1")})
	mcpfuzz.FuzzTarget(f, server, mcpfuzz.Bases(scenarios.BasisSchema))
}

func FuzzSound(f *testing.F)    { mcpfuzz.Fuzz(f, sound, mcpfuzz.FailOn(oracles.Medium)) }
func FuzzPanics(f *testing.F)   { mcpfuzz.Fuzz(f, panics) }
func FuzzCareless(f *testing.F) { mcpfuzz.Fuzz(f, careless) }
func FuzzFrames(f *testing.F)   { mcpfuzz.Fuzz(f, sound, mcpfuzz.Frames()) }
func FuzzEmpty(f *testing.F)    { mcpfuzz.Fuzz(f, empty) }
func FuzzTarget(f *testing.F)   { mcpfuzz.FuzzTarget(f, transport.SDK(sound)) }

func TestCheckSound(t *testing.T) { mcpfuzz.Check(t, sound, mcpfuzz.FailOn(oracles.Medium)) }
func TestCheckPanics(t *testing.T) {
	mcpfuzz.Check(t, panics, mcpfuzz.Seed(1), mcpfuzz.Cases(2000))
}
func TestCheckCareless(t *testing.T) { mcpfuzz.Check(t, careless) }
func TestCheckEmpty(t *testing.T)    { mcpfuzz.Check(t, empty) }
func TestCheckSkipped(t *testing.T)  { mcpfuzz.Check(t, careless, mcpfuzz.SkipTools("paint")) }
func TestCheckUnknown(t *testing.T)  { mcpfuzz.Check(t, sound, mcpfuzz.Skip("T99")) }
func TestCheckNone(t *testing.T)     { mcpfuzz.Check(t, sound, mcpfuzz.Cases(0)) }

// found is the folder that is replayed.
func found() string { return os.Getenv("DOOR_SCENARIOS") }

func TestReplaySound(t *testing.T)    { mcpfuzz.Replay(t, sound, found()) }
func TestReplayPanics(t *testing.T)   { mcpfuzz.Replay(t, panics, found()) }
func TestReplayCareless(t *testing.T) { mcpfuzz.Replay(t, careless, found()) }
