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
	f.pick.register(cmd.Flags())
	cmd.Flags().StringVar(&f.protocol, "protocol", "", "the MCP `REVISION` to speak (default: the one each scenario names)")
	cmd.Flags().DurationVar(&f.deadline, "deadline", 0, "how long each answer may take")
	cmd.Flags().BoolVar(&f.verbose, "verbose", false, "also name the scenarios that show no finding")
	return cmd
}

type replayFlags struct {
	target   targetFlags
	judge    judgeFlags
	pick     toolFlags
	protocol string
	deadline time.Duration
	verbose  bool
}

func (f *replayFlags) replay(cmd *cobra.Command, args []string) error {
	before, command, err := splitDash(cmd, args)
	if err != nil {
		return exit{exitUsage, err}
	}
	paths, names := splitPaths(before)
	if len(paths) == 0 {
		return exit{exitUsage, errors.New("nothing to replay; give a .txtar file or a folder of them")}
	}
	t, err := f.target.parse(cmd.Context(), names, command)
	if err != nil {
		return exit{exitUsage, err}
	}
	defer t.close()
	entries, err := corpus.Load(paths...)
	if err != nil {
		return exit{exitUsage, err}
	}
	if len(entries) == 0 {
		return exit{exitUsage, fmt.Errorf("there is no .txtar file in %s", strings.Join(paths, " "))}
	}
	cfg, err := f.config(t)
	if err != nil {
		return exit{exitUsage, err}
	}
	results, err := campaign.Replay(cmd.Context(), cfg, entries)
	switch {
	case cmd.Context().Err() != nil && len(results) == 0:
		return exit{exitInterrupted, nil}
	case err != nil:
		return t.told(exit{exitUntestable, err})
	}
	return f.tell(cmd, t, results, len(entries))
}

// config makes the campaign that the scenarios are played in.
func (f *replayFlags) config(t target) (campaign.Config, error) {
	filter, err := f.judge.filter()
	if err != nil {
		return campaign.Config{}, err
	}
	protocols, protocolErr := oneProtocol(f.protocol, f.target.sse)
	callable, err := f.pick.callable(t.demo)
	named := f.pick
	named.includeWrites = true // who names a scenario asks for its calls
	playable, _ := named.callable(t.demo)
	given, givenErr := f.pick.given()
	if err := errors.Join(err, givenErr, protocolErr, notNegative("--deadline", f.deadline)); err != nil {
		return campaign.Config{}, err
	}
	return campaign.Config{
		Target: t, Older: t.olderFor(protocols), Seed: 1, Protocols: protocols, Deadline: f.deadline, Floor: t.floor, Wait: f.target.wait,
		Headers: t.headers, Identities: t.clients, Canaries: t.canaries, Rooted: t.rooted, Backed: t.backed, Setup: t.setup, Callable: callable, Playable: playable, Given: given, Filter: filter, Shown: t.shown, Secrets: judgedSecrets(t),
		Redact: t.redact, Now: time.Now,
	}, nil
}

// tell prints what each scenario showed and decides the exit code.
func (f *replayFlags) tell(cmd *cobra.Command, t target, results []campaign.Replayed, given int) error {
	var shown, failed int
	say := func(word string, parts ...string) {
		fmt.Fprintf(cmd.OutOrStdout(), "%-11s %s\n", word, report.Line(t.redact.String(strings.Join(parts, ": "))))
	}
	for _, r := range results {
		switch {
		case r.Problem != "":
			failed++
			say("cannot run", r.Path, r.Problem)
		case len(r.Findings) > 0:
			shown++
			for _, finding := range r.Findings {
				say("shows", r.Path, finding.Severity+" "+finding.Signature, finding.Message, finding.Guide)
			}
		case f.verbose:
			say("silent", r.Path)
		}
	}
	fmt.Fprintf(cmd.OutOrStdout(), "replayed %d of %s: %d with a finding, %d silent, %d that could not be run\n",
		len(results), report.Count(given, "scenario"), shown, len(results)-shown-failed, failed)
	switch {
	case cmd.Context().Err() != nil:
		return exit{exitInterrupted, nil}
	case shown > 0:
		return exit{exitFindings, nil}
	case failed > 0:
		return exit{exitUntestable, nil}
	}
	return nil
}

// splitPaths parts the paths from what names the target: a URL or demo:NAME.
func splitPaths(args []string) (paths, names []string) {
	for _, a := range args {
		if isTarget(a) {
			names = append(names, a)
		} else {
			paths = append(paths, a)
		}
	}
	return paths, names
}

// isTarget reports whether a word names a target rather than a path.
func isTarget(word string) bool {
	if strings.HasPrefix(word, "demo:") || strings.Contains(word, "://") {
		_, err := os.Stat(word)
		return errors.Is(err, fs.ErrNotExist)
	}
	return false
}
