package main

import (
	"fmt"
	"os"

	"github.com/mcpfuzz/mcpfuzz/internal/canary"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// setsUp reads the scenario that is played after each start.
func (f *targetFlags) setsUp(y *canary.Yard) (func(address string) (scenarios.Case, error), error) {
	if f.setup == "" {
		return nil, nil
	}
	text, err := os.ReadFile(f.setup)
	if err != nil {
		return nil, fmt.Errorf("read --setup: %w", err)
	}
	parse := func(address string) (scenarios.Case, error) {
		c, err := scenarios.Parse([]byte(transport.Placed(y.FillJSON(string(text)), address)))
		if err != nil {
			return c, fmt.Errorf("--setup %s: %w", f.setup, err)
		}
		return c, nil
	}
	_, err = parse("")
	return parse, err
}
