package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/mcpfuzz/mcpfuzz/loadgen"
)

// longVar, in the environment, makes the program send so many calls over standard input and
// output, and tell what that took: a process of its own, whose memory is that alone. Over these
// calls are the fewest work, so that millions of them are sent in a minute.
const longVar = "MCPFUZZ_BENCH_LONG"

const million = 1_000_000

// longer puts ten million calls beside one.
func longer() (yardstick, ours client, stop func(), err error) {
	return apart(million), apart(10 * million), func() {}, nil
}

// apart sends so many calls in a process of its own, however long that takes.
func apart(calls int) client {
	return func(ctx context.Context, _ time.Duration) (s sample, err error) {
		self, err := os.Executable()
		if err != nil {
			return s, err
		}
		cmd := exec.CommandContext(ctx, self)
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", longVar, calls))
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return s, fmt.Errorf("a load in a process of its own: %w", err)
		}
		_, err = fmt.Sscan(string(out), &s.calls, &s.took, &s.memory)
		return s, err
	}
}

// sendLong is that process.
func sendLong(calls string) error {
	n, err := strconv.ParseInt(calls, 10, 64)
	if err != nil {
		return err
	}
	var s sample
	ctx := context.Background()
	err = onStdio(ctx, commanded(overStdio), window, func(cfg loadgen.Config) error {
		cfg.Plan.MaxCalls = n
		s, err = closed(cfg)(ctx, longEnough)
		return err
	})
	if err != nil {
		return err
	}
	peak, err := peakMemory()
	if err != nil {
		return err
	}
	fmt.Println(s.calls, int64(s.took), peak)
	return nil
}

// longEnough is time for all calls of a load that ends with them.
const longEnough = time.Hour

// peakMemory is the most that the process had in memory by now, in bytes.
func peakMemory() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, errors.Join(errMissing, err)
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	fields := bytes.Fields(rest)
	if len(fields) == 0 {
		return 0, errMissing
	}
	kib, err := strconv.ParseInt(string(fields[0]), 10, 64)
	return kib << 10, err
}
