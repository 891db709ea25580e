// Package bench is a program that measures the load engine beside its yardsticks, in
// turns, and holds the ratios to bars, and its verdicts to servers of known manners.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/made"
)

func main() {
	made.Main()
	if name := os.Getenv(cannedVar); name != "" {
		if err := serveCanned(name); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if what := os.Getenv(longVar); what != "" {
		if err := sendLong(what); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code, err := bench(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
	os.Exit(code)
}

// The exit codes: bars were missed, or nothing could be measured.
const (
	exitOK     = 0
	exitMissed = 1
	exitFailed = 2
)

// bench runs the duels and trials that the flags name and prints what they came to.
func bench(ctx context.Context, args []string, w io.Writer) (code int, err error) {
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	rounds := fs.Int("rounds", 5, "how many rounds each duel has; a verdict needs 5")
	turn := fs.Duration("turn", 2*time.Second, "how long each turn lasts")
	only := fs.String("only", "", "only the duels and trials whose name holds this `TEXT`")
	if err := fs.Parse(args); err != nil {
		return exitFailed, nil // the flags have said why
	}
	if *rounds < 1 || *turn <= 0 {
		return exitFailed, fmt.Errorf("want a round at least and a turn above 0, not %d and %v", *rounds, *turn)
	}
	fmt.Fprintf(w, "%s, %d CPUs of %s/%s, %s, load average %s\n", time.Now().UTC().Format(time.DateOnly),
		runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), loadAverage())
	for _, d := range duels() {
		if !strings.Contains(d.name, *only) {
			continue
		}
		results, err := d.fight(ctx, *rounds, *turn)
		if errors.Is(err, errMissing) {
			fmt.Fprintf(w, "%-10s %s: %v\n", refused, d.name, err)
			continue
		}
		if err != nil {
			return exitFailed, fmt.Errorf("%s: %w", d.name, err)
		}
		for _, r := range results {
			fmt.Fprintln(w, r)
			if r.verdict == missed {
				code = exitMissed
			}
		}
	}
	for _, t := range trials() {
		if !strings.Contains(t.name, *only) {
			continue
		}
		line, v, err := t.hold(ctx, 2**rounds) // a round of a duel has two turns, too
		if err != nil {
			return exitFailed, fmt.Errorf("%s: %w", t.name, err)
		}
		fmt.Fprintln(w, line)
		if v == missed {
			code = exitMissed
		}
	}
	return code, nil
}

// loadAverage is what the system says of it, where it does.
func loadAverage() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(b))[:3], " ")
}
