package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/limits"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/internal/report"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// limitFlags are the flags of limits.
type limitFlags struct {
	target   targetFlags
	judge    judgeFlags
	pick     toolFlags
	protocol string
	maxRate  float64
	maxCalls int
	bounds   limits.Config
	format   string
}

func limitsCommand() *cobra.Command {
	var f limitFlags
	cmd := &cobra.Command{
		Use:   "limits [flags] http://URL | demo:hardened | demo:fragile\n  mcpfuzz limits [flags] [--url URL] -- COMMAND ARG...",
		Short: "Tell how often a server lets itself be called, for whom it counts, and how it refuses",
		Example: `  mcpfuzz limits --identity ada=bearer:ADA_KEY --identity bob=bearer:BOB_KEY http://127.0.0.1:8080/mcp
  mcpfuzz limits --max-rate 50 --max-calls 1000 --tool search http://127.0.0.1:8080/mcp`,
		RunE: func(cmd *cobra.Command, args []string) error { return f.limits(cmd, args) },
	}
	f.register(cmd.Flags())
	return cmd
}

func (f *limitFlags) register(fs *pflag.FlagSet) {
	f.target.register(fs)
	f.judge.registerVerdict(fs, "low")
	f.judge.register(fs)
	f.pick.register(fs)
	fs.StringVar(&f.protocol, "protocol", "", "the MCP `REVISION` to speak (default: the newest that the target lists)")
	fs.Float64Var(&f.maxRate, "max-rate", limits.DefaultMaxRate, "send no more requests in a second; a limit of more is not met")
	fs.IntVar(&f.maxCalls, "max-calls", limits.DefaultMaxCalls, "send no more requests")
	fs.IntVar(&f.bounds.Parallel, "parallel", limits.DefaultParallel, "send so many calls at once at most")
	fs.DurationVar(&f.bounds.Patience, "patience", limits.DefaultPatience, "how long a limit is given at most to let calls through again")
	formatFlag(fs, &f.format)
}

func (f *limitFlags) limits(cmd *cobra.Command, args []string) error {
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
	case strings.Contains(t.address, transport.PortPlaceholder):
		return exit{exitUsage, errors.New("limits needs to know the port; give a number in the place of " + transport.PortPlaceholder)}
	case f.target.sse:
		return exit{exitUsage, errors.New("limits speaks streamable HTTP and stdio; leave out --sse, and give the URL of the former")}
	}
	callable, err := f.pick.callable(false)
	protocols, protocolErr := oneProtocol(f.protocol, f.target.sse)
	given, givenErr := f.pick.given()
	filter, filterErr := f.judge.filter()
	f.bounds.Report = filter.Report
	budget, budgetErr := limits.NewBudget(f.maxRate, f.maxCalls, time.Now, pause)
	f.bounds.Budget = budget
	if err := errors.Join(err, budgetErr, f.bounds.Check(), f.judge.check(), checkFormat(f.format), protocolErr, givenErr, filterErr); err != nil {
		return exit{exitUsage, err}
	}
	reached := t
	reached.Target = budget.Bound(t.Target)
	return t.told(f.play(cmd, campaign.Config{
		Target: reached, Seed: 1, Protocols: protocols, Wait: f.target.wait, Headers: t.headers, Identities: t.clients, Callable: callable, Given: given,
		Deadline: execute.DefaultDeadline, Now: time.Now,
	}, t))
}

// play learns which calls work, and looks for what bounds them.
func (f *limitFlags) play(cmd *cobra.Command, cfg campaign.Config, t target) error {
	ctx := cmd.Context()
	ready, err := f.pick.prepare(ctx, cfg)
	if err != nil {
		return err
	}
	defer ready.Close()
	look, err := f.config(t, ready)
	if err != nil {
		return exit{exitUsage, err}
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "looking for limits by calls of %s: at most %d requests, %.0f a second; that may take some minutes\n",
		report.Line(look.Call.Tool), f.maxCalls, f.maxRate)
	ready.Conn.DropIdle() // servers count it
	answer, err := limits.Run(ctx, look)
	switch {
	case err != nil && ctx.Err() != nil:
		return exit{exitInterrupted, nil}
	case err != nil:
		return exit{exitUntestable, err}
	}
	answer.Target, answer.Cut = t.String(), t.redact.String(answer.Cut)
	if err := printLimits(cmd.OutOrStdout(), f.format, answer); err != nil {
		return exit{exitUsage, err}
	}
	if ctx.Err() != nil {
		return exit{exitInterrupted, nil}
	}
	if f.judge.fails(record.Summary{Findings: answer.Findings}) {
		return exit{exitFindings, nil}
	}
	return nil
}

// config is what is looked at, by the first call that works.
func (f *limitFlags) config(t target, ready campaign.Ready) (limits.Config, error) {
	cfg := f.bounds
	cfg.Call = ready.Calls[0]
	cfg.Sessions = execute.Settings{
		Revision: ready.Session.Revision, Headers: t.headers, Mirrors: ready.Session.Mirrors, Identities: t.clients,
		Deadline: execute.DefaultDeadline, IDs: &execute.IDs{},
	}
	if t.address == "" {
		cfg.Target = func(netip.Addr) transport.Target { return t.Target }
		return cfg, nil
	}
	reach, err := f.target.clients.reach()
	cfg.Addresses = addresses(t.address, reach)
	by := func(from netip.Addr) transport.Reach {
		reach := reach
		reach.From = from
		return reach
	}
	cfg.Target = func(from netip.Addr) transport.Target {
		return transport.HTTP(t.address, transport.HTTPOptions{Reach: by(from)})
	}
	cfg.Lone = func(from netip.Addr) transport.Target {
		return transport.HTTP(t.address, transport.HTTPOptions{Reach: by(from), Lone: true})
	}
	cfg.Connect = func(ctx context.Context, from netip.Addr) (net.Conn, error) { return by(from).Connect(ctx, t.address) }
	return cfg, err
}

// addresses are those of this machine that a server at its loopback is reached from.
func addresses(address string, reach transport.Reach) (list []netip.Addr) {
	u, err := url.Parse(address)
	if err != nil || reach.Socket != "" {
		return nil
	}
	const most = 8
	host, err := netip.ParseAddr(u.Hostname())
	if err != nil || !host.Is4() || !host.IsLoopback() {
		return nil
	}
	for i := range byte(most) {
		list = append(list, netip.AddrFrom4([4]byte{127, 0, 0, i + 1}))
	}
	return list
}

// pause sleeps until the time is over, or the context ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func printLimits(w io.Writer, format string, l record.Limits) error {
	if format != "json" {
		return report.Limits(w, l, tableOptions(w))
	}
	var b bytes.Buffer
	if err := l.Encode(&b); err != nil {
		return err
	}
	_, err := w.Write(report.Escaped(b.Bytes()))
	return err
}
