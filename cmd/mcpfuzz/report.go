package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/internal/report"
)

func reportCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:     "report DIR | FILE",
		Short:   "Print the answer of a run again, from its folder, or that of a load, from its file",
		Example: "  mcpfuzz report results/runs/demo-fragile-1\n  mcpfuzz report load.json",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return exit{exitUsage, errors.New("give the folder of one run, like results/runs/demo-fragile-1")}
			}
			if err := checkFormat(format); err != nil {
				return exit{exitUsage, err}
			}
			if info, err := os.Stat(args[0]); err == nil && info.Mode().IsRegular() {
				return reportFile(cmd.OutOrStdout(), format, args[0])
			}
			summary, err := readRun(args[0])
			if err != nil {
				return exit{exitUsage, err}
			}
			report.Sort(summary.Findings)
			return printSummary(cmd.OutOrStdout(), format, summary)
		},
	}
	formatFlag(cmd.Flags(), &format)
	return cmd
}

// reportFile prints the answer of a load, or of a run, that is in a file.
func reportFile(w io.Writer, format, path string) error {
	answers, err := record.ReadAnswers(path)
	switch {
	case err != nil:
		return exit{exitUsage, err}
	case answers.Run != nil:
		report.Sort(answers.Run.Findings)
		return printSummary(w, format, *answers.Run)
	}
	return printLoad(w, format, answers.Loads[0])
}

func formatFlag(fs *pflag.FlagSet, format *string) {
	fs.StringVar(format, "format", "table", "how to print the answer: `table or json`")
}

func checkFormat(format string) error {
	if format != "table" && format != "json" {
		return fmt.Errorf("--format %q: want table or json", format)
	}
	return nil
}

func printSummary(w io.Writer, format string, s record.Summary) error {
	if format == "json" {
		return report.JSON(w, s)
	}
	return report.Table(w, s, tableOptions(w))
}

// plainWidth is how wide tables are where there is no terminal to ask.
const plainWidth = 120

// tableOptions fits tables to the terminal, if w is one.
func tableOptions(w io.Writer) report.Options {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return report.Options{Width: plainWidth}
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		width = plainWidth
	}
	return report.Options{Width: width, Color: os.Getenv("NO_COLOR") == ""}
}
