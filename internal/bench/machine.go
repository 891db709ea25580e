package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// describe tells when, on what and of which commit something is measured.
func describe(ctx context.Context) string {
	return fmt.Sprintf("%s, %d CPUs (%s) of %s/%s, %s, commit %s, load average %s.", time.Now().UTC().Format(time.DateOnly),
		runtime.NumCPU(), processor(), runtime.GOOS, runtime.GOARCH, runtime.Version(), commit(ctx), loadAverage())
}

// commit is that which the source is of, as far as git tells here.
func commit(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty", "--abbrev=12").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// processor is what the system calls it, where it does.
func processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for lines := bufio.NewScanner(bytes.NewReader(info)); lines.Scan(); {
		if name, value, _ := strings.Cut(lines.Text(), ":"); strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// loadAverage is what the system says of it, where it does.
func loadAverage() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(b))[:3], " ")
}

// ticks are the times of all processors together, and the part of them that others took from
// this machine, since it was started: 0 where the system does not tell (proc_stat(5)).
type ticks struct{ all, stolen float64 }

func readTicks() (t ticks) {
	const firstOfAll, stolen, beyond = 1, 8, 9 // what follows is part of what came before
	b, _ := os.ReadFile("/proc/stat")
	line, _, _ := strings.Cut(string(b), "\n")
	fields := strings.Fields(line)
	if len(fields) < beyond {
		return t
	}
	for i, f := range fields[firstOfAll:beyond] {
		n, _ := strconv.ParseFloat(f, 64)
		if t.all += n; i+firstOfAll == stolen {
			t.stolen = n
		}
	}
	return t
}

// busy is how busy the machine was since then, and is now.
func busy(since ticks) string {
	now := readTicks()
	if now.all <= since.all {
		return "load " + loadAverage()
	}
	return fmt.Sprintf("load %s, %.1f %% stolen", strings.Fields(loadAverage())[0], 100*(now.stolen-since.stolen)/(now.all-since.all))
}
