package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/internal/report"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// lintFlags are the flags of lint.
type lintFlags struct {
	target   targetFlags
	judge    judgeFlags
	catalog  string
	baseline string
	save     string
	protocol string
	format   string
}

func lintCommand() *cobra.Command {
	var f lintFlags
	cmd := &cobra.Command{
		Use:   "lint [flags] http://URL | demo:NAME\n  mcpfuzz lint [flags] [--url URL] -- COMMAND ARG...\n  mcpfuzz lint [flags] --catalog FILE",
		Short: "Tell what the list of tools shows without a call",
		Example: `  mcpfuzz lint -- ./my-server --stdio
  mcpfuzz lint --save-catalog tools.json -- ./my-server --stdio
  mcpfuzz lint --catalog-baseline tools.json --only CAT-10 --fail-on info -- ./my-server --stdio`,
		RunE: func(cmd *cobra.Command, args []string) error { return f.lint(cmd, args) },
	}
	fs := cmd.Flags()
	f.target.register(fs)
	f.judge.registerVerdict(fs, "never")
	f.judge.register(fs)
	fs.StringVar(&f.catalog, "catalog", "", "a `FILE` that holds the result of tools/list, in place of a target")
	baselineFlag(fs, &f.baseline)
	fs.StringVar(&f.save, "save-catalog", "", "write the list of tools to `FILE`, for --catalog-baseline")
	fs.StringVar(&f.protocol, "protocol", "", "the MCP `REVISION` to speak, or to judge --catalog by (default: the newest that the target lists)")
	formatFlag(fs, &f.format)
	return cmd
}

func (f *lintFlags) lint(cmd *cobra.Command, args []string) error {
	cfg, err := f.config()
	if err != nil {
		return exit{exitUsage, err}
	}
	names, command, err := splitDash(cmd, args)
	if err != nil {
		return exit{exitUsage, err}
	}
	if f.catalog != "" {
		if len(names)+len(command) > 0 {
			return exit{exitUsage, errors.New("give either --catalog or a target, not both")}
		}
		return f.file(cmd, cfg)
	}
	t, err := f.target.parse(cmd.Context(), names, command)
	if err != nil {
		return exit{exitUsage, err}
	}
	defer t.close()
	return t.told(f.list(cmd, t, cfg))
}

// config is what does not depend on the target.
func (f *lintFlags) config() (campaign.Config, error) {
	filter, err := f.judge.filter()
	protocols, protocolErr := oneProtocol(f.protocol, f.target.sse)
	if err = errors.Join(err, f.judge.check(), checkFormat(f.format), protocolErr); err != nil {
		return campaign.Config{}, err
	}
	baseline, err := readBaseline(f.baseline)
	return campaign.Config{Protocols: protocols, Filter: filter, Baseline: baseline, Now: time.Now}, err
}

// list asks a target for its tools.
func (f *lintFlags) list(cmd *cobra.Command, t target, cfg campaign.Config) error {
	cfg.Target, cfg.Older, cfg.Wait, cfg.Headers, cfg.Redact, cfg.Floor = t, t.olderFor(cfg.Protocols), f.target.wait, t.headers, t.redact, t.floor
	cfg.Identities, cfg.Setup = t.clients, t.setup
	catalog, revision, err := campaign.List(cmd.Context(), cfg)
	if err != nil {
		return f.untestable(cmd.Context(), err)
	}
	return f.tell(cmd, cfg, catalog, revision)
}

func (f *lintFlags) untestable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return exit{exitInterrupted, nil}
	}
	return exit{exitUntestable, err}
}

// file reads a saved list of tools.
func (f *lintFlags) file(cmd *cobra.Command, cfg campaign.Config) error {
	catalog, err := readCatalog("--catalog", f.catalog)
	if err != nil {
		return exit{exitUsage, err}
	}
	cfg.Redact = record.NewRedactor(record.Hidden{})
	cfg.Target = target{line: f.catalog}
	return f.tell(cmd, cfg, catalog, f.protocol)
}

// tell prints the advice and decides the exit code.
func (f *lintFlags) tell(cmd *cobra.Command, cfg campaign.Config, catalog *scenarios.Catalog, revision string) error {
	if err := saveCatalog(f.save, catalog, cfg.Redact); err != nil {
		return exit{exitUsage, err}
	}
	summary := campaign.Lint(cfg, catalog, revision)
	report.Sort(summary.Findings)
	if err := f.print(cmd.OutOrStdout(), summary); err != nil {
		return exit{exitUsage, err}
	}
	if f.judge.fails(summary) {
		return exit{exitFindings, nil}
	}
	return nil
}

func (f *lintFlags) print(w io.Writer, s record.Summary) error {
	if f.format != "json" {
		return report.Advice(w, s, tableOptions(w))
	}
	var b bytes.Buffer
	if err := report.JSON(&b, s); err != nil {
		return err
	}
	_, err := w.Write(report.Escaped(b.Bytes()))
	return err
}

func baselineFlag(fs *pflag.FlagSet, path *string) {
	fs.StringVar(path, "catalog-baseline", "", "a `FILE` that holds an older list of tools; what changed since is told")
}

// readBaseline reads --catalog-baseline, nil where none is given.
func readBaseline(path string) (*scenarios.Catalog, error) {
	if path == "" {
		return nil, nil
	}
	return readCatalog("--catalog-baseline", path)
}

// readCatalog reads a saved list of tools that a flag names.
func readCatalog(flag, path string) (*scenarios.Catalog, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", flag, err)
	}
	catalog, err := scenarios.ParseCatalog(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return catalog, nil
}

// saveCatalog writes a list of tools, without secrets, as text that harms no
// terminal.
func saveCatalog(path string, catalog *scenarios.Catalog, redact *record.Redactor) error {
	if path == "" {
		return nil
	}
	text, err := catalog.List()
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, report.Escaped([]byte(redact.String(string(text)))), 0o644); err != nil {
		return fmt.Errorf("write --save-catalog: %w", err)
	}
	return nil
}
