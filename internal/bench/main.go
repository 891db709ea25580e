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
	"slices"
	"strings"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/made"
)

func main() {
	made.Main()
	for _, role := range []struct {
		name string
		play func(string) error
	}{{cannedVar, serveCanned}, {longVar, sendLong}} { // one that sends starts one that serves
		what := os.Getenv(role.name)
		if what == "" {
			continue
		}
		if err := role.play(what); err != nil {
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

// contest is something that is measured together, and what that comes to.
type contest struct {
	name string
	rows func(context.Context) ([]row, error)
}

// contests are all of them, of so many rounds with turns that last so long.
func contests(rounds int, turn time.Duration) []contest {
	var list []contest
	for _, d := range duels() {
		list = append(list, contest{d.name, func(ctx context.Context) ([]row, error) { return d.rows(ctx, rounds, turn) }})
	}
	for _, t := range trials() {
		// A round of a duel has two turns of ours, too.
		list = append(list, contest{t.name, func(ctx context.Context) ([]row, error) { return t.rows(ctx, 2*rounds) }})
	}
	return list
}

// bench measures what the flags name and prints what it came to.
func bench(ctx context.Context, args []string, w io.Writer) (code int, err error) {
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	rounds := fs.Int("rounds", fewestRounds, fmt.Sprintf("how many rounds there are; a verdict needs %d", fewestRounds))
	turn := fs.Duration("turn", 2*time.Second, "how long each turn lasts")
	only := fs.String("only", "", "only what holds this `TEXT` in its name")
	out := fs.String("out", "", "write the table in Markdown to a `FILE`, too")
	if err := fs.Parse(args); err != nil {
		return exitFailed, nil // the flags have said why
	}
	if *rounds < 1 || *turn <= 0 {
		return exitFailed, fmt.Errorf("want a round at least and a turn above 0, not %d and %v", *rounds, *turn)
	}
	list := slices.DeleteFunc(contests(*rounds, *turn), func(c contest) bool { return !strings.Contains(c.name, *only) })
	if len(list) == 0 {
		return exitFailed, fmt.Errorf("-only %q: nothing has such a name", *only)
	}
	measuredOn := describe(ctx)
	fmt.Fprintln(w, measuredOn)
	rows, err := measureAll(ctx, list, w)
	if *out != "" {
		err = errors.Join(err, save(*out, measuredOn, rows))
	}
	switch {
	case err != nil:
		return exitFailed, err
	case slices.ContainsFunc(rows, func(r row) bool { return r.verdict == missed }):
		return exitMissed, nil
	}
	return exitOK, nil
}

// measureAll returns the rows of the contests, and prints each when it is known.
func measureAll(ctx context.Context, list []contest, w io.Writer) (rows []row, err error) {
	for _, c := range list {
		since := readTicks()
		came, err := c.rows(ctx)
		if err != nil {
			return rows, fmt.Errorf("%s: %w", c.name, err)
		}
		for _, r := range came {
			r.machine = busy(since)
			fmt.Fprintln(w, r)
			rows = append(rows, r)
		}
	}
	fmt.Fprintln(w, counted(rows))
	return rows, nil
}
