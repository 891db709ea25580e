package main

import (
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/report"
	"github.com/mcpfuzz/mcpfuzz/loadgen"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

type loadFlags struct {
	target       targetFlags
	pick         toolFlags
	protocol     string
	rate, fanOut int
	limit        time.Duration
	deadline     time.Duration
}

func loadCommand() *cobra.Command {
	var f loadFlags
	cmd := &cobra.Command{
		Use:   "load [flags] http://URL\n  mcpfuzz load [flags] --url URL -- COMMAND ARG...",
		Short: "Send valid calls at a rate and tell how the server bears it",
		Example: `  mcpfuzz load --rate 20 --fan-out 10 --for 30s http://127.0.0.1:8080/mcp
  mcpfuzz load --rate 5 --url http://127.0.0.1:3001/mcp -- node server.js`,
		RunE: func(cmd *cobra.Command, args []string) error { return f.load(cmd, args) },
	}
	f.target.register(cmd.Flags())
	f.pick.register(cmd.Flags())
	cmd.Flags().StringVar(&f.protocol, "protocol", "", "the MCP `REVISION` to speak (default: the newest that the target lists)")
	cmd.Flags().IntVar(&f.rate, "rate", 10, "how many prompts start in a second")
	cmd.Flags().IntVar(&f.fanOut, "fan-out", 1, "how many calls each prompt fires at once")
	cmd.Flags().DurationVar(&f.limit, "for", 10*time.Second, "how long prompts are started")
	cmd.Flags().DurationVar(&f.deadline, "deadline", 5*time.Second, "how long each answer may take")
	return cmd
}

func (f *loadFlags) load(cmd *cobra.Command, args []string) error {
	names, command, err := splitDash(cmd, args)
	if err != nil {
		return exit{exitUsage, err}
	}
	t, err := f.target.parse(cmd.Context(), names, command)
	if err != nil {
		return exit{exitUsage, err}
	}
	defer t.close()
	switch {
	case t.address == "":
		return exit{exitUsage, errors.New("load needs a server that listens; give a URL, or --url URL -- COMMAND")}
	case strings.Contains(t.address, transport.PortPlaceholder):
		return exit{exitUsage, errors.New("load needs to know the port; give a number in the place of " + transport.PortPlaceholder)}
	case f.target.clients.caCert+f.target.clients.cert+f.target.clients.socket != "":
		return exit{exitUsage, errors.New("load takes no --cacert, --cert or --unix-socket: it connects by TCP and trusts whom the system trusts")}
	case f.target.sse:
		return exit{exitUsage, errors.New("load speaks streamable HTTP alone; leave out --sse, and give the URL of that")}
	}
	load := loadgen.Config{URL: t.address, Rate: f.rate, FanOut: f.fanOut, For: f.limit, Deadline: f.deadline}
	callable, err := f.pick.callable(t.demo)
	protocols, protocolErr := oneProtocol(f.protocol, f.target.sse)
	given, givenErr := f.pick.given()
	if err := errors.Join(err, load.Check(), protocolErr, givenErr); err != nil {
		return exit{exitUsage, err}
	}
	return t.told(f.play(cmd, campaign.Config{
		Target: t, Seed: 1, Protocols: protocols, Wait: f.target.wait, Headers: t.headers, Identities: t.clients, Callable: callable, Given: given, Now: time.Now,
	}, t, load))
}

// play learns which calls work, sends them and tells what became of them.
func (f *loadFlags) play(cmd *cobra.Command, cfg campaign.Config, t target, load loadgen.Config) error {
	ctx := cmd.Context()
	ready, err := campaign.Prepare(ctx, cfg)
	switch {
	case ctx.Err() != nil:
		return exit{exitInterrupted, nil}
	case err != nil:
		return exit{exitUntestable, hinted(err)}
	}
	defer ready.Close()
	load.Session, load.Calls = ready.Session, ready.Calls
	result, err := loadgen.Run(ctx, load)
	if err != nil {
		return exit{exitUsage, err}
	}
	result.Problem = t.redact.String(result.Problem)
	if err := tellLoad(cmd.OutOrStdout(), t, result); err != nil {
		return exit{exitUsage, err}
	}
	if ctx.Err() != nil {
		return exit{exitInterrupted, nil}
	}
	return loadVerdict(result)
}

func tellLoad(w io.Writer, t target, r loadgen.Result) error {
	fmt.Fprintf(w, "target %s\noffered %.1f calls/s, achieved %.1f calls/s: %d of %s in %v\n", report.Line(t.String()),
		r.Offered, r.Achieved, r.Sent, report.Count(r.Planned, "planned call"), r.Took.Round(10*time.Millisecond))
	var rows [][]string
	for word, n := range r.Outcomes {
		rows = append(rows, []string{word, fmt.Sprint(n), fmt.Sprintf("%.1f %%", 100*float64(n)/float64(max(r.Sent, 1)))})
	}
	sort.Slice(rows, func(a, b int) bool { return rows[a][0] < rows[b][0] })
	if err := report.Rows(w, []string{"outcome", "calls", "share"}, rows, tableOptions(w)); err != nil {
		return err
	}
	round := func(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }
	l := r.Latencies
	fmt.Fprintf(w, "latency p50 %v, p90 %v, p99 %v, max %v\n", round(l.P50), round(l.P90), round(l.P99), round(l.Max))
	if r.Problem != "" {
		fmt.Fprintf(w, "the first that was not accepted: %s\n", report.Line(r.Problem))
	}
	return nil
}

// loadVerdict fails a load under which calls got a wrong answer or none.
func loadVerdict(r loadgen.Result) error {
	for _, bad := range []oracles.Outcome{oracles.Garbled, oracles.Dropped, oracles.Crashed, oracles.Hung, oracles.Faulted} {
		if r.Outcomes[bad.String()] > 0 {
			return exit{exitFindings, nil}
		}
	}
	return nil
}
