package main

import (
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/internal/report"
)

func reportCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:     "report DIR",
		Short:   "Print the answer of a run again, from its folder",
		Example: "  mcpfuzz report results/runs/demo-fragile-1",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			summary, err := record.ReadSummary(filepath.Join(args[0], summaryFile), filepath.Join(args[0], recordsFile))
			if err != nil {
				return exit{exitUsage, err}
			}
			report.Sort(summary.Findings)
			if format == "json" {
				return report.JSON(cmd.OutOrStdout(), summary)
			}
			return report.Table(cmd.OutOrStdout(), summary, tableOptions(cmd.OutOrStdout()))
		},
	}
	cmd.Flags().StringVar(&format, "format", "table", "how to print it: table or json")
	return cmd
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
