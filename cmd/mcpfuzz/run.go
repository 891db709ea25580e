package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/report"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// runFlags are the flags of run beside those of the target.
type runFlags struct {
	target   targetFlags
	judge    judgeFlags
	pick     toolFlags
	traffic  trafficFlags
	data     dataFlags
	seed     string
	cases    int
	limit    time.Duration
	workers  int
	baseline string
	protocol []string
	deadline time.Duration
	dryRun   bool
	quick    bool
	out      string
	force    bool
	format   string
}

const (
	defaultCases = 1000
	defaultFor   = 80 * time.Second // with learning and judging again, under 3 minutes
	demoFor      = 26 * time.Second
	quickFor     = 11 * time.Second
)

func runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [flags] [http://URL | demo:hardened | demo:fragile]\n  mcpfuzz run [flags] [--url URL] -- COMMAND ARG...",
		Short: "Fuzz a server and judge its answers",
		Example: `  mcpfuzz run
  mcpfuzz run --cases 5000 demo:hardened
  mcpfuzz run --profile frontier-model --cases 5000 http://127.0.0.1:8080/mcp
  mcpfuzz run --include-writes -- npx -y PACKAGE /tmp/scratch
  mcpfuzz run --url http://127.0.0.1:3001/mcp -- node server.js
  mcpfuzz run --identity ada=bearer:ADA_KEY --identity bob=file:bob.key http://127.0.0.1:8080/mcp`,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	f.register(cmd.Flags())
	return cmd
}

func (f *runFlags) register(fs *pflag.FlagSet) {
	f.target.register(fs)
	f.judge.registerVerdict(fs, "high")
	f.judge.register(fs)
	f.pick.register(fs)
	f.traffic.register(fs)
	f.data.register(fs)
	fs.StringVar(&f.seed, "seed", "1", "the `NUMBER` that decides which cases are made; random draws one and prints it")
	fs.IntVar(&f.cases, "cases", defaultCases, "how many cases to play")
	fs.DurationVar(&f.limit, "for", defaultFor, "how long to deal cases at most; judging again takes up to 3/4 of it (26s for the shown demo, 11s with --quick)")
	fs.IntVar(&f.workers, "workers", 0, "how many sessions at once (default: two per CPU, at most 8, with a process each; one per CPU, at most 4, with one for all; 1 at a fixed port)")
	baselineFlag(fs, &f.baseline)
	fs.StringSliceVar(&f.protocol, "protocol", nil, "the MCP `REVISIONS` to speak in turn, or all (default: the newest of each era that the target speaks)")
	fs.DurationVar(&f.deadline, "deadline", 0, "how long each answer may take (default: 5s, or 50 times the median of valid calls)")
	fs.BoolVar(&f.dryRun, "dry-run", false, "print the cases and name the write tools that would be called; send none")
	fs.BoolVar(&f.quick, "quick", false, "one case per class and library scenario, in under 30s unless --for says otherwise")
	fs.StringVar(&f.out, "out", "", "the `DIR` for records and found scenarios (default: results/runs/NAME-SEED)")
	fs.BoolVar(&f.force, "force", false, "write into a folder that was used before")
	formatFlag(fs, &f.format)
}

func (f *runFlags) run(cmd *cobra.Command, args []string) error {
	seed, err := f.parseSeed(cmd.ErrOrStderr())
	if err != nil {
		return exit{exitUsage, err}
	}
	names, command, err := splitDash(cmd, args)
	if err != nil {
		return exit{exitUsage, err}
	}
	show := len(names)+len(command) == 0 && f.target.url == ""
	if show {
		names = f.show(cmd.Flags())
	}
	if !cmd.Flags().Changed("for") {
		f.limit = f.defaultLimit(show)
	}
	t, err := f.target.parse(cmd.Context(), names, command)
	if err != nil {
		return exit{exitUsage, err}
	}
	defer t.close()
	cfg, err := f.config(t, seed)
	if err != nil {
		return exit{exitUsage, err}
	}
	if show {
		fmt.Fprintln(cmd.ErrOrStderr(), "no target given: showing the embedded demo:fragile server, which has every guard switched off")
	}
	if f.dryRun {
		return t.told(f.dry(cmd, cfg))
	}
	if err := f.data.prepare(cmd.Context(), t.redact); err != nil {
		return t.told(exit{exitUntestable, err})
	}
	return t.told(f.play(cmd, t, cfg))
}

// show is the run without a target: it shows the embedded fragile server.
func (f *runFlags) show(fs *pflag.FlagSet) []string {
	if !fs.Changed("fail-on") {
		f.judge.failOn = "never"
	}
	return []string{"demo:fragile"}
}

