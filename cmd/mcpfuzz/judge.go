package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// judgeFlags decide what is reported and what fails a run.
type judgeFlags struct {
	basis      []string
	failOn     string
	severities []string
	only, skip []string
}

// registerVerdict registers what decides about the exit code, and what does where
// nothing is said.
func (f *judgeFlags) registerVerdict(fs *pflag.FlagSet, failOn string) {
	fs.StringVar(&f.failOn, "fail-on", failOn, "the lowest `SEVERITY` that fails the run: critical, high, medium, low, info or never")
}

// register registers what decides what is reported.
func (f *judgeFlags) register(fs *pflag.FlagSet) {
	fs.StringSliceVar(&f.basis, "basis", nil, "report findings of this `BASIS` only: spec, schema or hardening")
	fs.StringArrayVar(&f.severities, "severity", nil, "`RULE=LEVEL` sets the severity of a rule")
	fs.StringSliceVar(&f.only, "only", nil, "test these rules or classes only, by `ID`; classes are dealt, rules are reported and choose the cases where no class is given; see mcpfuzz list")
	fs.StringSliceVar(&f.skip, "skip", nil, "leave these rules or classes out, by `ID`")
}

// filter reads the flags.
func (f *judgeFlags) filter() (campaign.Filter, error) {
	filter := campaign.Filter{Only: f.only, Skip: f.skip, Severities: map[string]oracles.Severity{}}
	for _, word := range f.basis {
		b, ok := scenarios.ParseBasis(word)
		if !ok {
			return filter, fmt.Errorf("--basis %q: want spec, schema or hardening", word)
		}
		filter.Bases = append(filter.Bases, b)
	}
	for _, pair := range f.severities {
		rule, level, err := parseSeverity(pair)
		if err != nil {
			return filter, err
		}
		filter.Severities[rule] = level
	}
	return filter, filter.Check()
}

// check reports a --fail-on that names no severity.
func (f *judgeFlags) check() error {
	if _, ok := oracles.ParseSeverity(f.failOn); !ok && f.failOn != "never" {
		return fmt.Errorf("--fail-on %q: want critical, high, medium, low, info or never", f.failOn)
	}
	return nil
}

// verdict turns a summary into the exit code: an interrupted run has none of
// its own, findings come before what kept the run from being whole.
func (f *judgeFlags) verdict(ctx context.Context, s record.Summary, err error) error {
	switch {
	case ctx.Err() != nil:
		return exit{exitInterrupted, nil}
	case f.fails(s):
		return exit{exitFindings, nil}
	case errors.Is(err, campaign.ErrNothingCallable):
		return exit{exitUntestable, nil}
	case errors.Is(err, campaign.ErrTarget):
		return exit{exitUntestable, err}
	case err != nil:
		return exit{exitUsage, err}
	case s.Calls == 0:
		return exit{exitUntestable, nil}
	}
	return nil
}

// fails reports whether a confirmed finding is at or above --fail-on.
func (f *judgeFlags) fails(s record.Summary) bool {
	limit, ok := oracles.ParseSeverity(f.failOn)
	if !ok {
		return false
	}
	for _, finding := range s.Findings {
		severity, _ := oracles.ParseSeverity(finding.Severity)
		if finding.Counts() && severity >= limit {
			return true
		}
	}
	return false
}

// parseSeverity reads RULE=LEVEL.
func parseSeverity(pair string) (string, oracles.Severity, error) {
	rule, word, _ := strings.Cut(pair, "=")
	level, ok := oracles.ParseSeverity(word)
	if !ok || rule == "" {
		return "", level, fmt.Errorf("--severity %q: want RULE=LEVEL, like H3=high", pair)
	}
	return rule, level, nil
}
