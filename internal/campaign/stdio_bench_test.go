package campaign_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// In each turn of BenchmarkStdio each way makes so many calls; burstOf are those of
// one burst.
const (
	turnCalls = 1024
	burstOf   = 32
)

// BenchmarkStdio measures the calls per second over stdio to a responder that does
// next to nothing: of the official SDK's client, one at a time, with a sign of life
// after each and without; of ours, judged, with a sign of life after each case, one
// call a case and a burst a case, on as many sessions as a campaign plays at once, and
// on one. The ratios are ours to the SDK's: of those who ask for a sign of life, and of
// the burst to the SDK's bare calls. They take turns, so that noise meets all alike.
func BenchmarkStdio(b *testing.B) {
	trials, polite := trialsOnCanned(b), clientOnCanned(b)
	one := scenarios.Call{Tool: "echo", Args: scenarios.MustValue(`{"text": "7"}`)}
	many := scenarios.Burst{N: burstOf, Lines: []scenarios.Step{one}}
	ways := []struct {
		unit string
		turn func()
		took time.Duration
	}{
		{unit: "sdk-calls/s", turn: func() { askPolitely(b, polite, false) }},
		{unit: "sdk-probed-calls/s", turn: func() { askPolitely(b, polite, true) }},
		{unit: "judged-calls/s", turn: func() { tryCases(b, trials, one, turnCalls) }},
		{unit: "burst-calls/s", turn: func() { tryCases(b, trials, many, turnCalls/burstOf) }},
		{unit: "one-session-calls/s", turn: func() { tryCases(b, trials[:1], one, turnCalls) }},
		{unit: "one-session-burst-calls/s", turn: func() { tryCases(b, trials[:1], many, turnCalls/burstOf) }},
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
	ratio := func(theirs, ours int) float64 { return ways[theirs].took.Seconds() / ways[ours].took.Seconds() }
	b.ReportMetric(ratio(1, 2), "ratio")
	b.ReportMetric(ratio(0, 3), "burst-ratio")
	b.ReportMetric(ratio(1, 4), "one-session-ratio")
	b.ReportMetric(ratio(0, 5), "one-session-burst-ratio")
}

// cannedVar makes the test binary a responder that reads as little as can be.
const cannedVar = "MCPFUZZ_TEST_CANNED"

// canned are the results of the methods of the responder.
var canned = map[string]string{
	"initialize": `{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"canned","version":"1"}}`,
	"ping":       `{}`,
	"tools/list": `{"tools":[{"name":"echo","annotations":{"readOnlyHint":true},"inputSchema":{"type":"object","properties":{"text":{"type":"string"}},"additionalProperties":false}}]}`,
	"tools/call": `{"content":[{"type":"text","text":"7"}]}`,
}

// parts are the id and the method of a request, as they are looked for.
var parts = regexp.MustCompile(`^\{"jsonrpc":"2.0","id":("?m?[0-9]+"?),"method":"([a-z/]+)"`)

// serveCanned answers what has come, and writes when nothing more has.
func serveCanned() {
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		if found := parts.FindSubmatch(line); found != nil {
			result, ok := canned[string(found[2])]
			if ok {
				fmt.Fprintf(out, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":%s}\n", found[1], result)
			} else {
				fmt.Fprintf(out, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32601,\"message\":\"no\"}}\n", found[1])
			}
		}
		if in.Buffered() == 0 && out.Flush() != nil {
			return
		}
	}
}

// cannedCommand is the test binary as the responder.
func cannedCommand(b *testing.B) (self string, env []string) {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	return self, append(os.Environ(), cannedVar+"=1")
}

// trialsOnCanned are as many as a campaign plays at once.
func trialsOnCanned(b *testing.B) []*campaign.Trial {
	b.Helper()
	self, env := cannedCommand(b)
	target := transport.Command([]string{self}, transport.CommandOptions{Env: env})
	trials := make([]*campaign.Trial, campaign.DefaultWorkers(target.Kind()))
	for i := range trials {
		trial, err := campaign.NewTrial(b.Context(), config(target, 1))
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(trial.Close)
		trials[i] = trial
	}
	return trials
}

func clientOnCanned(b *testing.B) *mcp.ClientSession {
	b.Helper()
	self, env := cannedCommand(b)
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

func askPolitely(b *testing.B, session *mcp.ClientSession, probe bool) {
	for range turnCalls {
		_, err := session.CallTool(b.Context(), &mcp.CallToolParams{Name: "echo", Arguments: map[string]any{"text": "7"}})
		if err == nil && probe {
			err = session.Ping(b.Context(), nil)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// tryCases plays a step so many times, in equal shares on each trial.
func tryCases(b *testing.B, trials []*campaign.Trial, step scenarios.Step, n int) {
	var done sync.WaitGroup
	for i, trial := range trials {
		done.Go(func() {
			for range n*(i+1)/len(trials) - n*i/len(trials) {
				o, findings, err := trial.Try(b.Context(), scenarios.Case{Steps: []scenarios.Step{step}})
				if err != nil || len(findings) > 0 || !o.Probe.Alive {
					b.Error(err, findings)
					return
				}
			}
		})
	}
	done.Wait()
}