// defaultLimit is how long cases are dealt where nobody says.
func (f *runFlags) defaultLimit(show bool) time.Duration {
	switch {
	case f.quick:
		return quickFor
	case show:
		return demoFor
	}
	return defaultFor
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
	case f.dryRun && f.format == "json":
		return campaign.Config{}, errors.New("--dry-run prints scenarios; leave out --format json")
	}
	protocols, protocolErr := parseProtocols(f.protocol, f.target.sse)
	callable, err := f.pick.callable(t.demo)
	baseline, unread := readBaseline(f.baseline)
	given, givenErr := f.pick.given()
	err = errors.Join(err, givenErr, unread, f.data.check(f.pick.includeWrites), f.judge.check(), checkFormat(f.format), protocolErr,
		notNegative("--for", f.limit), notNegative("--deadline", f.deadline))
	if err != nil {
		return campaign.Config{}, err
	}
	profile, err := f.traffic.parse(f.quick)
	if err != nil {
		return campaign.Config{}, err
	}
	return campaign.Config{
		Target: t, Older: t.olderFor(protocols), Seed: seed, Cases: f.cases, For: f.limit, Workers: f.workers, Protocols: protocols,
		Deadline: f.deadline, Wait: f.target.wait, Headers: t.headers, Identities: t.clients, Canaries: t.canaries, Rooted: t.rooted, Backed: t.backed, Setup: t.setup, Callable: callable, Given: given, Floor: t.floor,
		ToolsAlone: len(f.pick.tools) > 0,
		Filter:     filter, Baseline: baseline, Profile: profile, Quick: f.quick, Shown: t.shown, Secrets: judgedSecrets(t),
		Redact: t.redact, Version: version(), Now: time.Now,
		Reset: f.data.resetting(t.redact),
	}, nil
}

// notNegative checks a duration that a flag gives.
func notNegative(flag string, d time.Duration) error {
	if d < 0 {
		return fmt.Errorf("%s %v: want a time that is not negative", flag, d)
	}
	return nil
}

// play runs the campaign, prints its answer and decides the exit code.
func (f *runFlags) play(cmd *cobra.Command, t target, cfg campaign.Config) error {
	out, err := openOutput(f.folder(t, cfg.Seed), f.force)
	if err != nil {
		return exit{exitUsage, err}
	}
	defer out.close()
	cfg.Log, cfg.Save, cfg.SaveUnconfirmed = out.log, out.save, out.saveMaybe
	cfg.Reproduce = func(file string) string { return f.again(t, file) }
	ctx, stderr := cmd.Context(), cmd.ErrOrStderr()
	stop := context.AfterFunc(ctx, func() {
		fmt.Fprintln(stderr, "interrupted: what was found is kept; once more to stop at once")
	})
	defer stop()
	bar := newProgress(stderr, cfg.Cases)
	cfg.Progress = bar.update
	summary, runErr := campaign.Run(ctx, cfg)
	bar.done()
	report.Sort(summary.Findings)
	if err := out.summary(summary); err != nil && runErr == nil {
		runErr = err
	}
	untried := errors.Is(runErr, campaign.ErrNothingCallable)
	if summary.Calls > 0 || runErr == nil || untried {
		if err := printSummary(cmd.OutOrStdout(), f.format, summary); err != nil {
			return exit{exitUsage, err}
		}
		fmt.Fprintf(stderr, "written to %s\n", report.Line(t.redact.String(out.dir)))
	}
	if untried && f.format == "json" {
		fmt.Fprintln(stderr, report.Untested(summary))
	}
	return f.judge.verdict(ctx, summary, runErr)
}

// again writes the command that replays a saved case against the same target.
func (f *runFlags) again(t target, file string) string {
	words := slices.Concat(self(), []string{"replay", file}, f.target.words(), f.pick.words())
	if f.deadline > 0 {
		words = append(words, "--deadline", f.deadline.String())
	}
	return t.redact.Shell(append(words, t.words...))
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
		if _, err := fmt.Fprintf(w, "%s\n", report.Escaped(scenarios.Format(c))); err != nil {
			return err
		}
	}
	for _, tool := range plan.Writes {
		fmt.Fprintf(w, "would call the write tool %s\n", report.Line(tool))
	}
	for _, skip := range plan.Skipped {
		fmt.Fprintf(w, "would not call the tool %s: %s\n", report.Line(skip.Tool), report.Line(cfg.Redact.String(skip.Why)))
	}
	if err != nil {
		return exit{exitUntestable, f.pick.hinted(err)}
	}
	return nil
}
