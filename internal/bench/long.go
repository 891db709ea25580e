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
)

// longVar, in the environment, makes the program send a load for so long to the canned server
// at an address, and tell what that took: a process of its own, whose memory is that alone.
const longVar = "MCPFUZZ_BENCH_LONG"

// timesLonger is how many times longer a long load is.
const timesLonger = 10

// longer puts a load beside one that is ten times as long.
func longer() (yardstick, ours client, stop func(), err error) {
	address, stop, err := startCanned(overHTTP)
	return apart(address, 1), apart(address, timesLonger), stop, err
}

// apart sends a load in a process of its own, for so many turns.
func apart(address string, turns int) client {
	return func(ctx context.Context, turn time.Duration) (s sample, err error) {
		self, err := os.Executable()
		if err != nil {
			return s, err
		}
		cmd := exec.CommandContext(ctx, self)
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d", longVar, address, time.Duration(turns)*turn))
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
func sendLong(what string) error {
	var address string
	var nanoseconds int64
	if _, err := fmt.Sscan(what, &address, &nanoseconds); err != nil {
		return err
	}
	s, err := oursHTTP(address)(context.Background(), time.Duration(nanoseconds))
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
