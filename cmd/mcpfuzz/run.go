package main

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/internal/report"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// runFlags are the flags of run beside those of the target.
type runFlags struct {
	target   targetFlags
	judge    judgeFlags
	pick     toolFlags
	seed     string
	cases    int
	limit    time.Duration
	workers  int
	protocol string
	deadline time.Duration
	dryRun   bool
	quick    bool
	out      string
	force    bool
	format   string
}

const (
	defaultCases = 1000
	defaultFor   = 2 * time.Minute
	demoFor      = 30 * time.Second
	quickFor     = 20 * time.Second
)

func runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [flags] [http://URL | demo:hardened | demo:fragile]\n  mcpfuzz run [flags] [--url URL] -- COMMAND ARG...",
		Short: "Fuzz a server and judge its answers",
		Example: `  mcpfuzz run
  mcpfuzz run --cases 5000 demo:hardened
  mcpfuzz run --include-writes -- npx -y @modelcontextprotocol/server-filesystem /tmp/scratch
  mcpfuzz run --url http://127.0.0.1:3001/mcp -- node server.js`,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	f.register(cmd.Flags())
	return cmd
}

func (f *runFlags) register(fs *pflag.FlagSet) {
	f.target.register(fs)
	f.judge.register(fs)
	f.pick.register(fs)
	fs.StringVar(&f.seed, "seed", "1", "the `NUMBER` that decides which cases are made; random draws one and prints it")
	fs.IntVar(&f.cases, "cases", defaultCases, "how many cases to play")
	fs.DurationVar(&f.limit, "for", defaultFor, "how long to deal cases at most (30s for the shown demo)")
	fs.IntVar(&f.workers, "workers", 0, "how many sessions at once (default: one per CPU, at most 4 for a process)")
	fs.StringVar(&f.protocol, "protocol", "", "the MCP `REVISION` to speak (default: the newest that the target lists)")
	fs.DurationVar(&f.deadline, "deadline", 0, "how long each answer may take (default: 5s, or 50 times the median of valid calls)")
	fs.BoolVar(&f.dryRun, "dry-run", false, "print the cases and name the write tools that would be called; send none")
	fs.BoolVar(&f.quick, "quick", false, "one case per class, in under 30s")
	fs.StringVar(&f.out, "out", "", "the `DIR` for records and found scenarios (default: results/runs/NAME-SEED)")
	fs.BoolVar(&f.force, "force", false, "write into a folder that was used before")
	fs.StringVar(&f.format, "format", "table", "how to print the answer: table or json")
}

func (f *runFlags) run(cmd *cobra.Command, args []string) error {
	seed, err := f.parseSeed(cmd.ErrOrStderr())
	if err != nil {
		return exit{exitUsage, err}
	}
	t, err := f.target.parse(cmd, args)
	if errors.Is(err, errNoTarget) {
		t, err = f.show(cmd)
	}
	if err != nil {
		return exit{exitUsage, err}
	}
	cfg, err := f.config(t, seed)
	if err != nil {
		return exit{exitUsage, err}
	}
	if f.dryRun {
		return f.dry(cmd, cfg)
	}
	return f.play(cmd, t, cfg)
}

// show is the run without a target: it shows the embedded fragile server.
func (f *runFlags) show(cmd *cobra.Command) (target, error) {
	fmt.Fprintln(cmd.ErrOrStderr(), "no target given: showing the embedded demo:fragile server, which has every guard switched off")
	if !cmd.Flags().Changed("fail-on") {
		f.judge.failOn = "never"
	}
	if !cmd.Flags().Changed("for") {
		f.limit = demoFor
	}
	return f.target.parse(cmd, []string{"demo:fragile"})
}

func (f *runFlags) parseSeed(stderr io.Writer) (uint64, error) {
	if f.seed == "random" {
		var b [4]byte
		if _, err := rand.Read(b[:]); err != nil {
			return 0, fmt.Errorf("draw a seed: %w", err)
		}
		seed := uint64(binary.LittleEndian.Uint32(b[:]))
		fmt.Fprintf(stderr, "seed %d\n", seed)
		return seed, nil
	}
	seed, err := strconv.ParseUint(f.seed, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("--seed %q: want a whole number or random", f.seed)
	}
	return seed, nil
}

