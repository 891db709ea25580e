package main

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/internal/report"
	"github.com/mcpfuzz/mcpfuzz/loadgen"
)

// defaultMargin is how much worse a figure may be.
const defaultMargin = 0.1

func compareCommand() *cobra.Command {
	var format string
	margin := defaultMargin
	cmd := &cobra.Command{
		Use:   "compare [flags] BEFORE AFTER",
		Short: "Set two runs, or two loads, side by side, and fail where the second is worse",
		Example: `  mcpfuzz compare results/runs/old results/runs/new    findings: new, gone and kept
  mcpfuzz compare before.json after.json               loads that were printed with --format json
  mcpfuzz compare before/ after/                       folders of repeats, which tell noise from change`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return exit{exitUsage, errors.New("give two answers in JSON, or two folders: what was before, and what is now")}
			}
			err := checkFormat(format)
			if !(margin >= 0) {
				err = errors.Join(err, fmt.Errorf("--margin %v: want a share like %v", margin, defaultMargin))
			}
			before, errBefore := record.ReadAnswers(args[0])
			after, errAfter := record.ReadAnswers(args[1])
			if err := errors.Join(err, errBefore, errAfter); err != nil {
				return exit{exitUsage, err}
			}
			return compare(cmd.OutOrStdout(), format, margin, before, after)
		},
	}
	cmd.Flags().Float64Var(&margin, "margin", defaultMargin, "the `SHARE` by which a figure of a load may be worse")
	formatFlag(cmd.Flags(), &format)
	return cmd
}

// compare prints what changed, and fails where it is for the worse.
func compare(w io.Writer, format string, margin float64, before, after record.Answers) error {
	switch {
	case (before.Run == nil) != (after.Run == nil):
		return exit{exitUsage, errors.New("one is a run and the other a load; want two of a kind")}
	case before.Run != nil:
		return compareRuns(w, format, record.Compare(*before.Run, *after.Run))
	}
	for _, l := range slices.Concat(before.Loads, after.Loads) {
		if why := loadgen.Unlike(before.Loads[0], l); why != "" {
			return exit{exitUsage, fmt.Errorf("these are not the same load: %s", why)}
		}
	}
	return compareLoads(w, format, loadgen.Compare(before.Loads, after.Loads, margin))
}

func compareRuns(w io.Writer, format string, c record.Changes) error {
	print := func() error { return report.Changes(w, c, tableOptions(w)) }
	if format == "json" {
		print = func() error { return record.Print(w, c) }
	}
	if err := print(); err != nil {
		return exit{exitUsage, err}
	}
	if slices.ContainsFunc(c.New, func(f record.Finding) bool { return !f.IsAdvice() }) {
		return exit{exitFindings, nil}
	}
	return nil
}

func compareLoads(w io.Writer, format string, list []record.Difference) error {
	print := func() error { return report.Differences(w, list, tableOptions(w)) }
	if format == "json" {
		print = func() error { return record.Print(w, list) }
	}
	if err := print(); err != nil {
		return exit{exitUsage, err}
	}
	if slices.ContainsFunc(list, func(d record.Difference) bool { return d.Word == record.Worse }) {
		return exit{exitFindings, nil}
	}
	return nil
}
