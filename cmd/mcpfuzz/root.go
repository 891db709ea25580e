package main

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mcpfuzz/mcpfuzz/internal/report"
)

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "mcpfuzz",
		Short: "Play the language model that gets it wrong, before real ones do",
		Long: `mcpfuzz connects to an MCP server, lists its tools, makes the mistakes that real
models are measured to make, and judges every answer against the protocol
revision in force, the tool's own published schema and a list of hardening
rules. It measures, saves every finding as a small scenario that replays, and
gives one verdict.`,
		Example: `  mcpfuzz run                              show it on an embedded server
  mcpfuzz run -- ./my-server --stdio       test a server on stdio
  mcpfuzz run http://127.0.0.1:8080/mcp    test one that stands
  mcpfuzz lint -- ./my-server --stdio      read its list of tools, call none
  mcpfuzz replay corpus/ -- ./my-server    replay saved scenarios in CI`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(runCommand(), lintCommand(), replayCommand(), generateCommand(), listCommand(),
		serveCommand(), reportCommand(), compareCommand(), loadCommand(), limitsCommand())
	return root
}

// version is the module's version, as the build recorded it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

// flagError says what is wrong with a flag, without the words of Go's parsers.
func flagError(cmd *cobra.Command, err error) error {
	var value *pflag.InvalidValueError
	if errors.As(err, &value) {
		kind := map[string]string{
			"int": "a whole number", "int64": "a whole number", "uint64": "a whole number",
			"float64": "a number", "duration": "a time like 30s or 2m", "bool": "true or false",
		}[value.GetFlag().Value.Type()]
		return exit{exitUsage, fmt.Errorf("--%s %q: want %s", value.GetFlag().Name, value.GetValue(), kind)}
	}
	return exit{exitUsage, fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())}
}

// maxError bounds the line that tells an error; some hold the last words of a
// server.
const maxError = 1000

// oneLine makes an error one printable line.
func oneLine(s string) string {
	return report.Printable(report.Short(strings.Join(strings.Fields(s), " "), maxError))
}