// config makes the campaign that the flags describe.
func (f *runFlags) config(t target, seed uint64) (campaign.Config, error) {
	filter, err := f.judge.filter()
	if err != nil {
		return campaign.Config{}, err
	}
	switch {
	case f.cases < 1:
		return campaign.Config{}, fmt.Errorf("--cases %d: want at least 1", f.cases)
	case f.workers < 0:
		return campaign.Config{}, fmt.Errorf("--workers %d: want at least 1", f.workers)
	case f.format != "table" && f.format != "json":
		return campaign.Config{}, fmt.Errorf("--format %q: want table or json", f.format)
	}
	callable, err := f.pick.callable(t.demo)
	if err != nil {
		return campaign.Config{}, err
	}
	limit := f.limit
	if f.quick {
		limit = min(limit, quickFor)
	}
	return campaign.Config{
		Target: t, Seed: seed, Cases: f.cases, For: limit, Workers: f.workers, Protocol: f.protocol,
		Deadline: f.deadline, Wait: f.target.wait, Headers: t.headers, Callable: callable, Floor: t.floor,
		Filter: filter, Quick: f.quick, Shown: t.shown, Secrets: secretValues(t),
		Redact: redactor(t), Version: version(), Now: time.Now,
	}, nil
}

// play runs the campaign, prints its answer and decides the exit code.
func (f *runFlags) play(cmd *cobra.Command, t target, cfg campaign.Config) error {
	out, err := openOutput(f.folder(t, cfg.Seed), f.force, cfg.Redact)
	if err != nil {
		return exit{exitUsage, err}
	}
	defer out.close()
	cfg.Log, cfg.Save = out.log, out.save
	cfg.Reproduce = func(file string) string { return again("replay", file, t.args) }
	bar := newProgress(cmd.ErrOrStderr(), cfg.Cases)
	cfg.Progress = bar.update
	summary, runErr := campaign.Run(cmd.Context(), cfg)
	bar.done()
	report.Sort(summary.Findings)
	if err := out.summary(summary); err != nil && runErr == nil {
		runErr = err
	}
	if summary.Cases > 0 || errors.Is(runErr, campaign.ErrNothingCallable) {
		if err := f.print(cmd.OutOrStdout(), summary); err != nil {
			return exit{exitUsage, err}
		}
	}
	return f.judge.verdict(cmd.Context(), summary, runErr)
}

func (f *runFlags) print(w io.Writer, s record.Summary) error {
	if f.format == "json" {
		return report.JSON(w, s)
	}
	return report.Table(w, s, tableOptions(w))
}

// folder is where the run's files go.
func (f *runFlags) folder(t target, seed uint64) string {
	if f.out != "" {
		return f.out
	}
	return path.Join("results", "runs", fmt.Sprintf("%s-%d", t.name, seed))
}

// dry prints the cases that would be played and the write tools among them.
func (f *runFlags) dry(cmd *cobra.Command, cfg campaign.Config) error {
	plan, err := campaign.DryRun(cmd.Context(), cfg)
	if err != nil && !errors.Is(err, campaign.ErrNothingCallable) {
		return exit{exitUntestable, err}
	}
	w := cmd.OutOrStdout()
	for c := range plan.Cases {
		if _, err := w.Write(append(scenarios.Format(c), '\n')); err != nil {
			return err
		}
	}
	for _, tool := range plan.Writes {
		fmt.Fprintf(w, "would call the write tool %s\n", report.Printable(tool))
	}
	for _, skip := range plan.Skipped {
		fmt.Fprintf(w, "would not call %s: %s\n", report.Printable(skip.Tool), report.Printable(skip.Why))
	}
	if err != nil {
		return exit{exitUntestable, err}
	}
	return nil
}
