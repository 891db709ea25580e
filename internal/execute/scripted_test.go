package execute_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// incoming is a message as far as a scripted server reads it.
type incoming struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
}

// scripted is a server that opens a session, shows life, and does with all other
// messages what react says: each text that it returns is a line of output.
func scripted(react func(incoming) []string) func(context.Context, io.ReadWriteCloser) error {
	return declaring("{}", react)
}

// declaring is a scripted server that declares capabilities.
func declaring(capabilities string, react func(incoming) []string) func(context.Context, io.ReadWriteCloser) error {
	return func(_ context.Context, rwc io.ReadWriteCloser) error {
		lines := bufio.NewScanner(rwc)
		for lines.Scan() {
			var m incoming
			if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
				return err
			}
			replies := []string{result(m, "{}")}
			switch m.Method {
			case "initialize":
				replies[0] = result(m, `{"protocolVersion":"2025-11-25","capabilities":`+capabilities+`}`)
			case "notifications/initialized":
				continue
			case "ping":
			default:
				replies = react(m)
			}
			for _, reply := range replies {
				fmt.Fprintln(rwc, reply)
			}
		}
		return lines.Err()
	}
}

func result(m incoming, body string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":%s}`, m.ID, body)
}

// playScripted plays steps on a scripted server.
func playScripted(t *testing.T, steps string, react func(incoming) []string) oracles.Observation {
	t.Helper()
	return session(t, scripted(react)).Play(t.Context(), parse(t, steps), nil, 0)
}
