package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mcpfuzz/mcpfuzz/corpus"
	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/report"
)

func replayCommand() *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use:   "replay [flags] PATH... [http://URL | demo:NAME]\n  mcpfuzz replay [flags] PATH... [--url URL] -- COMMAND ARG...",
		Short: "Play saved scenarios again and tell which still show their finding",
		Example: `  mcpfuzz replay corpus/ demo:hardened
  mcpfuzz replay results/runs/demo-fragile-1/found -- ./my-server`,
		RunE: func(cmd *cobra.Command, args []string) error { return f.replay(cmd, args) },
	}
	f.target.register(cmd.Flags())
	f.judge.register(cmd.Flags())
	cmd.Flags().StringVar(&f.protocol, "protocol", "", "the MCP `REVISION` to speak (default: the one each scenario names)")
	cmd.Flags().DurationVar(&f.deadline, "deadline", 0, "how long each answer may take")
	cmd.Flags().BoolVar(&f.verbose, "verbose", false, "also name the scenarios that show nothing")
	return cmd
}

type replayFlags struct {
	target   targetFlags
	judge    judgeFlags
	protocol string
	deadline time.Duration
	verbose  bool
}

func (f *replayFlags) replay(cmd *cobra.Command, args []string) error {
	paths, rest := splitPaths(args, cmd.ArgsLenAtDash())
	if len(paths) == 0 {
		return exit{exitUsage, errors.New("nothing to replay; give a .txtar file or a folder of them")}
	}
	t, err := f.target.parse(cmd, rest)
	if err != nil {
		return exit{exitUsage, err}
	}
	entries, err := corpus.Load(paths...)
	if err != nil {
		return exit{exitUsage, err}
	}
	if len(entries) == 0 {
		return exit{exitUsage, fmt.Errorf("no .txtar file in %s", strings.Join(paths, " "))}
	}
	filter, err := f.judge.filter()
	if err != nil {
		return exit{exitUsage, err}
	}
	results, err := campaign.Replay(cmd.Context(), campaign.Config{
		Target: t, Protocol: f.protocol, Deadline: f.deadline, Wait: f.target.wait, Headers: t.headers,
		Filter: filter, Shown: t.shown, Secrets: secretValues(t), Redact: redactor(t), Seed: 1, Floor: t.floor, Now: time.Now,
	}, entries)
	if err != nil {
		return exit{exitUntestable, err}
	}
	return f.tell(cmd, results)
}

// tell prints what each scenario showed and decides the exit code.
func (f *replayFlags) tell(cmd *cobra.Command, results []campaign.Replayed) error {
	var shown, failed int
	for _, r := range results {
		switch {
		case r.Problem != "":
			failed++
			fmt.Fprintf(cmd.OutOrStdout(), "cannot run  %s: %s\n", report.Printable(r.Path), report.Printable(r.Problem))
		case len(r.Findings) > 0:
			shown++
			for _, finding := range r.Findings {
				fmt.Fprintf(cmd.OutOrStdout(), "shows       %s: %s %s: %s\n", report.Printable(r.Path),
					finding.Severity, report.Printable(finding.Signature), report.Printable(finding.Message))
			}
		case f.verbose:
			fmt.Fprintf(cmd.OutOrStdout(), "silent      %s\n", report.Printable(r.Path))
		}
	}
	fmt.Fprintf(cmd.OutOrStdout(), "replayed %d scenarios: %d show a finding, %d are silent, %d could not be run\n",
		len(results), shown, len(results)-shown-failed, failed)
	switch {
	case shown > 0:
		return exit{exitFindings, nil}
	case cmd.Context().Err() != nil:
		return exit{exitInterrupted, nil}
	case failed > 0:
		return exit{exitUntestable, nil}
	}
	return nil
}

// splitPaths parts the paths from what names the target: a URL or demo:NAME at
// the end, and all that follows the dash. The rest keeps its place before the
// dash, as cobra counts it.
func splitPaths(args []string, dash int) (paths, rest []string) {
	before := args
	if dash >= 0 {
		before = args[:dash]
	}
	for _, a := range before {
		if isTarget(a) {
			rest = append(rest, a)
		} else {
			paths = append(paths, a)
		}
	}
	if dash >= 0 {
		rest = append(rest, args[dash:]...)
	}
	return paths, rest
}

// isTarget reports whether a word names a target rather than a path.
func isTarget(word string) bool {
	if strings.HasPrefix(word, "demo:") || strings.Contains(word, "://") {
		_, err := os.Stat(word)
		return errors.Is(err, fs.ErrNotExist)
	}
	return false
}
