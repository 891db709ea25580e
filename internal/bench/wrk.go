package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// errMissing says that a yardstick is not on this machine, so that there is no verdict.
var errMissing = errors.New("it is not installed")

// wrkScript makes wrk send each call under an id of its own: as a static body most servers
// would refuse it.
const wrkScript = `
local threads = 0
function setup(thread)
  thread:set("first", 1000000000 + 100000000 * threads)
  threads = threads + 1
end
function init(args)
  wrk.method = "POST"
%s  local whole = wrk.format(nil, nil, nil, %q .. "1000000000" .. %q)
  local at = string.find(whole, "1000000000", 1, true)
  before, behind, id = string.sub(whole, 1, at - 1), string.sub(whole, at + 10), first
end
function request()
  id = id + 1
  return before .. string.format("%%d", id) .. behind
end
`

// besideWrk puts wrk (https://github.com/wg/wrk) with so many threads beside ours.
func besideWrk(threads int) func() (client, client, func(), error) {
	return func() (client, client, func(), error) {
		wrk, err := exec.LookPath("wrk")
		if err != nil {
			return nil, nil, nil, fmt.Errorf("wrk: %w", errMissing)
		}
		folder, err := os.MkdirTemp("", "mcpfuzz-bench-")
		if err != nil {
			return nil, nil, nil, err
		}
		script := filepath.Join(folder, "calls.lua")
		if err := writeWrkScript(script); err != nil {
			return nil, nil, nil, errors.Join(err, os.RemoveAll(folder))
		}
		address, stop, err := startCanned(overHTTP)
		if err != nil {
			return nil, nil, nil, errors.Join(err, os.RemoveAll(folder))
		}
		yardstick := onWrk(wrk, script, address, threads)
		return yardstick, oursHTTP(address), func() { stop(); _ = os.RemoveAll(folder) }, nil
	}
}

func writeWrkScript(path string) error {
	bodies, header, err := newBodies()
	if err != nil {
		return err
	}
	var lines strings.Builder
	for name, values := range header {
		for _, value := range values {
			fmt.Fprintf(&lines, "  wrk.headers[%q] = %q\n", name, value)
		}
	}
	return os.WriteFile(path, fmt.Appendf(nil, wrkScript, lines.String(), bodies.head, bodies.tail), 0o600)
}

// wrkCount is the line of wrk's output that counts the calls.
var wrkCount = regexp.MustCompile(`(\d+) requests in ([0-9.]+(?:us|ms|s|m|h)),`)

// onWrk runs wrk, whose turns are of whole seconds.
func onWrk(wrk, script, address string, threads int) client {
	return func(ctx context.Context, turn time.Duration) (sample, error) {
		seconds := int(wholeSeconds(turn).Seconds())
		cmd := exec.CommandContext(ctx, wrk, "-t", strconv.Itoa(threads), "-c", strconv.Itoa(clients), "-d", strconv.Itoa(seconds), "-s", script, "http://"+address+"/mcp")
		out, err := cmd.CombinedOutput()
		if err != nil {
			return sample{}, fmt.Errorf("wrk: %w: %s", err, out)
		}
		found := wrkCount.FindSubmatch(out)
		if found == nil || strings.Contains(string(out), "Non-2xx") {
			return sample{}, fmt.Errorf("wrk: %s", out)
		}
		calls, err := strconv.ParseInt(string(found[1]), 10, 64)
		took, errTook := time.ParseDuration(string(found[2]))
		return sample{calls: calls, took: took, cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}, errors.Join(err, errTook)
	}
}
