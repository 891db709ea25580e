package campaign_test

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/made"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// In each turn of BenchmarkStdio each way makes so many calls; burstOf are those of
// one burst.
const (
	turnCalls = 512
	burstOf   = 32
)

// BenchmarkStdio measures the calls per second over stdio to a responder that does
// next to nothing: of the official SDK's client, one at a time; of ours, judged, with
// a sign of life after each case, one call a case and a burst a case. The ratios are
// ours to the SDK's. They take turns, so that noise meets all alike.
func BenchmarkStdio(b *testing.B) {
	trial, polite := trialOnSound(b), clientOnSound(b)
	one := scenarios.Call{Tool: "echo", Args: scenarios.MustValue(`{"text": "7"}`)}
	many := scenarios.Burst{N: burstOf, Lines: []scenarios.Step{one}}
	ways := []struct {
		unit string
		turn func()
		took time.Duration
	}{
		{unit: "sdk-calls/s", turn: func() { askPolitely(b, polite) }},
		{unit: "judged-calls/s", turn: func() { tryCases(b, trial, one, turnCalls) }},
		{unit: "burst-calls/s", turn: func() { tryCases(b, trial, many, turnCalls/burstOf) }},
	}
	calls := 0
	for b.Loop() {
		for i := range ways {
			start := time.Now()
			ways[i].turn()
			ways[i].took += time.Since(start)
		}
		calls += turnCalls
	}
	for _, w := range ways {
		b.ReportMetric(float64(calls)/w.took.Seconds(), w.unit)
	}
	b.ReportMetric(ways[0].took.Seconds()/ways[1].took.Seconds(), "ratio")
	b.ReportMetric(ways[0].took.Seconds()/ways[2].took.Seconds(), "burst-ratio")
}

// soundCommand is the environment in which the test binary is a sound responder.
func soundCommand(b *testing.B) (self string, env []string) {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	return self, append(os.Environ(), made.Env("sound"))
}

func trialOnSound(b *testing.B) *campaign.Trial {
	b.Helper()
	self, env := soundCommand(b)
	trial, err := campaign.NewTrial(b.Context(), config(transport.Command([]string{self}, transport.CommandOptions{Env: env}), 1))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(trial.Close)
	return trial
}

func clientOnSound(b *testing.B) *mcp.ClientSession {
	b.Helper()
	self, env := soundCommand(b)
	cmd := exec.Command(self)
	cmd.Env = env
	client := mcp.NewClient(&mcp.Implementation{Name: "yardstick", Version: "1"}, nil)
	session, err := client.Connect(context.Background(), &mcp.CommandTransport{Command: cmd}, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = session.Close() })
	return session
}

func askPolitely(b *testing.B, session *mcp.ClientSession) {
	for range turnCalls {
		if _, err := session.CallTool(b.Context(), &mcp.CallToolParams{Name: "echo", Arguments: map[string]any{"text": "7"}}); err != nil {
			b.Fatal(err)
		}
	}
}

func tryCases(b *testing.B, trial *campaign.Trial, step scenarios.Step, n int) {
	for range n {
		o, findings, err := trial.Try(b.Context(), scenarios.Case{Steps: []scenarios.Step{step}})
		if err != nil || len(findings) > 0 || !o.Probe.Alive {
			b.Fatal(err, findings)
		}
	}
}
