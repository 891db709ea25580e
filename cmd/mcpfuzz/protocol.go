package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
)

// parseProtocols reads the names of revisions; all stands for every one that there
// is over the transport.
func parseProtocols(names []string, sse bool) ([]string, error) {
	var known []string
	for _, r := range protocol.Revisions() {
		if !r.Stateless || !sse {
			known = append(known, r.Name)
		}
	}
	if slices.Equal(names, []string{"all"}) {
		return known, nil
	}
	for _, name := range names {
		switch rev, ok := protocol.Lookup(name); {
		case ok && rev.Stateless && sse:
			return nil, fmt.Errorf("--protocol %s has no HTTP+SSE; leave out --sse", name)
		case !ok:
			return nil, fmt.Errorf("--protocol %q: there are %s", name, strings.Join(known, ", "))
		}
	}
	return names, nil
}

// oneProtocol reads the name of one revision; "" is none.
func oneProtocol(name string, sse bool) ([]string, error) {
	if name == "" {
		return nil, nil
	}
	return parseProtocols([]string{name}, sse)
}
