package main

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/mcpfuzz/mcpfuzz/corpus"
	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/report"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// toolFlags decide which tools may be called, and with what they work.
type toolFlags struct {
	tools         []string
	skipTools     []string
	includeWrites bool
	calls         []string
}

func (f *toolFlags) register(fs *pflag.FlagSet) {
	fs.StringSliceVar(&f.tools, "tool", nil, "call the tools that match `GLOB` only, also if they are not marked read-only")
	fs.StringSliceVar(&f.skipTools, "skip-tool", nil, "do not call the tools that match `GLOB`")
	fs.BoolVar(&f.includeWrites, "include-writes", false, "also call tools that are not marked readOnlyHint: true")
	fs.StringArrayVar(&f.calls, "calls", nil, "scenario `FILE` whose calls work; without it valid calls are made up from the schemas and what the server's own answers name")
}

// words are the flags again.
func (f *toolFlags) words() []string {
	var args []string
	for _, glob := range f.tools {
		args = append(args, "--tool", glob)
	}
	for _, glob := range f.skipTools {
		args = append(args, "--skip-tool", glob)
	}
	if f.includeWrites {
		args = append(args, "--include-writes")
	}
	for _, file := range f.calls {
		args = append(args, "--calls", file)
	}
	return args
}

// given are the scenarios whose calls work.
func (f *toolFlags) given() ([]scenarios.Case, error) {
	entries, err := corpus.Load(f.calls...)
	if err != nil {
		return nil, fmt.Errorf("--calls: %w", err)
	}
	var given []scenarios.Case
	for _, e := range entries {
		given = append(given, e.Case)
	}
	return given, nil
}

// callable says which tools may be called: those marked read-only, or asked
// for.
func (f *toolFlags) callable(demo bool) (func(scenarios.Tool) (bool, string), error) {
	for _, glob := range slices.Concat(f.tools, f.skipTools) {
		if _, err := path.Match(glob, ""); err != nil {
			return nil, fmt.Errorf("--tool or --skip-tool %q: %w", glob, err)
		}
	}
	return func(tool scenarios.Tool) (bool, string) {
		switch {
		case matches(f.skipTools, tool.Name):
			return false, "left out by --skip-tool"
		case len(f.tools) > 0 && !matches(f.tools, tool.Name):
			return false, "not named by --tool"
		case len(f.tools) > 0:
			return true, ""
		case tool.IsReadOnly() || f.includeWrites || demo:
			return true, ""
		}
		return false, report.NotReadOnly
	}, nil
}

func matches(globs []string, name string) bool {
	for _, glob := range globs {
		if ok, _ := path.Match(glob, name); ok {
			return true
		}
	}
	return false
}

// hinted adds to an error that says that all tools were skipped what lets them
// be called.
func (f *toolFlags) hinted(err error) error {
	switch {
	case err != campaign.ErrNothingCallable:
		return err
	case len(f.tools) > 0:
		return fmt.Errorf("%w; the target lists none that --tool %s names and --skip-tool leaves", err, strings.Join(f.tools, ","))
	}
	return fmt.Errorf("%w; give --include-writes or --tool NAME to call tools not marked readOnlyHint", err)
}

// prepare learns which calls work, and keeps a session for them.
func (f *toolFlags) prepare(ctx context.Context, cfg campaign.Config) (campaign.Ready, error) {
	ready, err := campaign.Prepare(ctx, cfg)
	switch {
	case ctx.Err() != nil:
		return ready, exit{exitInterrupted, nil}
	case err != nil:
		return ready, exit{exitUntestable, f.hinted(err)}
	}
	return ready, nil
}
